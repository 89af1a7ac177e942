/** The backbone forward and backward as two programs, with what goes in and comes out between them. */
import { describeResNet, embeddingSize } from '#engine/networks/architecture/resnet.ts'
import type { BasicBlockSpec, ResNetArch } from '#engine/networks/architecture/resnet.ts'
import type { NetworkSpec } from '#engine/networks/architecture/training-engine.ts'
import { differentiateConvolution, runConvolution } from './convolution.ts'
import type { Activation, ConvolutionForward, NetworkContext, NormValues } from './convolution.ts'
import type { Dnnl, ElementType, Plan } from './dnnl.ts'
import { ProgramWriter } from './program-writer.ts'
import type { Program, Tensor } from './program-writer.ts'

interface BlockForward {
  readonly first: ConvolutionForward
  readonly second: ConvolutionForward
  readonly downsample: ConvolutionForward | undefined
  readonly input: Activation
  readonly output: Activation
}

interface PoolForward {
  readonly plan: Plan
  readonly input: Activation
  readonly output: Activation
  readonly workspace: Tensor | undefined
}

/** What this engine has operations for. */
type ResNetSpecOf = NetworkSpec & { readonly arch: ResNetArch }

export interface ResidualProgram {
  /** `[batch, 3, side, side]`, normalised colours; to be filled before each forward pass. */
  readonly images: Float32Array
  /** `[batch, 512]`, after the forward pass. */
  readonly embedding: Float32Array
  /** `[batch, 512]`, to be filled before the backward pass; empty without one. */
  readonly embeddingGradient: Float32Array
  /** By the name of the norm; of the `running` kind, to be filled before the forward pass. */
  readonly norms: ReadonlyMap<string, NormValues>
  forward(): void
  /** Writes the gradients of the convolutions' weights where `targetOf` says. */
  backward(targetOf: (name: string) => Float32Array): void
  /** Of the block that all tensors share. */
  readonly bytes: number
}

function runBlock(context: NetworkContext, block: BasicBlockSpec, input: Activation): BlockForward {
  const { writer, isTrained } = context
  const first = runConvolution(context, block.first, { input, isRectified: true })
  const second = runConvolution(context, block.second, { input: first.output, isRectified: false })
  if (!isTrained) writer.release(first.output.tensor)
  const downsample =
    block.downsample && runConvolution(context, block.downsample, { input, isRectified: false })
  const shortcut = downsample?.output ?? input
  const { tensor } = second.output
  const added = writer.inLayout(shortcut.tensor, tensor.layout)
  const plan = writer.plan({
    kind: 'addition',
    first: tensor.layout,
    second: tensor.layout,
    destination: tensor.layout,
    isRectified: true,
  })
  writer.step(plan, { source: tensor, second: added.tensor, destination: tensor })
  if (added.isNew) writer.release(added.tensor)
  if (downsample !== undefined) writer.release(downsample.output.tensor)
  return { first, second, downsample, input, output: second.output }
}

/** The sum of two gradients, in the place of the first; the second is released. */
function addInPlace(writer: ProgramWriter, first: Tensor, second: Tensor): Tensor {
  const other = writer.inLayout(second, first.layout)
  const plan = writer.plan({
    kind: 'addition',
    first: first.layout,
    second: first.layout,
    destination: first.layout,
    isRectified: false,
  })
  writer.step(plan, { source: first, second: other.tensor, destination: first })
  if (other.isNew) writer.release(other.tensor)
  writer.release(second)
  return first
}

