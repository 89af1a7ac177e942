import type { GraphBuilder, Value } from '#engine/networks/onnx-file/graph-builder.ts'
import { embeddingSizes } from '#shared/domain/architectures.ts'
import { describeResNet, isMoved } from '#engine/networks/architecture/resnet.ts'
import type { HeadSpec, NetworkSpec } from '#engine/networks/architecture/training-engine.ts'
import type { ComputeTarget } from '#engine/base/runtime/inference-session.ts'
import type { Backbone } from './backbone.ts'
import { runFaceNetwork } from './face-network.ts'
import { createBuilderFor } from './gpu-operators.ts'
import { graphNames } from './graph-names.ts'
import { expectYears, measureCrossEntropy, measureYearsLoss, weighByUncertainty } from './head-losses.ts'
import type { LossForward } from './head-losses.ts'
import { applyLinear, differentiateLinear, differentiateLinearInput } from './heads.ts'
import { runResidualNetwork } from './residual-network.ts'
import {
  listHeadParameters,
  listLossParameters,
  listStoredShapes,
  listTrainedParameters,
  nameLogVariance,
} from './training-plan.ts'
import type { TrainingPlan } from './training-plan.ts'

interface HeadContext {
  readonly plan: TrainingPlan
  readonly embedding: Value
  readonly gradients: Map<string, Value>
}

/** The loss of one head, with its gradient with respect to the logits. */
function addLoss(
  builder: GraphBuilder,
  logits: Value,
  { head, plan }: { head: HeadSpec; plan: TrainingPlan },
): LossForward {
  const { task, classes, readOut } = head
  const { batchSize: batch } = plan
  const loss = plan.losses.get(task)
  if (loss === undefined) throw new Error(`No loss was planned for ${task}`)
  if (loss.kind === 'cross-entropy') {
    const labels = builder.input(graphNames.labels(task), 'int32', [batch])
    return measureCrossEntropy(builder, logits, { labels, batch, classes, loss })
  }
  const years = builder.input(graphNames.years, 'float32', [batch])
  if (readOut !== 'expected-years') return measureYearsLoss(builder, logits, { years, batch, loss })
  const { ages, differentiate } = expectYears(builder, logits, classes)
  const measured = measureYearsLoss(builder, ages, { years, batch, loss })
  return { ...measured, gradient: differentiate(measured.gradient) }
}

function outputScalar(builder: GraphBuilder, value: Value, name: string): void {
  builder.node('Identity', [value], { outputs: [name] })
  builder.output(name, 'float32', [])
}

/** The task's factor, and its share in the total loss. */
function weighLoss(
  builder: GraphBuilder,
  loss: LossForward,
  { head: { task }, context }: { head: HeadSpec; context: HeadContext },
): { factor: Value; share: Value } {
  const { plan, gradients } = context
  if (plan.combination === 'given') {
    const factor = builder.input(graphNames.lossWeight(task), 'float32', [])
    return { factor, share: builder.node('Mul', [loss.loss, factor]) }
  }
  const logVariance = nameLogVariance(task)
  const isClassified = plan.losses.get(task)?.kind === 'cross-entropy'
  const weighted = weighByUncertainty(builder, loss, { logVariance, isClassified })
  outputScalar(builder, weighted.factor, graphNames.lossFactor(task))
  gradients.set(logVariance, weighted.logVarianceGradient)
  return weighted
}

/** Forward and backward through the heads; gives the embedding's gradient where the backbone is trained. */
function addHeads(builder: GraphBuilder, context: HeadContext): Value | undefined {
  const { plan, embedding, gradients } = context
  let embeddingGradient: Value | undefined
  const shares: Value[] = []
  for (const head of plan.network.heads) {
    const [weight, bias] = [`head.${head.task}.weight`, `head.${head.task}.bias`]
    const logits = applyLinear(builder, embedding, { weight, bias })
    const loss = addLoss(builder, logits, { head, plan })
    outputScalar(builder, loss.loss, graphNames.loss(head.task))
    const { factor, share } = weighLoss(builder, loss, { head, context })
    shares.push(share)
    const logitsGradient = builder.node('Mul', [loss.gradient, factor])
    const backward = differentiateLinear(builder, logitsGradient, { input: embedding })
    gradients.set(weight, backward.weight)
    gradients.set(bias, backward.bias)
    if (plan.trainable !== 'heads') {
      const options = { weight, addend: embeddingGradient }
      embeddingGradient = differentiateLinearInput(builder, logitsGradient, options)
    }
  }
  outputScalar(builder, builder.node('Sum', shares), graphNames.totalLoss)
  return embeddingGradient
}

function addTensorOutputs(
  builder: GraphBuilder,
  outputs: Iterable<readonly [name: string, value: Value, shape: readonly number[]]>,
): void {
  for (const [name, value, shape] of outputs) {
    builder.node('Identity', [value], { outputs: [name] })
    builder.output(name, 'float32', shape)
  }
}

function addBackbone(
  builder: GraphBuilder,
  images: Value,
  {
    network: { arch, inputSize: side },
    ...options
  }: { network: NetworkSpec; batch: number; target: ComputeTarget; isMoved: (name: string) => boolean },
): Backbone {
  if (arch === 'face-resnet') return runFaceNetwork(builder, images, options)
  return runResidualNetwork(builder, images, { spec: describeResNet(arch), side, ...options })
}

