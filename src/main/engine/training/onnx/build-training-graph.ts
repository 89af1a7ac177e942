import { createGraphBuilder } from '#engine/models/onnx/graph-builder.ts'
import type { GraphBuilder, Value } from '#engine/models/onnx/graph-builder.ts'
import { describeResNet, embeddingSize, listBuffers, listParameters } from '#engine/models/resnet.ts'
import type { AdamOptions, NetworkSpec } from '#engine/training/training-engine.ts'
import { scheduleAdamW, updateAdamW } from './adamw.ts'
import { runBackward, runForward } from './residual-network.ts'
import { applyLinear, differentiateLinear, maskedCrossEntropy } from './heads.ts'
import { listTapsFirst } from './weight-layout.ts'

export interface TrainingGraphOptions {
  readonly network: NetworkSpec
  readonly batchSize: number
  /** Without an optimiser the graph gives gradients and leaves the weights alone. */
  readonly optimiser: AdamOptions | undefined
}

/** Names of the graph's inputs and outputs; the weights themselves go in under their own names. */
export const graphNames = {
  images: 'images',
  labels: (task: string): string => `labels/${task}`,
  learningRate: 'learning_rate',
  step: 'step',
  firstMoment: (name: string): string => `m/${name}`,
  secondMoment: (name: string): string => `v/${name}`,
  next: (name: string): string => `next/${name}`,
  gradient: (name: string): string => `gradient/${name}`,
  loss: (task: string): string => `loss/${task}`,
  embedding: 'embedding',
  logits: (task: string): string => `logits/${task}`,
} as const

/** Shape in which a parameter lives between steps. */
export function listStoredShapes(network: NetworkSpec): ReadonlyMap<string, readonly number[]> {
  const tapsFirst = listTapsFirst(network)
  return new Map(
    [...listParameters(network), ...listBuffers(network)].map(({ name, shape }) => {
      const [outputs = 1, inputs = 1, height = 1, width = 1] = shape
      return [name, tapsFirst.has(name) ? [height * width, inputs, outputs] : shape]
    }),
  )
}

/** Forward and backward through the heads; gives the embedding's gradient `[batch, 512]`. */
function addHeads(
  builder: GraphBuilder,
  embedding: Value,
  options: { network: NetworkSpec; batchSize: number; gradients: Map<string, Value> },
): Value {
  const { network, batchSize, gradients } = options
  let embeddingGradient: Value | undefined
  for (const { task, classes } of network.heads) {
    const [weight, bias] = [`head.${task}.weight`, `head.${task}.bias`]
    const labels = builder.input(graphNames.labels(task), 'int32', [batchSize])
    const logits = applyLinear(builder, embedding, { weight, bias })
    const head = maskedCrossEntropy(builder, logits, { labels, batch: batchSize, classes })
    builder.node('Identity', [head.loss], { outputs: [graphNames.loss(task)] })
    builder.output(graphNames.loss(task), 'float32', [])
    const backward = differentiateLinear(builder, head.logitsGradient, {
      input: embedding,
      weight,
      ...(embeddingGradient === undefined ? {} : { addend: embeddingGradient }),
    })
    gradients.set(weight, backward.weight)
    gradients.set(bias, backward.bias)
    embeddingGradient = backward.input
  }
  if (embeddingGradient === undefined) throw new Error('A network without heads has nothing to learn')
  return embeddingGradient
}