/** Releases `gradient` and the block's output. */
function differentiateBlock(context: NetworkContext, block: BlockForward, gradient: Tensor): Tensor {
  const { writer } = context
  const { first, second, downsample, output } = block
  const given = writer.inLayout(gradient, output.tensor.layout)
  if (given.isNew) writer.release(gradient)
  const rectifier = writer.plan({
    kind: 'rectifierBackward',
    output: output.tensor.layout,
    gradient: output.tensor.layout,
  })
  writer.step(rectifier, {
    destination: output.tensor,
    destinationGradient: given.tensor,
    sourceGradient: given.tensor,
  })
  writer.release(output.tensor)
  const middle = need(
    differentiateConvolution(context, second, { gradient: given.tensor, isInputWanted: true }),
  )
  writer.release(first.output.tensor)
  const main = need(differentiateConvolution(context, first, { gradient: middle, isInputWanted: true }))
  writer.release(middle)
  if (downsample === undefined) return addInPlace(writer, main, given.tensor)
  const side = need(
    differentiateConvolution(context, downsample, { gradient: given.tensor, isInputWanted: true }),
  )
  writer.release(given.tensor)
  return addInPlace(writer, main, side)
}

function need(tensor: Tensor | undefined): Tensor {
  if (tensor === undefined) throw new Error('A gradient of an input was not written')
  return tensor
}

const poolWindow = { kernel: 3, stride: 2, padding: 1 }

function runMaxPool(context: NetworkContext, input: Activation): PoolForward {
  const { writer, batch, arithmetic, isTrained } = context
  const { channels } = input
  const side = input.side / 2
  const plan = writer.plan({
    kind: 'pooling',
    algorithm: 'max',
    pass: 'forward',
    source: input.tensor.layout,
    destination: writer.any([batch, channels, side, side], arithmetic),
    window: poolWindow,
  })
  const output = writer.take(writer.chosen(plan, 'destination'))
  const workspace = writer.take(writer.chosen(plan, 'workspace'))
  writer.step(plan, { source: input.tensor, destination: output, workspace })
  if (isTrained) return { plan, input, output: { tensor: output, channels, side }, workspace }
  writer.release(workspace)
  writer.release(input.tensor)
  return { plan, input, output: { tensor: output, channels, side }, workspace: undefined }
}

/** Releases `gradient`, and what the pool read and gave. */
function differentiateMaxPool(context: NetworkContext, pool: PoolForward, gradient: Tensor): Tensor {
  const { writer } = context
  const { input, output, workspace } = pool
  const given = writer.inLayout(gradient, output.tensor.layout)
  if (given.isNew) writer.release(gradient)
  const plan = writer.plan({
    kind: 'pooling',
    algorithm: 'max',
    pass: 'backward',
    source: input.tensor.layout,
    destination: output.tensor.layout,
    window: poolWindow,
    forward: pool.plan,
  })
  const found = writer.take(input.tensor.layout)
  writer.step(plan, {
    destinationGradient: given.tensor,
    sourceGradient: found,
    ...(workspace && { workspace }),
  })
  writer.release(given.tensor)
  if (workspace !== undefined) writer.release(workspace)
  writer.release(input.tensor)
  return found
}

interface AverageForward {
  readonly plan: Plan
  readonly embedding: Tensor
  readonly layout: Tensor['layout']
}

/** The mean over all pixels, in float32 whatever the arithmetic: it is what the heads read. */
function runAverage(context: NetworkContext, input: Activation): AverageForward {
  const { writer, batch } = context
  const { channels, side } = input
  const layout = writer.plain([batch, channels, side, side], 'float32')
  const wide = writer.take(layout)
  writer.copy(input.tensor, wide)
  const embedding = writer.take(writer.plain([batch, channels, 1, 1], 'float32'))
  const plan = writer.plan({
    kind: 'pooling',
    algorithm: 'average',
    pass: 'forward',
    source: layout,
    destination: embedding.layout,
    window: { kernel: side, stride: side, padding: 0 },
  })
  writer.step(plan, { source: wide, destination: embedding })
  writer.release(wide)
  return { plan, embedding, layout }
}

