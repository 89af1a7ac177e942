import { readFile } from 'node:fs/promises'
import * as z from 'zod'
import { catalogueCopy } from '#shared/contract/project.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { assertUnchanged } from '#engine/base/integrity/refuse-changed.ts'
import { writeFileAtomically } from '#engine/base/kernel/atomic-file.ts'
import { hashCanonical } from '#engine/base/kernel/hash.ts'
import { mapSystemError, readSystemErrorCode } from '#engine/base/kernel/system-error.ts'

const copyRecord = z.object({
  madeAt: catalogueCopy.shape.madeAt,
  sha256: catalogueCopy.shape.sha256.unwrap(),
  reason: catalogueCopy.shape.reason.unwrap(),
  rows: catalogueCopy.shape.rows.unwrap(),
})
export type CopyRecord = z.infer<typeof copyRecord>

/** Beside what it says, its own SHA-256 as canonical JSON; records of older versions have none. */
const storedRecord = copyRecord.extend({ recordSha256: z.string().exactOptional() })

/** What is known of a copy lies beside it. */
export const locateRecord = (copy: string): string => `${copy}.json`

export async function writeRecord(copy: string, record: CopyRecord): Promise<void> {
  const stored = { ...record, recordSha256: hashCanonical(record) }
  await writeFileAtomically(locateRecord(copy), `${JSON.stringify(stored, null, 2)}\n`)
}

/**
 * Null where there is none that can be read: the copy is then as good as what its own check finds.
 * @throws AppError CONFLICT for a record that is not what was written
 */
export async function readRecord(copy: string): Promise<CopyRecord | null> {
  const file = locateRecord(copy)
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const code = readSystemErrorCode(error)
    if (code === 'ENOENT' || code === 'EACCES') return null
    throw mapSystemError(error, { action: 'read', path: file })
  })
  if (text === null) return null
  const { recordSha256: expected, ...record } = parseRecord(text, file)
  if (expected !== undefined)
    assertUnchanged({ subject: file, expected, found: hashCanonical(record), advice })
  return record
}

const advice = 'Choose another copy, or make a new one with evenhand backup.'

function parseRecord(text: string, file: string): z.infer<typeof storedRecord> {
  try {
    return storedRecord.parse(JSON.parse(text))
  } catch (cause) {
    throw new AppError('CONFLICT', `${file} is not what was stored: it is damaged. ${advice}`, {
      details: { reason: 'CHANGED', subject: file },
      cause,
    })
  }
}
