import { MessagePort } from 'node:worker_threads'
import * as z from 'zod'
import { trainableParts } from '#shared/domain/architectures.ts'
import { task } from '#shared/contract/base.contract.ts'
import type {
  CompileOptions,
  NamedTensor,
  NetworkSpec,
  OptimiserState,
  StateDict,
  StepOptions,
  StepResult,
  TrainBatch,
} from '#engine/networks/architecture/training-engine.ts'

const namedTensor: z.ZodType<NamedTensor> = z.object({
  shape: z.array(z.int().nonnegative()),
  data: z.instanceof(Float32Array),
})
const pixels: z.ZodType<Uint8Array> = z.instanceof(Uint8Array)
const stateDict: z.ZodType<StateDict> = z.map(z.string(), namedTensor)
const optimiserState: z.ZodType<OptimiserState> = z.object({
  step: z.int().nonnegative(),
  moments: stateDict,
})

const network: z.ZodType<NetworkSpec> = z.object({
  arch: z.enum(['resnet18', 'resnet34', 'face-resnet']),
  inputSize: z.int().positive(),
  heads: z.array(
    z.object({
      task,
      classes: z.int().positive(),
      readOut: z.enum(['class', 'years', 'expected-years']).exactOptional(),
    }),
  ),
})

const decay = { weightDecay: z.number(), decayNormsAndBiases: z.boolean() }
const optimiser = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('sgd'), momentum: z.number(), nesterov: z.boolean(), ...decay }),
  z.object({
    kind: z.enum(['adam', 'adamw']),
    beta1: z.number(),
    beta2: z.number(),
    epsilon: z.number(),
    ...decay,
  }),
])

const headLoss = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('cross-entropy'),
    targets: z.instanceof(Float32Array),
    weights: z.instanceof(Float32Array),
  }),
  z.object({ kind: z.literal('l1') }),
  z.object({ kind: z.literal('l2') }),
  z.object({ kind: z.literal('huber'), delta: z.number().positive() }),
])

const compileOptions: z.ZodType<CompileOptions> = z.object({
  batchSize: z.int().positive(),
  optimiser,
  threads: z.int().positive(),
  objective: z
    .object({ losses: z.map(task, headLoss), combination: z.enum(['given', 'uncertainty']) })
    .exactOptional(),
  trainable: z.enum(trainableParts).exactOptional(),
  clipNorm: z.number().positive().nullable().exactOptional(),
  averageDecay: z.number().nullable().exactOptional(),
})

const batch: z.ZodType<TrainBatch> = z.object({
  images: pixels,
  labels: z.map(task, z.instanceof(Int32Array)),
  years: z.instanceof(Float32Array).exactOptional(),
})
const stepOptions: z.ZodType<StepOptions> = z.object({
  learningRate: z.number(),
  lossWeights: z.map(task, z.number()).exactOptional(),
})

/** What the process that holds TensorFlow is asked; one question at a time, in this order of types. */
export const tensorFlowRequest = z.discriminatedUnion('type', [
  z.object({ type: z.literal('open'), folder: z.string().nullable() }),
  z.object({ type: z.literal('compile'), network, options: compileOptions }),
  z.object({ type: z.literal('load'), weights: stateDict, optimiser: optimiserState }),
  z.object({ type: z.literal('accumulate'), batch, options: stepOptions }),
  z.object({ type: z.literal('step'), batch, options: stepOptions }),
  z.object({ type: z.literal('gradients'), batch }),
  z.object({ type: z.literal('predict'), images: pixels, count: z.int().nonnegative() }),
  z.object({ type: z.literal('weights') }),
  z.object({ type: z.literal('modelWeights') }),
  z.object({ type: z.literal('optimiser') }),
])
export type TensorFlowRequest = z.infer<typeof tensorFlowRequest>

const stepResult: z.ZodType<StepResult> = z.object({
  loss: z.number().or(z.nan()),
  losses: z.map(task, z.number().or(z.nan())),
  lossWeights: z.map(task, z.number().or(z.nan())),
  gradientNorm: z.number().or(z.nan()).nullable(),
})

/** The answer to each type of question. */
export const tensorFlowAnswers = {
  open: z.object({ version: z.string(), device: z.enum(['cpu', 'gpu']), processId: z.int() }),
  compile: z.null(),
  load: z.null(),
  accumulate: stepResult,
  step: stepResult,
  gradients: z.object({ result: stepResult, gradients: stateDict }),
  predict: z.object({
    embedding: z.instanceof(Float32Array),
    logits: z.map(task, z.instanceof(Float32Array)),
  }),
  weights: stateDict,
  modelWeights: stateDict,
  optimiser: optimiserState,
} as const satisfies Record<TensorFlowRequest['type'], z.ZodType>

export type TensorFlowAnswer<Type extends TensorFlowRequest['type']> = z.output<
  (typeof tensorFlowAnswers)[Type]
>

/** Number of answers that says there will be no more. */
export const endOfAnswers = 2 ** 31 - 1

/** What the thread between a session and its TensorFlow process is started with. */
export const bridgeStart = z.object({
  port: z.instanceof(MessagePort),
  /** One Int32, the number of answers so far, for a caller that waits without its event loop. */
  answered: z.instanceof(SharedArrayBuffer),
  entry: z.string(),
  threads: z.int().positive(),
})
export type BridgeStart = z.infer<typeof bridgeStart>