function differentiateAverage(
  context: NetworkContext,
  average: AverageForward,
  options: { gradient: Tensor; output: Activation },
): Tensor {
  const { writer } = context
  const { gradient, output } = options
  const plan = writer.plan({
    kind: 'pooling',
    algorithm: 'average',
    pass: 'backward',
    source: average.layout,
    destination: average.embedding.layout,
    window: { kernel: output.side, stride: output.side, padding: 0 },
    forward: average.plan,
  })
  const wide = writer.take(average.layout)
  writer.step(plan, { destinationGradient: gradient, sourceGradient: wide })
  const found = writer.take(output.tensor.layout)
  writer.copy(wide, found)
  writer.release(wide)
  return found
}

interface Forward {
  readonly images: Tensor
  readonly stem: ConvolutionForward
  readonly pool: PoolForward
  readonly blocks: readonly BlockForward[]
  readonly average: AverageForward
  readonly output: Activation
}

function writeForward(context: NetworkContext, network: ResNetSpecOf): Forward {
  const { writer, batch, isTrained } = context
  const spec = describeResNet(network.arch)
  const side = network.inputSize
  const images = writer.take(writer.plain([batch, 3, side, side], 'float32'))
  const input = { tensor: images, channels: 3, side }
  const stem = runConvolution(context, spec.stem, { input, isRectified: true })
  if (stem.isOwnSource) writer.release(images)
  const pool = runMaxPool(context, stem.output)
  const blocks: BlockForward[] = []
  let current = pool.output
  for (const block of spec.blocks) {
    const ran = runBlock(context, block, current)
    if (!isTrained) writer.release(current.tensor)
    blocks.push(ran)
    current = ran.output
  }
  return { images, stem, pool, blocks, average: runAverage(context, current), output: current }
}

function writeBackward(context: NetworkContext, forward: Forward, embeddingGradient: Tensor): void {
  const { writer } = context
  let gradient = differentiateAverage(context, forward.average, {
    gradient: embeddingGradient,
    output: forward.output,
  })
  for (const block of forward.blocks.toReversed()) gradient = differentiateBlock(context, block, gradient)
  const planes = differentiateMaxPool(context, forward.pool, gradient)
  writer.release(forward.pool.output.tensor)
  differentiateConvolution(context, forward.stem, { gradient: planes, isInputWanted: false })
  writer.release(planes)
}

export interface ProgramOptions {
  readonly network: ResNetSpecOf
  readonly batch: number
  readonly arithmetic: ElementType
  readonly statistics: 'batch' | 'running'
  /** Whether gradients are computed too; wants the batch's own statistics. */
  readonly isTrained: boolean
  readonly weightOf: NetworkContext['weightOf']
}

/** Plans everything once: what is taken here is used again by every pass. */
export function createResidualProgram(dnnl: Dnnl, options: ProgramOptions): ResidualProgram {
  const { network, batch, isTrained } = options
  const writer = new ProgramWriter(dnnl)
  const context: NetworkContext = { ...options, writer, norms: new Map(), weightGradients: new Map() }
  const forwardProgram = writer.begin()
  const forward = writeForward(context, network)
  let backwardProgram: Program | undefined
  const embeddingGradient = isTrained
    ? writer.take(writer.plain([batch, embeddingSize, 1, 1], 'float32'))
    : undefined
  if (embeddingGradient !== undefined) {
    backwardProgram = writer.begin()
    writeBackward(context, forward, embeddingGradient)
  }
  writer.finish()
  return {
    images: writer.view(forward.images, batch * 3 * network.inputSize ** 2),
    embedding: writer.view(forward.average.embedding, batch * embeddingSize),
    embeddingGradient:
      embeddingGradient === undefined
        ? new Float32Array(0)
        : writer.view(embeddingGradient, batch * embeddingSize),
    norms: context.norms,
    forward: () => forwardProgram.run(),
    backward(targetOf) {
      if (backwardProgram === undefined) throw new Error('No backward pass was planned')
      for (const [name, target] of context.weightGradients) target.move(targetOf(name))
      backwardProgram.run()
    },
    bytes: writer.blockBytes,
  }
}
