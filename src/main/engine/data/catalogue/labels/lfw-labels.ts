import { join } from 'node:path'
import { formatCount } from '#shared/domain/format.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'
import { noLabels, type Repair } from '#engine/data/catalogue/domain/image-labels.ts'
import { splitPath, type LabelSource, type LeftOver } from './label-source.ts'
import { readRegularFile } from '#engine/base/kernel/regular-file.ts'

const lists = { Female: 'female_names.txt', Male: 'male_names.txt' } as const
type Gender = keyof typeof lists

const withoutExtension = (name: string): string => name.trim().replace(/\.(?:jpe?g|png)$/i, '')

/** Names of images, one a line, with or without their extension; null where there is no such list. */
async function readNames(file: string): Promise<ReadonlySet<string> | null> {
  const text = await readRegularFile(file).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'NOT_FOUND') return null
    throw mapSystemError(error, { action: 'read', path: file })
  })
  return text === null ? null : new Set(text.toString('utf8').split(/\r?\n/).map(withoutExtension))
}

interface GenderLists {
  readonly Female: ReadonlySet<string> | null
  readonly Male: ReadonlySet<string> | null
}

function readGender(
  name: string,
  { Female, Male }: GenderLists,
): { value: Gender | null; repair: Repair | null } {
  if (Female === null && Male === null) return { value: null, repair: null }
  const key = withoutExtension(name)
  const isFemale = Female?.has(key) ?? false
  const isMale = Male?.has(key) ?? false
  if (isFemale !== isMale) return { value: isFemale ? 'Female' : 'Male', repair: null }
  const reason = isFemale
    ? `The image stands in both ${lists.Female} and ${lists.Male}. Its gender is left missing.`
    : `The image stands in neither ${lists.Female} nor ${lists.Male}. Its gender is left missing.`
  return { value: null, repair: { field: 'gender', from: key, to: null, reason } }
}

/** One line for each list with names of no image: a list of the whole set often lies beside a part of it. */
function listUnmet(named: GenderLists, seen: ReadonlySet<string>): LeftOver[] {
  return (['Female', 'Male'] as const).flatMap((gender) => {
    const unmet = [...(named[gender] ?? [])].filter((name) => name !== '' && !seen.has(name))
    const [first] = unmet
    if (first === undefined) return []
    const names = unmet.length === 1 ? 'name has' : 'names have'
    const reason = `${formatCount(unmet.length)} ${names} no image in the folder, first ${first}. Complete the folder, or take them out of the list.`
    return [{ file: lists[gender], reason }]
  })
}

/**
 * Labeled Faces in the Wild: the folder names the person; gender comes from the lists by image name where they
 * lie beside the folders. Images outside any folder have no identity.
 */
export async function openLfwLabels(source: string): Promise<LabelSource> {
  const named: GenderLists = {
    Female: await readNames(join(source, lists.Female)),
    Male: await readNames(join(source, lists.Male)),
  }
  const seen = new Set<string>()
  const folderName = { file: null, column: 'folder name' } as const
  const noOrigin = { file: null, column: 'none' } as const
  return {
    read: (path) => {
      const { folders, name } = splitPath(path)
      seen.add(withoutExtension(name))
      const gender = readGender(name, named)
      const identity = folders.at(-1) ?? null
      const outside: Repair = {
        field: 'identity',
        from: '',
        to: null,
        reason: "The image lies in no person's folder. Its identity is left missing.",
      }
      const repairs = [gender.repair, identity === null ? outside : null].filter((repair) => repair !== null)
      const listed = gender.value === null ? noOrigin : { file: lists[gender.value], column: 'image name' }
      return {
        labels: { ...noLabels, gender: gender.value, identity },
        repairs,
        origins: { age: noOrigin, race: noOrigin, gender: listed, identity: folderName },
      }
    },
    listLeftOver: () => listUnmet(named, seen),
  }
}