/**
 * Forward and backward over one batch: images, labels, weights and running statistics go in; losses, the gradient of
 * every trained parameter and the next running statistics come out. Batch size and input size are fixed.
 */
export function buildGradientGraph(plan: TrainingPlan): Uint8Array {
  const { network, batchSize: batch, trainable, target } = plan
  const builder = createBuilderFor(target)
  const side = network.inputSize
  const shapes = listStoredShapes(network)
  const images = builder.input(graphNames.images, 'uint8', [batch, 3, side, side])
  for (const [name, shape] of shapes) builder.input(name, 'float32', shape)
  for (const { name, shape } of listLossParameters(plan)) builder.input(name, 'float32', shape)
  const gradients = new Map<string, Value>()
  const backbone = addBackbone(builder, images, {
    network,
    batch,
    target,
    isMoved: (name) => isMoved(name, trainable),
  })
  const embeddingGradient = addHeads(builder, { plan, embedding: backbone.embedding, gradients })
  if (embeddingGradient !== undefined) {
    backbone.differentiate(embeddingGradient, gradients)
    addTensorOutputs(
      builder,
      Array.from(
        backbone.nextBuffers,
        ([name, value]) => [graphNames.next(name), value, shapes.get(name) ?? []] as const,
      ),
    )
  }
  addTensorOutputs(
    builder,
    listTrainedParameters(plan).map(({ name, shape }) => {
      const gradient = gradients.get(name)
      if (gradient === undefined) throw new Error(`No gradient was built for ${name}`)
      return [graphNames.gradient(name), gradient, shapes.get(name) ?? shape] as const
    }),
  )
  return builder.build({ name: 'gradients' })
}

/**
 * The heads alone, forward and backward, for a backbone that is computed elsewhere: its embeddings, labels, the heads'
 * weights go in; losses, the gradients of the heads' and the losses' parameters, and that of the embeddings come out.
 */
export function buildHeadsGraph(plan: TrainingPlan): Uint8Array {
  const { network, batchSize: batch, target } = plan
  const builder = createBuilderFor(target)
  const embeddingSize = embeddingSizes[network.arch]
  const embedding = builder.input(graphNames.embedding, 'float32', [batch, embeddingSize])
  const parameters = listHeadParameters(plan)
  for (const { name, shape } of parameters) builder.input(name, 'float32', shape)
  const gradients = new Map<string, Value>()
  const embeddingGradient = addHeads(builder, { plan, embedding, gradients })
  if (embeddingGradient !== undefined) {
    const shape = [batch, embeddingSize]
    addTensorOutputs(builder, [[graphNames.gradient(graphNames.embedding), embeddingGradient, shape]])
  }
  addTensorOutputs(
    builder,
    parameters.map(({ name, shape }) => {
      const gradient = gradients.get(name)
      if (gradient === undefined) throw new Error(`No gradient was built for ${name} of ${network.arch}`)
      return [graphNames.gradient(name), gradient, shape] as const
    }),
  )
  return builder.build({ name: 'heads' })
}

/**
 * The gradient graph's own forward pass as it answers after training: the same convolutions, layouts and weights going
 * in, but normalised by the running statistics; `embedding` and the logits come out. Its blocks share no operator with
 * the model for inference, whose answers are held against it.
 */
export function buildForwardGraph({
  network,
  batchSize,
  target,
}: Pick<TrainingPlan, 'network' | 'batchSize' | 'target'>): Uint8Array {
  const builder = createBuilderFor(target)
  const { inputSize: side, heads } = network
  const images = builder.input(graphNames.images, 'uint8', [batchSize, 3, side, side])
  for (const [name, shape] of listStoredShapes(network)) builder.input(name, 'float32', shape)
  const { embedding } = addBackbone(builder, images, {
    network,
    batch: batchSize,
    target,
    isMoved: () => false,
  })
  builder.node('Identity', [embedding], { outputs: [graphNames.embedding] })
  builder.output(graphNames.embedding, 'float32', [batchSize, embeddingSizes[network.arch]])
  addLogits(builder, embedding, { heads, batchSize })
  return builder.build({ name: 'forward pass' })
}

function addLogits(
  builder: GraphBuilder,
  embedding: Value,
  { heads, batchSize }: { heads: readonly HeadSpec[]; batchSize: number },
): void {
  for (const { task, classes } of heads) {
    const logits = applyLinear(builder, embedding, {
      weight: `head.${task}.weight`,
      bias: `head.${task}.bias`,
    })
    builder.node('Identity', [logits], { outputs: [graphNames.logits(task)] })
    builder.output(graphNames.logits(task), 'float32', [batchSize, classes])
  }
}

/** The heads' answers alone, from embeddings that are computed elsewhere. */
export function buildHeadsForwardGraph({
  network: { arch, heads },
  batchSize,
  target,
}: Pick<TrainingPlan, 'network' | 'batchSize' | 'target'>): Uint8Array {
  const builder = createBuilderFor(target)
  const embeddingSize = embeddingSizes[arch]
  const embedding = builder.input(graphNames.embedding, 'float32', [batchSize, embeddingSize])
  for (const { task, classes } of heads) {
    builder.input(`head.${task}.weight`, 'float32', [classes, embeddingSize])
    builder.input(`head.${task}.bias`, 'float32', [classes])
  }
  addLogits(builder, embedding, { heads, batchSize })
  return builder.build({ name: 'heads' })
}
