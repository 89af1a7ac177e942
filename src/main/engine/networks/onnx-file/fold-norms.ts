import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import { create } from '@bufbuild/protobuf'
import * as z from 'zod'
import {
  StringStringEntryProtoSchema,
  TensorProtoSchema,
  TensorProto_DataType as DataType,
} from './gen/onnx_pb.js'
import type { GraphProto, ModelProto, NodeProto, TensorProto } from './gen/onnx_pb.js'
import { normEpsilon } from '#engine/networks/architecture/resnet.ts'

/** What folding took from a file, so that training can start from it as from the weights themselves. */
const unfoldedKey = 'evenhand.unfolded'

const floatType: number = DataType.FLOAT

const layerHeader = z.object({
  weight: z.string(),
  shape: z.array(z.int().positive()).min(1).max(4),
  /** Scale, shift, mean, variance. */
  norm: z.tuple([z.string(), z.string(), z.string(), z.string()]),
  epsilon: z.number().positive(),
})
type LayerHeader = z.infer<typeof layerHeader>

const nameFolded = (weight: string): string => `${weight.replace(/weight$/, '')}folded_weight`

export interface UnfoldedTensor {
  readonly name: string
  readonly shape: readonly number[]
  readonly data: Float32Array
}

const countOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1)

function readFloats(tensor: TensorProto): Float32Array {
  if (tensor.dataType !== floatType || tensor.rawData.length % 4 !== 0)
    throw new Error(`${tensor.name} is no plain float32 tensor`)
  // A copy begins at a multiple of four, wherever the bytes stood in the file.
  return new Float32Array(new Uint8Array(tensor.rawData).buffer)
}

const writeFloats = (name: string, shape: readonly number[], data: Float32Array): TensorProto =>
  create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType: DataType.FLOAT,
    rawData: new Uint8Array(data.buffer),
  })

/** Of one convolution and the normalisation behind it: float32 values by channel. */
interface Norm {
  readonly scale: Float32Array
  readonly shift: Float32Array
  readonly mean: Float32Array
  readonly variance: Float32Array
}

/** The factor of each channel's kernel. Doubles, whose operations round alike on every machine. */
const listFactors = ({ scale, variance }: Norm, epsilon: number): Float64Array =>
  Float64Array.from(scale, (value, channel) => value / Math.sqrt((variance[channel] ?? 0) + epsilon))

/** Floats in the order of these whole numbers; neighbours differ by one. */
const rankBits = (bits: number): number => (bits < 0 ? -0x80000000 - bits : bits)
const unrank = (rank: number): number => (rank < 0 ? -0x80000000 - rank : rank) | 0

/** Rounding to float32 loses less than this; what loses more, such as a kernel times zero, is kept whole. */
const furthest = 127

/** Each kernel by its channel's factor, in doubles that are rounded once. */
function multiply(kernels: Float32Array, factors: Float64Array): Float32Array {
  const products = new Float32Array(kernels.length)
  const size = kernels.length / factors.length
  factors.forEach((factor, channel) => {
    for (let at = channel * size; at < (channel + 1) * size; at++) products[at] = (kernels[at] ?? 0) * factor
  })
  return products
}

function divide(folded: Float32Array, factors: Float64Array): Float32Array {
  const quotients = new Float32Array(folded.length)
  const size = folded.length / factors.length
  factors.forEach((factor, channel) => {
    for (let at = channel * size; at < (channel + 1) * size; at++) quotients[at] = (folded[at] ?? 0) / factor
  })
  return quotients
}

interface PackedKernels {
  /** 1 where a channel's kernel is kept whole. */
  readonly whole: Uint8Array
  /** How many floats lie between folded / factor and the kernel. */
  readonly steps: Int8Array
  readonly kept: Float32Array
}

