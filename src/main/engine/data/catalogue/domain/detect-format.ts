import type { ImportRequest } from '#shared/contract/dataset.contract.ts'
import type { LabelScheme } from '#shared/domain/label-schemes.ts'
import { readAgeText } from './age-text.ts'
import { readGenderText, readRaceText } from './category-text.ts'

export interface FolderContents {
  /** Images below the folder, with `/` between names. */
  readonly images: readonly string[]
  /** Names of the files that lie in the folder itself. */
  readonly files: readonly string[]
}

export interface DetectedFormat extends Pick<ImportRequest, 'format' | 'folderTask'> {
  /** Names of label files. */
  readonly labels?: readonly string[]
  readonly toldBy: string
}

const utkfaceName = /^\d{1,3}_\d_\d_\d{8,}.*\.jpe?g/i
const lfwName = /^(.+)\/\1_\d{4}\.jpe?g$/i
const tableName = /\.(?:csv|tsv)$/i
/** Names as people give them vary; a folder of another kind has next to none. */
const most = 0.8

const share = (items: readonly string[], fits: (item: string) => boolean): number =>
  items.length === 0 ? 0 : items.filter(fits).length / items.length

/** What the names of folders are, where nearly all of them are labels of one kind. */
function guessFolderTask(
  folders: readonly string[],
  scheme: LabelScheme,
): NonNullable<ImportRequest['folderTask']> {
  if (share(folders, (name) => readGenderText(name, scheme).value !== null) >= most) return 'gender'
  if (share(folders, (name) => readRaceText(name, scheme).value !== null) >= most) return 'race'
  if (share(folders, (name) => readAgeText(name).value !== null) >= most) return 'age'
  return 'identity'
}

/** The format that a folder looks like, by its names alone; null where nothing tells. */
export function detectFormat({ images, files }: FolderContents): DetectedFormat | null {
  const fairface = files.filter((name) => /^fairface_label_(?:train|val)\.csv$/.test(name))
  if (fairface.length > 0) return { format: 'fairface', toldBy: `the label file ${fairface.join(' and ')}` }
  const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
  if (share(images, (path) => utkfaceName.test(nameOf(path))) >= most)
    return { format: 'utkface', toldBy: 'names of files as age_gender_race_date' }
  if (share(images, (path) => lfwName.test(path)) >= most)
    return { format: 'lfw', toldBy: 'folders of people with numbered pictures' }
  const tables = files.filter((name) => tableName.test(name))
  const [table] = tables
  if (table !== undefined && tables.length === 1)
    return { format: 'csv', labels: [table], toldBy: `the one table in the folder, ${table}` }
  if (tables.length > 1) return { format: 'csv', toldBy: `${tables.length} tables in the folder` }
  const folders = images.flatMap((path) => (path.includes('/') ? [path.slice(0, path.indexOf('/'))] : []))
  const distinct = [...new Set(folders)]
  if (folders.length < most * images.length || distinct.length < 2) return null
  const folderTask = guessFolderTask(distinct, 'fairface7')
  return { format: 'folder', folderTask, toldBy: `the names of its ${distinct.length} folders` }
}
