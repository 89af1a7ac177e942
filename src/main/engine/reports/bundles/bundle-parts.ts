import type * as z from 'zod'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import type { DrawThreads } from '#engine/assessment/fairness/draw-threads.ts'

/** Parts of a bundle by their path. */
export type BundleParts = ReadonlyMap<string, Uint8Array>

/** Reads a part by its schema; null where it is not there, or is none of its format, which is told as a check. */
export type PartReader = <Schema extends z.ZodType>(path: string, schema: Schema) => z.output<Schema> | null

/** What verifying runs on. */
export interface VerifyHost {
  readonly workers: WorkerLocator
  readonly threads: Pick<DrawThreads, 'run' | 'progress'>
  readonly signal: AbortSignal
}
