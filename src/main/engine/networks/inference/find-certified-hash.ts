import { basename, dirname, extname, join } from 'node:path'
import * as z from 'zod'
import { sha256 } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { openRegularFile } from '#engine/base/kernel/regular-file.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'

const certificate = z.object({ file: z.string(), sha256 })

/** The parity certificate of an exported file: `face.parity.json` beside `face.onnx`. */
export const locateCertificate = (onnxFile: string): string =>
  join(dirname(onnxFile), `${basename(onnxFile, extname(onnxFile))}.parity.json`)

/** A thousand times what one has. */
const maximalBytes = 1 << 20

async function readCertificate(path: string): Promise<string | null> {
  try {
    await using handle = await openRegularFile(path)
    const { size } = await handle.stat()
    return size > maximalBytes ? '' : await handle.readFile('utf8')
  } catch (error) {
    const mapped = mapSystemError(error, { action: 'read', path })
    if (mapped instanceof AppError && mapped.code === 'NOT_FOUND') return null
    throw mapped
  }
}

function parseCertificate(text: string): z.infer<typeof certificate> | null {
  try {
    return certificate.parse(JSON.parse(text))
  } catch {
    return null
  }
}

/**
 * What an exported file hashed to when it was written, by the certificate beside it; null where there is none that speaks of
 * it. Throws INVALID_INPUT naming a certificate that cannot be read.
 */
export async function findCertifiedHash(onnxFile: string): Promise<string | null> {
  const path = locateCertificate(onnxFile)
  const text = await readCertificate(path)
  if (text === null) return null
  const certified = parseCertificate(text)
  if (certified !== null) return certified.file === basename(onnxFile) ? certified.sha256 : null
  throw new AppError(
    'INVALID_INPUT',
    `${path} is no parity certificate any more, so that ${onnxFile} cannot be told to be the exported file. Export the model again, under another name.`,
    { details: { file: path } },
  )
}
