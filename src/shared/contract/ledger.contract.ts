import * as z from 'zod'
import { modelId, procedure, sha256, splitId, timestamp } from './base.contract.ts'

const count = z.int().nonnegative()

/** Why a test part is to be opened, and by whom; the reviewer of the settings where nobody is named. */
export const unsealing = z.object({
  reason: z.string().trim().min(1).max(2000),
  by: z.string().trim().min(1).max(200).optional(),
})
export type Unsealing = z.infer<typeof unsealing>

/** One opening of a test part for one model: a line of the access log, written before anything was computed. */
export const opening = z.strictObject({
  line: z.int().positive(),
  /** Of the line, all lines before it included. */
  hash: sha256,
  at: timestamp,
  by: z.string(),
  /** Null where an erasure has blanked it. */
  reason: z.string().nullable(),
  modelId,
  /** As it was called then; null where an erasure has blanked it. */
  model: z.string().nullable(),
  onnxSha256: sha256,
  weightsSha256: sha256,
  splitId,
  split: z.string().nullable(),
  splitHash: sha256,
  images: count,
  /** State of the split's leakage certificate then; `none` where it had none. */
  certificate: z.string(),
  /** Openings of the same pictures before it, under this or another split. */
  earlier: count,
  /** Pictures of the test part that runs of other splits had learned from or been chosen by. */
  seenByRuns: count,
})
export type Opening = z.infer<typeof opening>

/** How often the pictures behind a figure were opened. */
export const testPartRecord = z.strictObject({
  /** Null for an evaluation from before sealing existed. */
  opening: opening.nullable(),
  /** Openings of the same pictures before and after this one. */
  earlier: count,
  later: count,
  /** Openings that this machine saw in a copy of the project, or in a state of it that is gone. */
  elsewhere: count,
})
export type TestPartRecord = z.infer<typeof testPartRecord>

/** A sealed part, and how often it was opened. */
export const testPart = z.strictObject({
  splitId,
  split: z.string(),
  splitHash: sha256,
  images: count,
  /** Lines of the openings of these pictures, under this or another split, oldest first. */
  openings: z.array(z.int().positive()),
  elsewhere: count,
})
export type TestPart = z.infer<typeof testPart>

export const ledgerHead = z.strictObject({
  /** Lines of the chain. */
  n: count,
  sha256,
  /** Of the last line; null without any. */
  time: timestamp.nullable(),
})
export type LedgerHead = z.infer<typeof ledgerHead>

export const ledgerView = z.strictObject({
  head: ledgerHead,
  /** Oldest first. */
  openings: z.array(opening),
  testParts: z.array(testPart),
})
export type LedgerView = z.infer<typeof ledgerView>

const remark = z.strictObject({ line: count, what: z.string() })

export const ledgerVerdict = z.strictObject({
  lines: count,
  head: sha256,
  openings: count,
  /** Whether the chain, the evaluations that hang on it and the head that was kept all hold. */
  holds: z.boolean(),
  problems: z.array(remark),
  /** What proves nothing by itself, such as a clock that went back. */
  remarks: z.array(remark),
  /** The line whose hash the kept head is; null where none was given or none has it. */
  keptHeadLine: z.int().positive().nullable(),
})
export type LedgerVerdict = z.infer<typeof ledgerVerdict>

const tags = ['ledger']

export const ledgerContract = {
  show: procedure
    .route({ method: 'GET', path: '/ledger', summary: 'Openings of sealed test parts', tags })
    .output(ledgerView),
  head: procedure
    .route({
      method: 'GET',
      path: '/ledger/head',
      summary: 'Where the ledger ends, to be kept elsewhere',
      tags,
    })
    .output(ledgerHead),
  verify: procedure
    .route({
      method: 'POST',
      path: '/ledger/verify',
      summary: 'Check the ledger, and the evaluations of test parts against it',
      tags,
    })
    .input(z.object({ head: sha256.optional() }))
    .output(ledgerVerdict),
}
