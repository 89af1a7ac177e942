import { buildInferenceModel } from '#engine/networks/onnx-file/export-onnx.ts'
import {
  embeddingSize,
  imageNetDeviation,
  imageNetMean,
  normMomentum,
} from '#engine/networks/architecture/resnet.ts'
import type { InferenceRuntime, RuntimeFeeds } from '#engine/base/runtime/inference-session.ts'
import type {
  StepOptions,
  StepResult,
  TrainBatch,
  TrainingEngine,
  TrainingSession,
} from '#engine/networks/architecture/training-engine.ts'
import { feedBatch, readLosses } from '#engine/networks/gradients/onnx/batch-feeds.ts'
import {
  buildHeadsForwardGraph,
  buildHeadsGraph,
} from '#engine/networks/gradients/onnx/build-gradient-graph.ts'
import { createGradientBuffers } from '#engine/networks/gradients/onnx/gradient-buffers.ts'
import type { GradientBuffers } from '#engine/networks/gradients/onnx/gradient-buffers.ts'
import { graphNames } from '#engine/networks/gradients/onnx/graph-names.ts'
import { createLazySession } from '#engine/networks/gradients/onnx/lazy-session.ts'
import type { LazySession } from '#engine/networks/gradients/onnx/lazy-session.ts'
import { predict, predictAsTrained } from '#engine/networks/gradients/onnx/predict-batches.ts'
import { createStoredState } from '#engine/networks/gradients/onnx/stored-state.ts'
import type { StoredState } from '#engine/networks/gradients/onnx/stored-state.ts'
import { trainFrom } from '#engine/networks/gradients/onnx/train-from-gradients.ts'
import {
  listGradientShapes,
  listHeadParameters,
  planTraining,
} from '#engine/networks/gradients/onnx/training-plan.ts'
import type { TrainingPlan } from '#engine/networks/gradients/onnx/training-plan.ts'
import { listTapsFirst } from '#engine/networks/gradients/onnx/weight-layout.ts'
import { checkLibrary } from './check-library.ts'
import type { Dnnl, ElementType } from './dnnl.ts'
import { createResidualProgram } from './residual-program.ts'
import type { ResidualProgram } from './residual-program.ts'

export interface OnednnOptions {
  /** Opens the library for the calling thread; throws UNAVAILABLE with the reason. */
  readonly open: (threads: number) => Dnnl
  readonly arithmetic: ElementType
  /** The library that the run's record names, which alone may compute it. */
  readonly recorded?: string | undefined
  /** Computes the heads, their losses, and what the exported file answers. */
  readonly runtime: InferenceRuntime
}

interface Parts {
  readonly plan: TrainingPlan
  readonly state: StoredState
  readonly buffers: GradientBuffers
  /** By the batch's statistics, with gradients; the running ones where the backbone is frozen. */
  readonly program: ResidualProgram
  readonly heads: LazySession
}

/** For each channel, what each of the 256 colours becomes. */
const colours: readonly Float32Array[] = imageNetMean.map((mean, channel) =>
  Float32Array.from({ length: 256 }, (_, value) => (value / 255 - mean) / (imageNetDeviation[channel] ?? 1)),
)

function fillImages(target: Float32Array, images: Uint8Array, pixels: number): void {
  for (let plane = 0, at = 0; at < images.length; plane++) {
    const table = colours[plane % 3] ?? new Float32Array(256)
    for (const end = at + pixels; at < end; at++) target[at] = table[images[at] ?? 0] ?? 0
  }
}

function takeFloats(feeds: RuntimeFeeds, name: string): Float32Array {
  const tensor = feeds[name]
  if (tensor?.type !== 'float32') throw new Error(`There is no tensor ${name}`)
  return tensor.data
}

function giveRunningStatistics(program: ResidualProgram, feeds: RuntimeFeeds): void {
  for (const [norm, { mean, variance }] of program.norms) {
    mean.set(takeFloats(feeds, `${norm}.running_mean`))
    variance.set(takeFloats(feeds, `${norm}.running_var`))
  }
}

function moveRunning(options: {
  before: Float32Array
  batch: Float32Array
  factor: number
  target: Float32Array
}): void {
  const { before, batch, factor, target } = options
  for (let channel = 0; channel < target.length; channel++)
    target[channel] =
      (before[channel] ?? 0) * (1 - normMomentum) + (batch[channel] ?? 0) * factor * normMomentum
}

/** The running statistics count the unbiased variance (Ioffe & Szegedy 2015), where the batch is normalised by the biased. */
function moveStatistics({ program, state }: Parts): void {
  const before = state.feedGradients()
  const targets = state.statisticsTargets()
  for (const [norm, { mean, variance, count }] of program.norms) {
    const [meanName, varianceName] = [`${norm}.running_mean`, `${norm}.running_var`]
    moveRunning({
      before: takeFloats(before, meanName),
      batch: mean,
      factor: 1,
      target: takeFloats(targets, graphNames.next(meanName)),
    })
    moveRunning({
      before: takeFloats(before, varianceName),
      batch: variance,
      factor: count / (count - 1),
      target: takeFloats(targets, graphNames.next(varianceName)),
    })
  }
}

function writeBackbone({ program, buffers }: Parts): void {
  const gradients = buffers.latest()
  const find = (name: string): Float32Array => {
    const tensor = gradients.get(name)
    if (tensor === undefined) throw new Error(`${name} has no gradient`)
    return tensor.data
  }
  program.backward(find)
  for (const [norm, { scaleGradient, shiftGradient }] of program.norms) {
    find(`${norm}.weight`).set(scaleGradient)
    find(`${norm}.bias`).set(shiftGradient)
  }
}

