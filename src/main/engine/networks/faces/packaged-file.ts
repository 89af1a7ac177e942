import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { AppError } from '#shared/contract/errors.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'

/** A file of weights in an installed package, with the SHA-256 of its bytes as they were checked. */
export interface PackagedFile {
  readonly packageName: string
  readonly path: string
  readonly sha256: string
}

/**
 * The bytes of a file of weights, which must be those that were checked.
 * @throws AppError UNAVAILABLE naming the file when it is missing or is not the one that was checked.
 */
export async function readPackagedFile({ packageName, path, sha256 }: PackagedFile): Promise<Uint8Array> {
  const file = path.slice(path.lastIndexOf('/') + 1)
  const advice = `Install the dependencies again (npm ci); the weights come with the package ${packageName}.`
  let bytes: Uint8Array
  try {
    bytes = await readFile(createRequire(import.meta.url).resolve(`${packageName}/${path}`))
  } catch (cause) {
    throw new AppError('UNAVAILABLE', `The face weights ${file} cannot be read. ${advice}`, {
      details: { file },
      cause,
    })
  }
  if (hashBytes(bytes) !== sha256)
    throw new AppError(
      'UNAVAILABLE',
      `The face weights ${file} are not those that Evenhand knows. ${advice}`,
      {
        details: { file, expectedSha256: sha256 },
      },
    )
  return bytes
}
