/** The convolutions of an exported network as one program for a fixed number of images. */
import type { Dnnl, ElementType, Layout } from './dnnl.ts'
import { ProgramWriter, takeLines } from './program-writer.ts'
import type { Tensor } from './program-writer.ts'
import type { ConvolutionLayer, ImageGraph, PoolLayer } from './image-graph.ts'

export interface ImageProgram {
  /** `[batch, 3, side, side]`, to be filled before each run. */
  readonly images: Float32Array
  /** `[batch, channels]`, after it. */
  readonly average: Float32Array
  run(): void
}

/** `[batch, channels, side, side]`. */
interface Maps {
  readonly tensor: Tensor
  readonly channels: number
  readonly side: number
  /** Layers that have yet to read it. */
  readers: number
}

/** Kernels as convolutions want them, shared by the programs of one network. */
export class LaidWeights {
  readonly #dnnl: Dnnl
  readonly #laid = new Map<ConvolutionLayer, Tensor[]>()

  constructor(dnnl: Dnnl) {
    this.#dnnl = dnnl
  }

  /** `isNew` where it has still to be filled. */
  find(layer: ConvolutionLayer, layout: Layout): { tensor: Tensor; isNew: boolean } {
    const known = this.#laid.get(layer) ?? []
    const tensor = known.find((one) => this.#dnnl.areEqual(one.layout, layout))
    if (tensor !== undefined) return { tensor, isNew: false }
    const place = takeLines(this.#dnnl, this.#dnnl.countBytes(layout))
    const laid = { layout, place }
    this.#laid.set(layer, [...known, laid])
    return { tensor: laid, isNew: true }
  }
}

interface Writing {
  readonly writer: ProgramWriter
  readonly batch: number
  readonly arithmetic: ElementType
  readonly weights: LaidWeights
  readonly maps: Map<string, Maps>
  /** What fills kernels that were not laid out before. */
  readonly fillings: (() => void)[]
}

const countOut = (side: number, { kernel, stride, padding }: ConvolutionLayer['window']): number =>
  Math.floor((side + 2 * padding - kernel) / stride) + 1

function take({ maps }: Writing, name: string): Maps {
  const found = maps.get(name)
  if (found === undefined) throw new Error(`The graph has no value ${name}`)
  return found
}

/** After a layer has read it. */
function finishReading({ writer }: Writing, read: Maps): void {
  read.readers--
  if (read.readers === 0) writer.release(read.tensor)
}

function writeConvolution(writing: Writing, layer: ConvolutionLayer, readers: number): void {
  const { writer, batch, arithmetic, weights, maps, fillings } = writing
  const { window, inChannels, outChannels, isRectified } = layer
  const input = take(writing, layer.input)
  const side = countOut(input.side, window)
  const dims = [outChannels, inChannels, window.kernel, window.kernel]
  const added = layer.added === null ? null : take(writing, layer.added)
  const bias = writer.bind(layer.bias, { dims: [outChannels] })
  const plan = writer.plan({
    kind: 'convolution',
    pass: 'inference',
    source: writer.any([batch, inChannels, input.side, input.side], arithmetic),
    weights: writer.any(dims, arithmetic),
    bias: bias.layout,
    destination: writer.any([batch, outChannels, side, side], arithmetic),
    window,
    after: { isAdded: added !== null, isRectified },
  })
  const source = writer.inLayout(input.tensor, writer.chosen(plan, 'source'))
  const kernels = weights.find(layer, writer.chosen(plan, 'weights'))
  if (kernels.isNew) fillings.push(() => writer.copy(writer.bind(layer.weights, { dims }), kernels.tensor))
  const layout = writer.chosen(plan, 'destination')
  let destination: Tensor
  if (added === null) destination = writer.take(layout)
  else {
    if (added.channels !== outChannels || added.side !== side)
      throw new Error(`${layer.output} adds maps of another shape`)
    const given = writer.inLayout(added.tensor, layout)
    // The sum takes the place of what is added, unless that is read again.
    destination = given.tensor
    if (given.isNew) finishReading(writing, added)
    else if (added.readers > 1) {
      destination = writer.take(layout)
      writer.copy(given.tensor, destination)
      finishReading(writing, added)
    }
  }
  writer.step(plan, { source: source.tensor, weights: kernels.tensor, bias, destination })
  if (source.isNew) writer.release(source.tensor)
  finishReading(writing, input)
  maps.set(layer.output, { tensor: destination, channels: outChannels, side, readers })
}

function writePool(writing: Writing, { input: name, output, window }: PoolLayer, readers: number): void {
  const { writer, batch, arithmetic, maps } = writing
  const input = take(writing, name)
  const { channels } = input
  const side = countOut(input.side, window)
  const plan = writer.plan({
    kind: 'pooling',
    algorithm: 'max',
    pass: 'inference',
    source: input.tensor.layout,
    destination: writer.any([batch, channels, side, side], arithmetic),
    window,
  })
  const tensor = writer.take(writer.chosen(plan, 'destination'))
  writer.step(plan, { source: input.tensor, destination: tensor })
  finishReading(writing, input)
  maps.set(output, { tensor, channels, side, readers })
}

/** In float32 whatever the arithmetic: it is what the heads read. */
function writeAverage({ writer, batch }: Writing, { tensor, channels, side }: Maps): Tensor {
  const layout = writer.plain([batch, channels, side, side], 'float32')
  const wide = writer.take(layout)
  writer.copy(tensor, wide)
  const average = writer.take(writer.plain([batch, channels, 1, 1], 'float32'))
  const plan = writer.plan({
    kind: 'pooling',
    algorithm: 'average',
    pass: 'inference',
    source: layout,
    destination: average.layout,
    window: { kernel: side, stride: side, padding: 0 },
  })
  writer.step(plan, { source: wide, destination: average })
  return average
}

/** Plans everything once: what is taken here is used again by every run. */
export function createImageProgram(
  dnnl: Dnnl,
  graph: ImageGraph,
  options: { batch: number; side: number; arithmetic: ElementType; weights: LaidWeights },
): ImageProgram {
  const { batch, side, arithmetic, weights } = options
  const writer = new ProgramWriter(dnnl)
  const writing: Writing = { writer, batch, arithmetic, weights, maps: new Map(), fillings: [] }
  const program = writer.begin()
  const names = graph.layers.flatMap((layer) =>
    layer.kind === 'convolution' && layer.added !== null ? [layer.input, layer.added] : [layer.input],
  )
  const countReaders = (name: string): number => names.filter((one) => one === name).length
  const images = writer.take(writer.plain([batch, 3, side, side], 'float32'))
  writing.maps.set(graph.input, { tensor: images, channels: 3, side, readers: countReaders(graph.input) })
  for (const layer of graph.layers) {
    const readers = countReaders(layer.output)
    if (layer.kind === 'convolution') writeConvolution(writing, layer, readers)
    else writePool(writing, layer, readers)
  }
  const last = take(writing, graph.layers.at(-1)?.output ?? '')
  const average = writeAverage(writing, last)
  const filling = writer.begin()
  for (const fill of writing.fillings) fill()
  writer.finish()
  filling.run()
  return {
    images: writer.view(images, batch * 3 * side ** 2),
    average: writer.view(average, batch * last.channels),
    run: () => program.run(),
  }
}
