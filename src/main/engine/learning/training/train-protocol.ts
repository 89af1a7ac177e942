import * as z from 'zod'
import { sha256 } from '#shared/contract/base.contract.ts'
import { epochRecord, runDetail, sanityChecks } from '#shared/contract/run.contract.ts'
import { trainConfig } from '#shared/contract/train-config.contract.ts'

const labelledTensors = z.object({
  rows: z.array(z.object({ row: z.int().nonnegative(), crc: z.int().nonnegative() })),
  /** Class indices per task, -1 where missing; age by its bins. */
  labels: z.partialRecord(z.enum(['age', 'gender', 'race']), z.instanceof(Int32Array)),
  /** Exact ages, -1 where missing. */
  years: z.instanceof(Float32Array),
})

/** How often each image of the training part comes into an epoch. */
const sampling = z.object({ withReplacement: z.boolean(), weights: z.instanceof(Float64Array) })

/** What the engine gives a train worker. */
export const trainAssignment = z.object({
  runFolder: z.string(),
  config: trainConfig,
  configHash: z.string(),
  splitHash: z.string(),
  modelName: z.string(),
  /** What the run's record names as its engine. */
  recordedEngine: z.string(),
  /** Version of Evenhand, for the model's metadata. */
  version: z.string(),
  /** Classes of the network's heads. */
  labels: runDetail.shape.labels,
  /** Races that the validation is also told by; none where no image has one. */
  races: z.array(z.string()),
  tensorsFile: z.string(),
  train: labelledTensors.extend({ sampling }),
  validation: labelledTensors,
  threads: z.int().positive(),
  checkpointEveryMs: z.number().positive(),
  /** `keep-best` trains no further: it makes the best epoch so far the model. */
  work: z.enum(['train', 'keep-best']),
})
export type TrainAssignment = z.infer<typeof trainAssignment>

/** What a finished run leaves in `runs/<id>/model/`. */
export const trainedModel = z.object({
  /** The epoch whose weights they are. */
  best: epochRecord,
  weightsSha256: sha256,
  onnxSha256: sha256,
  /** What a reader of the run should know of its end; null where it took all its epochs. */
  note: z.string().nullable(),
})
export type TrainedModel = z.infer<typeof trainedModel>

/** The validation part's answers in counts, `[labels, answers]` per task that has a head and labels. */
const confusionCounts = z.partialRecord(
  z.enum(['age', 'gender', 'race']),
  z.array(z.array(z.int().nonnegative())),
)
export type ConfusionCounts = z.infer<typeof confusionCounts>

const stepEvent = z.object({
  /** One-based over the whole run. */
  step: z.int(),
  totalSteps: z.int(),
  /** Epochs done, as a fraction. */
  epoch: z.number(),
  /** Mean over the step's batches. */
  loss: z.number(),
  imagesPerSecond: z.number(),
  /** Share of the epoch's time so far that was spent waiting for images. */
  feederWaitShare: z.number(),
  gradientNorm: z.number().nullable(),
  /** Resident memory of the process that trains, with everything else it holds. */
  memoryBytes: z.int().nonnegative(),
})
export type StepEvent = z.infer<typeof stepEvent>

/** What a train worker says on its way. */
export const trainMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('phase'), phase: z.string() }),
  z.object({ type: z.literal('sanity'), sanity: sanityChecks }),
  /** The state it starts from: nothing, or the last checkpoint's. */
  z.object({ type: z.literal('started'), step: z.int(), totalSteps: z.int(), epochs: z.array(epochRecord) }),
  stepEvent.extend({ type: z.literal('step') }),
  z.object({ type: z.literal('validating'), epoch: z.int() }),
  z.object({ type: z.literal('epoch'), record: epochRecord, confusion: confusionCounts }),
])
export type TrainMessage = z.infer<typeof trainMessage>
