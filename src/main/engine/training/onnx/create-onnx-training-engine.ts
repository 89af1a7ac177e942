import { buildInferenceModel } from '#engine/models/export-onnx.ts'
import { embeddingSize, listBuffers, listParameters } from '#engine/models/resnet.ts'
import type { InferenceRuntime, InferenceSession, RuntimeTensor } from '#engine/runtime/inference-session.ts'
import type {
  AdamOptions,
  NamedTensor,
  NetworkSpec,
  OptimiserState,
  Predictions,
  StateDict,
  StepResult,
  TrainBatch,
  TrainingEngine,
  TrainingSession,
} from '#engine/training/training-engine.ts'
import {
  buildForwardGraph,
  buildTrainingGraph,
  graphNames,
  listStoredShapes,
} from './build-training-graph.ts'
import { createStoredState } from './stored-state.ts'
import type { StoredState } from './stored-state.ts'

interface SessionContext {
  readonly runtime: InferenceRuntime
  readonly network: NetworkSpec
  readonly batchSize: number
  readonly optimiser: AdamOptions
  readonly threads: number
}

/** Images per call of the inference graph: large enough to fill the cores, small enough to stay in memory. */
const predictionBatch = 64

function wrong(what: string): never {
  throw new RangeError(`Training cannot start: ${what}`)
}

/** Refuses a network or batch that the graph cannot express. */
function checkContext({ network, batchSize, optimiser, threads }: SessionContext): void {
  const { inputSize, heads } = network
  if (!Number.isInteger(inputSize) || inputSize < 32 || inputSize % 32 !== 0)
    wrong(`the input size must be a multiple of 32, not ${inputSize}`)
  if (!Number.isInteger(batchSize) || batchSize < 2)
    wrong(`the batch size must be at least 2, not ${batchSize}`)
  if (!Number.isInteger(threads) || threads < 1)
    wrong(`the number of threads must be at least 1, not ${threads}`)
  if (heads.length === 0) wrong('the network has no heads')
  if (new Set(heads.map(({ task }) => task)).size !== heads.length) wrong('two heads share one task')
  for (const { task, classes } of heads)
    if (!Number.isInteger(classes) || classes < 2)
      wrong(`the head ${task} needs at least 2 classes, not ${classes}`)
  for (const [name, beta] of [
    ['beta1', optimiser.beta1],
    ['beta2', optimiser.beta2],
  ] as const)
    if (!(beta >= 0 && beta < 1)) wrong(`${name} must lie in [0, 1), not ${beta}`)
  if (!(optimiser.epsilon > 0)) wrong(`epsilon must be positive, not ${optimiser.epsilon}`)
}

/** The batch as runtime tensors; refuses sizes and labels that do not fit the network. */
function feedBatch(
  { images, labels }: TrainBatch,
  { network, batchSize }: SessionContext,
): Record<string, RuntimeTensor> {
  const { inputSize, heads } = network
  const expected = batchSize * 3 * inputSize * inputSize
  if (images.length !== expected)
    throw new RangeError(
      `The batch holds ${images.length} bytes of pixels; ${batchSize} images of ${inputSize} px need ${expected}`,
    )
  const feeds: Record<string, RuntimeTensor> = {
    [graphNames.images]: { type: 'uint8', dims: [batchSize, 3, inputSize, inputSize], data: images },
  }
  for (const { task, classes } of heads) {
    const data = labels.get(task) ?? new Int32Array(batchSize).fill(-1)
    if (data.length !== batchSize)
      throw new RangeError(`The batch holds ${data.length} ${task} labels for ${batchSize} images`)
    const stray = data.find((label) => label < -1 || label >= classes)
    if (stray !== undefined)
      throw new RangeError(`The ${task} label ${stray} is outside -1 to ${classes - 1}`)
    feeds[graphNames.labels(task)] = { type: 'int32', dims: [batchSize], data }
  }
  return feeds
}

function readScalar(outputs: Readonly<Record<string, RuntimeTensor>>, name: string): number {
  return Number(outputs[name]?.data[0] ?? Number.NaN)
}

function readLosses(outputs: Readonly<Record<string, RuntimeTensor>>, { heads }: NetworkSpec): StepResult {
  const losses = new Map(heads.map(({ task }) => [task, readScalar(outputs, graphNames.loss(task))]))
  const loss = [...losses.values()].reduce((sum, value) => sum + value, 0)
  const lossWeights = new Map(heads.map(({ task }) => [task, 1]))
  return { loss, losses, lossWeights, gradientNorm: null }
}

interface LazySession {
  get(): Promise<InferenceSession>
  close(): Promise<void>
}

/** A session made on first use, and made anew once `version` has changed. */
function createLazySession(
  open: () => Promise<InferenceSession>,
  version: () => number = () => 0,
): LazySession {
  let opened: { version: number; session: Promise<InferenceSession> } | undefined
  const close = async (): Promise<void> => {
    const closing = opened
    opened = undefined
    await (await closing?.session)?.dispose()
  }
  return {
    close,
    async get() {
      if (opened !== undefined && opened.version !== version()) await close()
      opened ??= { version: version(), session: open() }
      return opened.session
    },
  }
}