function packKernels(kernels: Float32Array, folded: Float32Array, factors: Float64Array): PackedKernels {
  const size = kernels.length / factors.length
  const guess = divide(folded, factors)
  const [wanted, guessed] = [new Int32Array(kernels.buffer), new Int32Array(guess.buffer)]
  const whole = new Uint8Array(factors.length)
  const steps = new Int8Array(kernels.length)
  const kept: number[] = []
  for (let channel = 0; channel < factors.length; channel++) {
    const [from, to] = [channel * size, (channel + 1) * size]
    for (let at = from; at < to; at++) {
      const rank = rankBits(guessed[at] ?? 0)
      const step = rankBits(wanted[at] ?? 0) - rank
      if (Math.abs(step) > furthest || unrank(rank + step) !== wanted[at]) whole[channel] = 1
      steps[at] = step
    }
    if (whole[channel] === 0) continue
    steps.fill(0, from, to)
    for (let at = from; at < to; at++) kept.push(kernels[at] ?? 0)
  }
  return { whole, steps, kept: Float32Array.from(kept) }
}

function unpackKernels(folded: Float32Array, factors: Float64Array, packed: PackedKernels): Float32Array {
  const size = folded.length / factors.length
  const kernels = divide(folded, factors)
  const bits = new Int32Array(kernels.buffer)
  let keptAt = 0
  for (let at = 0; at < kernels.length; at++) {
    if (packed.whole[Math.floor(at / size)] === 1) kernels[at] = packed.kept[keptAt++] ?? NaN
    else bits[at] = unrank(rankBits(bits[at] ?? 0) + (packed.steps[at] ?? 0))
  }
  return kernels
}

interface FoldedLayer {
  readonly header: LayerHeader
  readonly norm: Norm
  readonly packed: PackedKernels
}

const bytesOf = (part: Float32Array | Int8Array | Uint8Array): Uint8Array =>
  new Uint8Array(part.buffer, part.byteOffset, part.byteLength)

function pack(layers: readonly FoldedLayer[]): string {
  const header = Buffer.from(JSON.stringify(layers.map((layer) => layer.header)))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(header.length)
  const parts = layers.flatMap(({ norm, packed }) => [
    ...[norm.scale, norm.shift, norm.mean, norm.variance].map(bytesOf),
    packed.whole,
    bytesOf(packed.steps),
    bytesOf(packed.kept),
  ])
  // Steps are small numbers without a pattern: looking for repeats takes ten times as long and saves a hundredth of the file.
  const packed = deflateRawSync(Buffer.concat([length, header, ...parts]), { strategy: constants.Z_RLE })
  return packed.toString('base64')
}

/** The pairs of a convolution without a bias and the normalisation that alone reads it. */
function listPairs(graph: GraphProto): { readonly conv: NodeProto; readonly norm: NodeProto }[] {
  return graph.node.flatMap((conv) => {
    if (conv.opType !== 'Conv' || conv.input.length !== 2) return []
    const readers = graph.node.filter(({ input }) => input.includes(conv.output[0] ?? ''))
    const [norm] = readers
    return readers.length === 1 && norm?.opType === 'BatchNormalization' && norm.input.length === 5
      ? [{ conv, norm }]
      : []
  })
}

/**
 * Folds each batch normalisation into the convolution before it, in place: runtimes that do so themselves, and again when the batch
 * changes, have nothing left to do wrong. What is needed to undo it to the last bit goes into the metadata.
 */
