import * as z from 'zod'
import { fromPath, sha256, timestamp, filePath } from './base.contract.ts'

export const curvesId = z.int().positive().brand<'CurvesId'>()
export type CurvesId = z.infer<typeof curvesId>

/** Curves read from the TensorBoard event files of another program, for comparison with runs. */
export const importedCurves = z.strictObject({
  id: curvesId,
  name: z.string(),
  /** The file or folder it was read from. */
  source: z.string(),
  /** Of the file; of a folder, over the names and hashes of its event files. */
  sha256,
  tags: z.array(
    z.strictObject({
      tag: z.string(),
      /** Points that are kept; long curves are thinned evenly. */
      points: z.int().nonnegative(),
      firstStep: z.int(),
      lastStep: z.int(),
    }),
  ),
  /** What could not be read and what was left out, one sentence each. */
  notes: z.array(z.string()),
  createdAt: timestamp,
})
export type ImportedCurves = z.infer<typeof importedCurves>

export const curveImport = z.object({
  path: filePath,
  name: z.string().min(1).max(200).optional(),
})
export type CurveImport = z.infer<typeof curveImport>

export const curve = z.strictObject({
  tag: z.string(),
  points: z.array(
    z.strictObject({
      step: z.int(),
      /** Null for what is no number. */
      value: z.number().nullable(),
    }),
  ),
})
export type Curve = z.infer<typeof curve>

export const curvesRequest = z.object({
  curvesId: fromPath(curvesId),
  /** All where left out. */
  tags: z.array(z.string()).max(100).optional(),
})
