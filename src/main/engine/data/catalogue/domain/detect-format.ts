import type { ImportRequest } from '#shared/contract/dataset.contract.ts'
import type { LabelScheme } from '#shared/domain/label-schemes.ts'
import { readAgeText } from './age-text.ts'
import { readGenderText, readRaceText } from './category-text.ts'

type FolderTask = NonNullable<ImportRequest['folderTask']>

export interface FolderContents {
  /** Images below the folder, with `/` between names. */
  readonly images: readonly string[]
  /** Names of the files that lie in the folder itself. */
  readonly files: readonly string[]
}

export interface DetectedFormat extends Pick<ImportRequest, 'format'> {
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
function guessFolderTask(folders: readonly string[], scheme: LabelScheme): FolderTask {
  if (share(folders, (name) => readGenderText(name, scheme).value !== null) >= most) return 'gender'
  if (share(folders, (name) => readRaceText(name, scheme).value !== null) >= most) return 'race'
  if (share(folders, (name) => readAgeText(name).value !== null) >= most) return 'age'
  return 'identity'
}

/** Names of the tables that lie in the folder itself. */
const findTables = (files: readonly string[]): string[] => files.filter((name) => tableName.test(name))

const listFolders = (images: readonly string[]): string[] =>
  images.flatMap((path) => (path.includes('/') ? [path.slice(0, path.indexOf('/'))] : []))

/** What a folder tells of a format that somebody chose: its one table, or what its folder names are. */
export function detectDetails(
  format: ImportRequest['format'],
  { images, files }: FolderContents,
): { labels?: string[]; folderTask?: FolderTask } {
  const tables = findTables(files)
  if (format === 'csv' && tables.length === 1) return { labels: tables }
  const folders = [...new Set(listFolders(images))]
  if (format === 'folder' && folders.length > 0) return { folderTask: guessFolderTask(folders, 'fairface7') }
  return {}
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
  const tables = findTables(files)
  if (tables.length === 1) return { format: 'csv', toldBy: `the one table in the folder, ${tables.join('')}` }
  if (tables.length > 1) return { format: 'csv', toldBy: `${tables.length} tables in the folder` }
  const folders = listFolders(images)
  const distinct = new Set(folders).size
  if (folders.length < most * images.length || distinct < 2) return null
  return { format: 'folder', toldBy: `the names of its ${distinct} folders` }
}