function addOptimiser(
  builder: GraphBuilder,
  optimiser: AdamOptions,
  options: { network: NetworkSpec; gradients: ReadonlyMap<string, Value> },
): void {
  const { network, gradients } = options
  const shapes = listStoredShapes(network)
  const learningRate = builder.input(graphNames.learningRate, 'float64', [])
  const step = builder.input(graphNames.step, 'float64', [])
  const schedule = scheduleAdamW(builder, { learningRate, step }, optimiser)
  for (const { name, kind } of listParameters(network)) {
    const gradient = gradients.get(name)
    const shape = shapes.get(name)
    if (gradient === undefined || shape === undefined) throw new Error(`No gradient was built for ${name}`)
    const [firstMoment, secondMoment] = [graphNames.firstMoment(name), graphNames.secondMoment(name)]
    for (const input of [firstMoment, secondMoment]) builder.input(input, 'float32', shape)
    for (const output of [name, firstMoment, secondMoment])
      builder.output(graphNames.next(output), 'float32', shape)
    const isDecayed = optimiser.decayNormsAndBiases || kind === 'convolution' || kind === 'linearWeight'
    const next = {
      weight: graphNames.next(name),
      firstMoment: graphNames.next(firstMoment),
      secondMoment: graphNames.next(secondMoment),
    }
    updateAdamW(
      builder,
      { weight: name, gradient, firstMoment, secondMoment, isDecayed, next },
      { schedule, optimiser },
    )
  }
}

function addGradientOutputs(
  builder: GraphBuilder,
  network: NetworkSpec,
  gradients: ReadonlyMap<string, Value>,
): void {
  const shapes = listStoredShapes(network)
  for (const { name } of listParameters(network)) {
    const gradient = gradients.get(name)
    if (gradient === undefined) throw new Error(`No gradient was built for ${name}`)
    builder.node('Identity', [gradient], { outputs: [graphNames.gradient(name)] })
    builder.output(graphNames.gradient(name), 'float32', shapes.get(name) ?? [])
  }
}

/**
 * The training graph's own forward pass as it answers after training: the same convolutions, layouts and weights going
 * in, but normalised by the running statistics; `embedding` and the logits come out. Its blocks share no operator with
 * the model for inference, whose answers are held against it.
 */
export function buildForwardGraph({
  network,
  batchSize,
}: Omit<TrainingGraphOptions, 'optimiser'>): Uint8Array {
  const builder = createGraphBuilder()
  const { arch, inputSize: side, heads } = network
  const images = builder.input(graphNames.images, 'uint8', [batchSize, 3, side, side])
  for (const [name, shape] of listStoredShapes(network)) builder.input(name, 'float32', shape)
  const spec = describeResNet(arch)
  const { embedding } = runForward(builder, images, { spec, batch: batchSize, side, statistics: 'running' })
  builder.node('Identity', [embedding], { outputs: [graphNames.embedding] })
  builder.output(graphNames.embedding, 'float32', [batchSize, embeddingSize])
  for (const { task, classes } of heads) {
    const logits = applyLinear(builder, embedding, {
      weight: `head.${task}.weight`,
      bias: `head.${task}.bias`,
    })
    builder.node('Identity', [logits], { outputs: [graphNames.logits(task)] })
    builder.output(graphNames.logits(task), 'float32', [batchSize, classes])
  }
  return builder.build({ name: 'forward pass' })
}

/**
 * One training step as one ONNX graph: images and labels, weights, running statistics and moments go in; per-task
 * losses and everything's next value come out. Batch size and input size are fixed.
 */
export function buildTrainingGraph({ network, batchSize, optimiser }: TrainingGraphOptions): Uint8Array {
  const builder = createGraphBuilder()
  const { inputSize } = network
  const images = builder.input(graphNames.images, 'uint8', [batchSize, 3, inputSize, inputSize])
  for (const [name, shape] of listStoredShapes(network)) {
    builder.input(name, 'float32', shape)
  }
  const gradients = new Map<string, Value>()
  const forward = runForward(builder, images, {
    spec: describeResNet(network.arch),
    batch: batchSize,
    side: inputSize,
  })
  const embeddingGradient = addHeads(builder, forward.embedding, { network, batchSize, gradients })
  runBackward(builder, embeddingGradient, { forward, gradients, channels: embeddingSize })
  if (optimiser === undefined) {
    addGradientOutputs(builder, network, gradients)
  } else {
    for (const [name, value] of forward.nextBuffers) {
      builder.node('Identity', [value], { outputs: [graphNames.next(name)] })
      builder.output(graphNames.next(name), 'float32', listStoredShapes(network).get(name) ?? [])
    }
    addOptimiser(builder, optimiser, { network, gradients })
  }
  return builder.build({ name: optimiser === undefined ? 'gradients' : 'training step' })
}
