import * as z from 'zod'
import { trainAssignment } from './train-protocol.ts'

const labelledFaces = trainAssignment.shape.validation.omit({ rows: true }).extend({
  /** `[images, 128]` row by row. */
  descriptors: z.instanceof(Float32Array),
})

/** What the engine gives the worker that fits a probe. */
export const probeAssignment = trainAssignment
  .pick({
    runFolder: true,
    config: true,
    configHash: true,
    splitHash: true,
    modelName: true,
    version: true,
    labels: true,
    races: true,
  })
  .extend({ train: labelledFaces, validation: labelledFaces })
export type ProbeAssignment = z.infer<typeof probeAssignment>