async function runBackward(
  parts: Parts,
  batch: TrainBatch,
  lossWeights: StepOptions['lossWeights'],
): Promise<Omit<StepResult, 'gradientNorm'>> {
  const { plan, state, buffers, program, heads } = parts
  const { [graphNames.images]: _images, ...labels } = feedBatch(batch, plan, lossWeights)
  const stored = state.feedGradients()
  if (plan.trainable === 'heads') giveRunningStatistics(program, stored)
  fillImages(program.images, batch.images, plan.network.inputSize ** 2)
  program.forward()
  const parameters = Object.fromEntries(
    listHeadParameters(plan).map(({ name }) => [name, pick(stored, name)] as const),
  )
  const embedding = {
    type: 'float32',
    dims: [plan.batchSize, embeddingSize],
    data: program.embedding,
  } as const
  const targets = Object.fromEntries(
    Array.from(buffers.latest(), ([name, tensor]) => [name, tensor] as const)
      .filter(([name]) => name in parameters)
      .map(([name, tensor]) => [graphNames.gradient(name), tensor]),
  )
  const session = await heads.get()
  const outputs = await session.run({ ...labels, ...parameters, [graphNames.embedding]: embedding }, targets)
  if (plan.trainable === 'all') {
    program.embeddingGradient.set(takeFloats(outputs, graphNames.gradient(graphNames.embedding)))
    writeBackbone(parts)
    moveStatistics(parts)
  }
  return readLosses(outputs, plan, lossWeights)
}

function pick(feeds: RuntimeFeeds, name: string): NonNullable<RuntimeFeeds[string]> {
  const tensor = feeds[name]
  if (tensor === undefined) throw new Error(`There is no tensor ${name}`)
  return tensor
}

async function openSession(plan: TrainingPlan, options: OnednnOptions): Promise<TrainingSession> {
  const { runtime, arithmetic, recorded } = options
  const { network, batchSize, threads } = plan
  const { arch } = network
  if (arch === 'face-resnet' || plan.trainable === 'last-stage')
    throw new RangeError('oneDNN trains ResNets, as a whole or by their heads: use another engine')
  const dnnl = options.open(threads)
  try {
    checkLibrary(dnnl.facts, { arithmetic, recorded })
    const state = createStoredState(plan)
    const tapsFirst = listTapsFirst(network)
    // One for the model: the averages where they are kept.
    const createProgram = (isTrained: boolean, feeds: () => RuntimeFeeds): ResidualProgram =>
      createResidualProgram(dnnl, {
        network: { ...network, arch },
        batch: batchSize,
        arithmetic,
        isTrained,
        statistics: isTrained ? 'batch' : 'running',
        weightOf: (name) => ({ data: takeFloats(feeds(), name), isTapsFirst: tapsFirst.has(name) }),
      })
    const isTrained = plan.trainable === 'all'
    const parts: Parts = {
      plan,
      state,
      buffers: createGradientBuffers(listGradientShapes(plan), state.arrays),
      program: createProgram(isTrained, () => state.feedGradients()),
      // The heads are small: more threads would only take the cores from the backbone.
      heads: createLazySession(() => runtime.createSession(buildHeadsGraph(plan), { threads: 1 })),
    }
    const inference = createLazySession(
      () => runtime.createSession(buildInferenceModel(network, state.modelWeights()), { threads }),
      () => state.version(),
    )
    const headsForward = createLazySession(() =>
      runtime.createSession(buildHeadsForwardGraph(plan), { threads: 1 }),
    )
    let answering: ResidualProgram | undefined
    const answer = async (images: Uint8Array): Promise<RuntimeFeeds> => {
      const model = state.feedModel()
      answering ??= createProgram(false, () => state.feedModel())
      giveRunningStatistics(answering, model)
      fillImages(answering.images, images, network.inputSize ** 2)
      answering.forward()
      const data = answering.embedding
      const embedding = { type: 'float32', dims: [batchSize, embeddingSize], data } as const
      const session = await headsForward.get()
      const weights = network.heads.flatMap(({ task }) => [`head.${task}.weight`, `head.${task}.bias`])
      const logits = await session.run({
        [graphNames.embedding]: embedding,
        ...Object.fromEntries(weights.map((name) => [name, pick(model, name)])),
      })
      return { ...logits, [graphNames.embedding]: embedding }
    }
    const training = trainFrom({
      ...parts,
      runBackward: (batch, lossWeights) => runBackward(parts, batch, lossWeights),
    })
    return {
      batchSize,
      load(loaded) {
        state.load(loaded)
        parts.buffers.discardHeld()
      },
      ...training,
      async step(batch, given) {
        const result = await training.step(batch, given)
        await inference.closeStale()
        return result
      },
      predict: async (images, count) => predict(await inference.get(), images, { count, network }),
      predictAsTrained: async (images, count) =>
        predictAsTrained(answer, images, { count, network, batchSize }),
      weights: () => state.weights(),
      modelWeights: () => state.modelWeights(),
      optimiser: () => state.optimiser(),
      async dispose() {
        await Promise.all([parts.heads.close(), headsForward.close(), inference.close()])
        dnnl.close()
      },
    }
  } catch (error) {
    dnnl.close()
    throw error
  }
}

/**
 * Trains the backbone with oneDNN's operations, its activations and products in float32 or bf16; weights, moments,
 * statistics and heads are float32. Every call blocks the thread, so sessions live in workers.
 * `compile` throws a RangeError naming what is wrong with the request, UNAVAILABLE where the library is not there, and
 * PRECONDITION where it is not the run's or lacks its arithmetic.
 */
export function createOnednnTrainingEngine(options: OnednnOptions): TrainingEngine {
  return {
    name: 'onednn',
    compile: async (network, compileOptions) => openSession(planTraining(network, compileOptions), options),
  }
}
