import * as z from 'zod'
import { baselineId, baselineKind } from '#shared/contract/baseline.contract.ts'
import { sha256, task } from '#shared/contract/base.contract.ts'
import { reportDepth } from '#shared/contract/report.contract.ts'
import { labelSchemeNames } from '#shared/domain/label-schemes.ts'

export const manifestPath = 'manifest.json'
/** A bundle of a later version is refused by its number. */
export const bundleVersion = 1

const count = z.int().nonnegative()

/** What a bundle is, read before anything else of it: later versions keep these two fields. */
export const bundleMark = z.looseObject({ format: z.literal('evenhand-bundle'), version: z.int().positive() })

/** What lies in a bundle, by its hash. */
export const manifest = z.strictObject({
  format: z.literal('evenhand-bundle'),
  version: z.literal(bundleVersion),
  madeBy: z.string(),
  /** Depth of the pages in it. */
  depth: reportDepth,
  parts: z.array(z.strictObject({ path: z.string(), bytes: count, sha256 })),
})
export type Manifest = z.infer<typeof manifest>

const chainLine = z.strictObject({
  position: z.int().positive(),
  previous: z.string(),
  open: z.record(z.string(), z.unknown()),
  /** Digest of what a line holds that an erasure may blank: names and paths. */
  sealed: z.string().nullable(),
  /** What the digest is of, where the report tells it anyway: why a test part was opened, and the names of model and split then. */
  private: z.strictObject({ content: z.record(z.string(), z.unknown()), salt: z.string() }).optional(),
  hash: z.string(),
})

/** Lines of a chain, oldest first. */
export const chainPart = z.strictObject({ ledger: z.string(), lines: z.array(chainLine) })
export type ChainPart = z.infer<typeof chainPart>

/** Stored answers of another system, by the images of the part; in the labels of the images' scheme. */
export const systemPart = z.strictObject({
  baselineId,
  kind: baselineKind,
  name: z.string(),
  tasks: z.array(task),
  notes: z.array(z.string()),
  answers: z.array(
    z.strictObject({
      image: count,
      outcome: z.enum(['answered', 'undetected', 'notAsked']),
      scheme: z.enum(labelSchemeNames),
      race: z.string().nullable(),
      gender: z.string().nullable(),
      ageBin: z.string().nullable(),
      ageYears: z.number().nullable(),
    }),
  ),
})
export type SystemPart = z.infer<typeof systemPart>
export const systemsPart = z.strictObject({ systems: z.array(systemPart) })
