import * as z from 'zod'
import { sha256 } from '#shared/contract/base.contract.ts'
import { epochRecord, runDetail, sanityChecks } from '#shared/contract/run.contract.ts'
import { trainConfig } from '#shared/contract/train-config.contract.ts'
import { bestEpoch } from './training-progress.ts'

const labelledTensors = z.object({
  rows: z.array(z.object({ row: z.int().nonnegative(), crc: z.int().nonnegative() })),
  /** Class indices per task that has a head. */
  labels: z.partialRecord(z.enum(['age', 'gender', 'race']), z.instanceof(Int32Array)),
})

/** What the engine gives a train worker. */
export const trainAssignment = z.object({
  runFolder: z.string(),
  config: trainConfig,
  configHash: z.string(),
  splitHash: z.string(),
  modelName: z.string(),
  /** Version of Evenhand, for the model's metadata. */
  version: z.string(),
  labels: runDetail.shape.labels,
  tensorsFile: z.string(),
  train: labelledTensors,
  validation: labelledTensors,
  threads: z.int().positive(),
  checkpointEveryMs: z.number().positive(),
})
export type TrainAssignment = z.infer<typeof trainAssignment>

/** What a finished run leaves in `runs/<id>/model/`. */
export const trainedModel = z.object({
  best: bestEpoch,
  weightsSha256: sha256,
  onnxSha256: sha256,
})
export type TrainedModel = z.infer<typeof trainedModel>

/** The validation part's answers in counts, `[labels, answers]` per task that has a head and labels. */
const confusionCounts = z.partialRecord(
  z.enum(['age', 'gender', 'race']),
  z.array(z.array(z.int().nonnegative())),
)
export type ConfusionCounts = z.infer<typeof confusionCounts>

/** What a train worker says on its way. */
export const trainMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('phase'), phase: z.string() }),
  z.object({ type: z.literal('sanity'), sanity: sanityChecks }),
  /** The state it starts from: nothing, or the last checkpoint's. */
  z.object({ type: z.literal('started'), step: z.int(), totalSteps: z.int(), epochs: z.array(epochRecord) }),
  z.object({
    type: z.literal('step'),
    step: z.int(),
    totalSteps: z.int(),
    epoch: z.number(),
    loss: z.number(),
    imagesPerSecond: z.number(),
  }),
  z.object({ type: z.literal('validating'), epoch: z.int() }),
  z.object({ type: z.literal('epoch'), record: epochRecord, confusion: confusionCounts }),
])
export type TrainMessage = z.infer<typeof trainMessage>
