import * as z from 'zod'
import { certificateBreak, leakFindings, leakJoins, pairVerdict } from '#shared/contract/leakage.contract.ts'
import { estimate, sha256 } from '#shared/contract/base.contract.ts'

const pair = z.tuple([z.int(), z.int()])

/** What people said of images, as far as nobody took it back. */
const said = z.object({ apart: z.array(pair), faceless: z.array(z.int()) })

/** What the newest inference of people was made by. */
export const inferredBy = z.object({
  threshold: z.number(),
  miss: estimate,
  /** Images with a descriptor. */
  described: z.int(),
  /** Whether the number of pairs of one person was estimated, and not taken from names. */
  isEstimated: z.boolean(),
})
export type InferredBy = z.infer<typeof inferredBy>

const measureTask = z.object({
  kind: z.literal('measure'),
  catalogue: z.string(),
  splitId: z.int(),
  said,
  inferred: inferredBy.nullable(),
  /** In place of that of the inferred people. */
  threshold: z.number().nullable(),
})
export type MeasureTask = z.infer<typeof measureTask>

const standingTask = z.object({
  kind: z.literal('standing'),
  catalogue: z.string(),
  said,
  inferred: inferredBy.nullable(),
  certificates: z.array(
    z.object({
      position: z.int(),
      splitId: z.int(),
      splitHash: sha256,
      findings: leakFindings,
    }),
  ),
})
export type StandingTask = z.infer<typeof standingTask>

export const leakageTask = z.discriminatedUnion('kind', [measureTask, standingTask])
export type LeakageTask = z.infer<typeof leakageTask>

export const leakageProgress = z.object({ phase: z.string(), done: z.number(), total: z.number().nullable() })
export type LeakageProgress = z.infer<typeof leakageProgress>

export const measured = z.object({
  splitHash: sha256,
  findings: leakFindings,
  /** Groups of near copies in several parts, as images. */
  cutNear: z.array(z.array(z.int())),
})
export type Measured = z.infer<typeof measured>

/** A certificate beside the catalogue as it is now. */
export const stoodFor = z.object({
  position: z.int(),
  joins: leakJoins,
  broken: z.array(certificateBreak),
  /** Of the listed pairs, in their order. */
  nearVerdicts: z.array(pairVerdict.nullable()),
  faceVerdicts: z.array(pairVerdict.nullable()),
})
export type StoodFor = z.infer<typeof stoodFor>
