import { readFile } from 'node:fs/promises'
import * as z from 'zod'
import { catalogueCopy } from '#shared/contract/project.contract.ts'
import { readSystemErrorCode } from '#engine/base/kernel/system-error.ts'

const copyRecord = z.object({
  madeAt: catalogueCopy.shape.madeAt,
  sha256: catalogueCopy.shape.sha256.unwrap(),
  reason: catalogueCopy.shape.reason.unwrap(),
  rows: catalogueCopy.shape.rows.unwrap(),
})
export type CopyRecord = z.infer<typeof copyRecord>

/** What is known of a copy lies beside it. */
export const locateRecord = (copy: string): string => `${copy}.json`

/** Null where there is none that can be read: the copy is then as good as what its own check finds. */
export async function readRecord(copy: string): Promise<CopyRecord | null> {
  try {
    return copyRecord.parse(JSON.parse(await readFile(locateRecord(copy), 'utf8')))
  } catch (error) {
    const code = readSystemErrorCode(error)
    if (code === null || code === 'ENOENT' || code === 'EACCES') return null
    throw error
  }
}