export function foldNorms(model: ModelProto): void {
  const { graph } = model
  if (graph === undefined) return
  const tensors = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]))
  const find = (name: string | undefined): TensorProto => {
    const tensor = tensors.get(name ?? '')
    if (tensor === undefined) throw new Error(`The graph has no weights named ${name ?? ''}`)
    return tensor
  }
  const layers = listPairs(graph).map(({ conv, norm: node }): FoldedLayer => {
    const stored = find(conv.input[1])
    const [scale = '', shift = '', mean = '', variance = ''] = node.input.slice(1)
    const norm = {
      scale: readFloats(find(scale)),
      shift: readFloats(find(shift)),
      mean: readFloats(find(mean)),
      variance: readFloats(find(variance)),
    }
    const given = node.attribute.find(({ name }) => name === 'epsilon')?.f
    // As a file holds it, which a model that was just built does not yet.
    const epsilon = given === undefined ? normEpsilon : Math.fround(given)
    const shape = stored.dims.map(Number)
    const kernels = readFloats(stored)
    const factors = listFactors(norm, epsilon)
    const folded = multiply(kernels, factors)
    const bias = Float32Array.from(
      norm.shift,
      (value, channel) => value - (norm.mean[channel] ?? 0) * (factors[channel] ?? 0),
    )
    const foldedName = nameFolded(stored.name)
    const biasName = foldedName.replace(/weight$/, 'bias')
    for (const name of [stored.name, scale, shift, mean, variance]) tensors.delete(name)
    tensors.set(foldedName, writeFloats(foldedName, shape, folded))
    tensors.set(biasName, writeFloats(biasName, [factors.length], bias))
    conv.input = [conv.input[0] ?? '', foldedName, biasName]
    conv.output = node.output.slice(0, 1)
    graph.node = graph.node.filter((one) => one !== node)
    return {
      header: { weight: stored.name, shape, norm: [scale, shift, mean, variance], epsilon },
      norm,
      packed: packKernels(kernels, folded, factors),
    }
  })
  if (layers.length === 0) return
  graph.initializer = [...tensors.values()]
  model.metadataProps.push(create(StringStringEntryProtoSchema, { key: unfoldedKey, value: pack(layers) }))
}

/** Takes parts from the front of unpacked bytes. Throws where they end too soon. */
class Cursor {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  take(count: number): Uint8Array {
    if (count > this.#bytes.length - this.#at) throw new Error('It is cut off')
    this.#at += count
    // A copy, so that floats begin at a multiple of four.
    return new Uint8Array(this.#bytes.subarray(this.#at - count, this.#at))
  }

  takeFloats(count: number): Float32Array {
    return new Float32Array(this.take(count * 4).buffer)
  }
}

/**
 * The weights of a file as they were before `foldNorms`, bit by bit; null for a file that it has not folded.
 * Throws an Error with the reason where the metadata do not fit the file.
 * @param fileBytes the file's size, which bounds what is unpacked
 */
export function unfoldNorms(
  { graph, metadataProps }: ModelProto,
  fileBytes: number,
): UnfoldedTensor[] | null {
  const text = metadataProps.find(({ key }) => key === unfoldedKey)?.value
  if (text === undefined) return null
  const maxOutputLength = 2 * fileBytes + (1 << 20)
  const cursor = new Cursor(inflateRawSync(Buffer.from(text, 'base64'), { maxOutputLength }))
  const headerBytes = Buffer.from(cursor.take(4)).readUInt32LE()
  const headers = z.array(layerHeader).parse(JSON.parse(new TextDecoder().decode(cursor.take(headerBytes))))
  const tensors = new Map((graph?.initializer ?? []).map((tensor) => [tensor.name, tensor]))
  const named = headers.flatMap(({ weight, shape, norm: names, epsilon }) => {
    const stored = tensors.get(nameFolded(weight))
    if (stored === undefined) throw new Error(`${nameFolded(weight)} is missing`)
    const folded = readFloats(stored)
    const [channels = 1] = shape
    if (folded.length !== countOf(shape)) throw new Error(`${stored.name} has another shape`)
    const [scale, shift, mean, variance] = [0, 1, 2, 3].map(() => cursor.takeFloats(channels))
    if (scale === undefined || shift === undefined || mean === undefined || variance === undefined)
      throw new Error('It is cut off')
    const whole = cursor.take(channels)
    const steps = new Int8Array(cursor.take(folded.length).buffer)
    const kept = cursor.takeFloats(whole.filter((flag) => flag === 1).length * (folded.length / channels))
    const factors = listFactors({ scale, shift, mean, variance }, epsilon)
    tensors.delete(stored.name)
    tensors.delete(stored.name.replace(/weight$/, 'bias'))
    return [
      { name: weight, shape, data: unpackKernels(folded, factors, { whole, steps, kept }) },
      ...[scale, shift, mean, variance].map((data, index) => ({
        name: names[index] ?? '',
        shape: [channels],
        data,
      })),
    ]
  })
  const others = [...tensors.values()].flatMap((tensor) =>
    tensor.dataType === floatType
      ? [{ name: tensor.name, shape: tensor.dims.map(Number), data: readFloats(tensor) }]
      : [],
  )
  return [...named, ...others]
}