/** Answers for any number of images from a graph that takes a batch of them at a time. */
async function predictBatches(
  images: Uint8Array,
  options: {
    count: number
    network: NetworkSpec
    batchSize: number
    run: (images: Uint8Array, count: number) => Promise<Readonly<Record<string, RuntimeTensor>>>
    nameLogits: (task: string) => string
  },
): Promise<Predictions> {
  const { count, network, batchSize, run, nameLogits } = options
  const side = network.inputSize
  const size = 3 * side * side
  if (images.length !== count * size)
    throw new RangeError(
      `${count} images of ${side} px need ${count * size} bytes of pixels, not ${images.length}`,
    )
  const embedding = new Float32Array(count * embeddingSize)
  const logits = new Map(network.heads.map(({ task, classes }) => [task, new Float32Array(count * classes)]))
  const targets = [
    [graphNames.embedding, embedding] as const,
    ...Array.from(logits, ([task, target]) => [nameLogits(task), target] as const),
  ]
  for (let start = 0; start < count; start += batchSize) {
    const batch = Math.min(batchSize, count - start)
    const outputs = await run(images.subarray(start * size, (start + batch) * size), batch)
    for (const [name, target] of targets) {
      const part = outputs[name]
      if (part?.type !== 'float32') throw new Error(`The graph gave no ${name}`)
      const width = target.length / count
      target.set(part.data.subarray(0, batch * width), start * width)
    }
  }
  return { embedding, logits }
}

/** By the graph that is exported, whose batch axis is free. */
function predict(
  session: InferenceSession,
  images: Uint8Array,
  { count, network }: { count: number; network: NetworkSpec },
): Promise<Predictions> {
  const { inputSize } = network
  return predictBatches(images, {
    count,
    network,
    batchSize: predictionBatch,
    nameLogits: (task) => task,
    run: (part, batch) => {
      const image = { dims: [batch, 3, inputSize, inputSize], data: Float32Array.from(part) }
      return session.run({ image: { type: 'float32', ...image } })
    },
  })
}

/** By the training graph's forward pass, whose batch is fixed: a part of one is filled up with black. */
function predictAsTrained(
  session: InferenceSession,
  images: Uint8Array,
  { count, context, state }: { count: number; context: SessionContext; state: StoredState },
): Promise<Predictions> {
  const { network, batchSize } = context
  const { inputSize } = network
  return predictBatches(images, {
    count,
    network,
    batchSize,
    nameLogits: graphNames.logits,
    run: (part) => {
      const data = new Uint8Array(batchSize * 3 * inputSize ** 2)
      data.set(part)
      const tensor = { type: 'uint8', dims: [batchSize, 3, inputSize, inputSize], data } as const
      return session.run({ [graphNames.images]: tensor, ...state.feedWeights() })
    },
  })
}

async function computeGradients(
  session: InferenceSession,
  batch: TrainBatch,
  options: { context: SessionContext; state: StoredState },
): Promise<{ result: StepResult; gradients: StateDict }> {
  const { context, state } = options
  const { network } = context
  const feeds = { ...feedBatch(batch, context), ...state.feedWeights() }
  const outputs = await session.run(feeds)
  const gradients = new Map<string, NamedTensor>()
  for (const { name, shape } of listParameters(network)) {
    const output = outputs[graphNames.gradient(name)]
    if (output?.type !== 'float32') throw new Error(`The graph gave no gradient of ${name}`)
    gradients.set(name, state.restore(name, { shape, data: output.data }))
  }
  return { result: readLosses(outputs, network), gradients }
}

async function openSession(context: SessionContext): Promise<TrainingSession> {
  checkContext(context)
  const { runtime, network, batchSize, optimiser, threads } = context
  const state = createStoredState({
    network,
    shapes: listStoredShapes(network),
    names: { parameters: listParameters(network), buffers: listBuffers(network) },
  })
  const training = await runtime.createSession(buildTrainingGraph({ network, batchSize, optimiser }), {
    threads,
  })
  const gradient = createLazySession(() =>
    runtime.createSession(buildTrainingGraph({ network, batchSize, optimiser: undefined }), { threads }),
  )
  const forward = createLazySession(() =>
    runtime.createSession(buildForwardGraph({ network, batchSize }), { threads }),
  )
  const inference = createLazySession(
    () => runtime.createSession(buildInferenceModel(network, state.weights()), { threads }),
    () => state.version(),
  )

  return {
    batchSize,
    load(loaded) {
      state.load(loaded)
    },
    async step(batch, { learningRate }) {
      const scalars: Record<string, RuntimeTensor> = {
        [graphNames.learningRate]: { type: 'float64', dims: [], data: Float64Array.of(learningRate) },
        [graphNames.step]: { type: 'float64', dims: [], data: Float64Array.of(state.step() + 1) },
      }
      const feeds = { ...feedBatch(batch, context), ...scalars, ...state.feedAll() }
      const outputs = await training.run(feeds, state.targets())
      state.advance()
      return readLosses(outputs, network)
    },
    gradients: async (batch) => computeGradients(await gradient.get(), batch, { context, state }),
    predict: async (images, count) => predict(await inference.get(), images, { count, network }),
    predictAsTrained: async (images, count) =>
      predictAsTrained(await forward.get(), images, { count, context, state }),
    accumulate: () => Promise.reject(new RangeError('Accumulation is not built yet')),
    weights: () => state.weights(),
    modelWeights: () => state.weights(),
    optimiser: (): OptimiserState => state.optimiser(),
    async dispose() {
      await Promise.all([training.dispose(), gradient.close(), forward.close(), inference.close()])
    },
  }
}

/**
 * Trains by running forward pass, backward pass and AdamW as one ONNX graph on an inference runtime.
 * Every `step` blocks the calling thread, so sessions live in workers. `compile` throws a RangeError naming what
 * is wrong with the network, the batch size or the optimiser.
 */
export function createOnnxTrainingEngine({ runtime }: { runtime: InferenceRuntime }): TrainingEngine {
  return {
    name: 'onnx',
    compile(network, { optimiser, ...options }) {
      if (optimiser.kind !== 'adamw') throw new RangeError(`${optimiser.kind} is not built yet`)
      return openSession({ runtime, network, ...options, optimiser })
    },
  }
}
