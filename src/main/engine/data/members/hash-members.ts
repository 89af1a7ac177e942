import { createHash } from 'node:crypto'
import { toCanonicalJson } from '#engine/base/kernel/hash.ts'

/** What of an image is the same in every catalogue. */
interface ImageContent {
  readonly fileSha256: string
  /** Data set and path of the file in it, `<dataset>/<path>`. */
  readonly image: string
}

/** The one order of images that depends on their content alone. */
export function compareByContent(a: ImageContent, b: ImageContent): number {
  if (a.fileSha256 !== b.fileSha256) return a.fileSha256 < b.fileSha256 ? -1 : 1
  if (a.image === b.image) return 0
  return a.image < b.image ? -1 : 1
}

type MemberCells = readonly (string | number | null)[]

/**
 * SHA-256 over one line of JSON for the header and one per member: whoever has the same in the same order gets the same hash,
 * whatever the ids in their catalogue. Stored and published hashes hang on every character.
 */
export class MemberHash {
  readonly #hash = createHash('sha256')

  constructor(header: unknown) {
    this.#hash.update(`${toCanonicalJson(header)}\n`)
  }

  add(row: MemberCells): void {
    this.#hash.update(`${JSON.stringify(row)}\n`)
  }

  /** Once, at the end. */
  read(): string {
    return this.#hash.digest('hex')
  }
}

export function hashMembers(header: unknown, rows: Iterable<MemberCells>): string {
  const hash = new MemberHash(header)
  for (const row of rows) hash.add(row)
  return hash.read()
}
