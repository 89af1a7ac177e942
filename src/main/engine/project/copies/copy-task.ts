import * as z from 'zod'
import { sha256 } from '#shared/contract/base.contract.ts'

/** What the thread is asked that reads a whole catalogue. */
export const copyTask = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('copy'), source: z.string(), target: z.string() }),
  z.object({ kind: z.literal('check'), source: z.string(), isWhole: z.boolean().default(false) }),
])

/** How far a copy is: see `CopyStage`. */
export const copyStage = z.enum(['held', 'written'])

export const copyAnswer = z.object({
  bytes: z.int(),
  sha256,
  rows: z.record(z.string(), z.int()),
  uuid: z.string().nullable(),
})
