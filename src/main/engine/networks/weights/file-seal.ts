import { createHash } from 'node:crypto'
import { assertUnchanged, refuseChanged } from '#engine/base/integrity/refuse-changed.ts'

/**
 * Files of ours that no catalogue knows of carry their own SHA-256: that of the file with 64 zeros where it stands. The other
 * entry says that there is one, so that damage to its name does not pass for a file of an older version.
 */
const sealKey = 'evenhand.file_sha256'
const sealedKey = 'evenhand.sealed'
const zeros = '0'.repeat(64)

/** Metadata of a file that will be sealed. */
export const sealPlaceholder: Readonly<Record<string, string>> = { [sealedKey]: 'sha256', [sealKey]: zeros }

/** False for files of versions that sealed none. */
export const isSealed = (metadata: Readonly<Record<string, string>>): boolean =>
  metadata[sealKey] !== undefined

const text = new TextEncoder()
const opening = Buffer.from(`"${sealKey}":"`)

const findSeal = (header: Uint8Array): number => {
  const at = Buffer.from(header.buffer, header.byteOffset, header.byteLength).indexOf(opening)
  return at === -1 ? -1 : at + opening.length
}

/** Writes the hash of the whole into the header, which is the first part. */
export function sealParts(parts: readonly Uint8Array[]): void {
  const [header] = parts
  const at = header === undefined ? -1 : findSeal(header)
  if (header === undefined || at === -1) throw new Error('The header has no place for a seal')
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  header.set(text.encode(hash.digest('hex')), at)
}

/** @throws AppError CONFLICT naming a sealed file that is not what was written; one of an older version passes. */
export function verifySeal(
  bytes: Uint8Array,
  { metadata, file }: { readonly metadata: Readonly<Record<string, string>>; readonly file: string },
): void {
  const expected = metadata[sealKey]
  const advice = 'Put the file back from a copy of the project folder, or start a new run.'
  if (expected === undefined) {
    if (metadata[sealedKey] === undefined) return
    throw refuseChanged({ subject: file, expected: 'a seal', found: 'not there', advice })
  }
  const at = findSeal(bytes)
  const hash = createHash('sha256')
    .update(bytes.subarray(0, at))
    .update(zeros)
    .update(bytes.subarray(at + zeros.length))
  assertUnchanged({ subject: file, expected, found: hash.digest('hex'), advice })
}
