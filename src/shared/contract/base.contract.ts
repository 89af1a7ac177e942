import { oc } from '@orpc/contract'
import * as z from 'zod'
import type { Estimate } from '../domain/intervals.ts'
import { addressPathRefusal, isAddressPath } from '../domain/no-network.ts'
import { errorCodes, errorDetails, errorTable, type ErrorCode } from './errors.ts'

const errorData = errorDetails.optional()
type ErrorMap = { [C in ErrorCode]: { status: number; data: typeof errorData } }

const errorMap = Object.fromEntries(
  errorCodes.map((code) => [code, { status: errorTable[code].httpStatus, data: errorData }]),
) as ErrorMap

/** Every procedure starts from here, so that each declares the same closed errors. */
export const procedure = oc.errors(errorMap)

const id = <const Name extends string>() => z.int().positive().brand<Name>()

export const imageId = id<'ImageId'>()
export const datasetId = id<'DatasetId'>()
export const identityId = id<'IdentityId'>()
export const jobId = id<'JobId'>()
export const splitId = id<'SplitId'>()
export const runId = id<'RunId'>()
export const modelId = id<'ModelId'>()
export const evaluationId = id<'EvaluationId'>()
export const crossvalId = id<'CrossvalId'>()
export const snapshotId = id<'SnapshotId'>()

export type ImageId = z.infer<typeof imageId>
export type DatasetId = z.infer<typeof datasetId>
export type IdentityId = z.infer<typeof identityId>
export type JobId = z.infer<typeof jobId>
export type SplitId = z.infer<typeof splitId>
export type RunId = z.infer<typeof runId>
export type ModelId = z.infer<typeof modelId>
export type EvaluationId = z.infer<typeof evaluationId>
export type CrossvalId = z.infer<typeof crossvalId>
export type SnapshotId = z.infer<typeof snapshotId>

/** An id that may arrive as text, as it does in a URL. */
export const fromPath = <S extends z.ZodType<unknown, number>>(schema: S) => z.coerce.number().pipe(schema)

/** Of a file or folder. No system has names with the character NUL, and what opens files throws for it. */
export const filePath = z
  .string()
  .min(1)
  .refine((text) => !text.includes('\0'), 'must not hold the character NUL')
  .refine((text) => !isAddressPath(text), addressPathRefusal)
  .meta({ format: 'path' })

/** ISO 8601 in UTC. */
export const timestamp = z.iso.datetime()
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
export const task = z.enum(['age', 'gender', 'race'])

/** Pictures that stood in a list, were counted or were learned from, and have been erased since; absent where none was. */
export const erasedImages = z.int().positive().optional()

/** An estimated proportion with its 95 % interval; null where nothing could be estimated. */
export const estimate = z.strictObject({
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  n: z.int().nonnegative(),
}) satisfies z.ZodType<Estimate>
