import { createHash } from 'node:crypto'
import type { PartName } from '#shared/contract/split.contract.ts'
import type { LabelScheme } from '#shared/domain/label-schemes.ts'
import { toCanonicalJson } from '#engine/base/kernel/hash.ts'

export interface SplitHeader {
  readonly algorithm: string
  readonly seed: number
  readonly ratios: Readonly<Record<PartName, number>>
  readonly labelScheme: LabelScheme
}

export interface SplitHashRow {
  readonly fileSha256: string
  /** Data set and path of the file in it, `<dataset>/<path>`. */
  readonly image: string
  readonly groupKey: string
  readonly part: PartName
  readonly race: string | null
  readonly gender: string | null
  readonly ageBin: string | null
  readonly ageYears: number | null
}

/** The one order of images that depends on their content alone. */
export function compareForHash(
  a: Pick<SplitHashRow, 'fileSha256' | 'image'>,
  b: Pick<SplitHashRow, 'fileSha256' | 'image'>,
): number {
  if (a.fileSha256 !== b.fileSha256) return a.fileSha256 < b.fileSha256 ? -1 : 1
  if (a.image === b.image) return 0
  return a.image < b.image ? -1 : 1
}

/**
 * SHA-256 over one line of JSON for the header and one per image, in the order of `compareForHash`: whoever has
 * the same files, labels, groups and parts gets the same hash, whatever the ids in their catalogue.
 */
export function hashSplit(header: SplitHeader, rows: Iterable<SplitHashRow>): string {
  const hash = createHash('sha256').update(`${toCanonicalJson(header)}\n`)
  for (const { fileSha256, image, groupKey, part, race, gender, ageBin, ageYears } of rows) {
    hash.update(`${JSON.stringify([fileSha256, image, groupKey, part, race, gender, ageBin, ageYears])}\n`)
  }
  return hash.digest('hex')
}
