import type { Value } from '#engine/networks/onnx-file/graph-builder.ts'
import { FaceLayers } from './face-layers.ts'
import type { TfliteFile, TfliteOperator, TfliteTensor } from './tflite-file.ts'
import type { StoredWeight } from './weight-files.ts'
import { createRefuse, gatherFloat32 } from '#engine/networks/weights/weight-file.ts'

const refuse = createRefuse('The face network')

function bytesOf({ name, bytes }: TfliteTensor): Uint8Array {
  return bytes ?? refuse(`its tensor ${name} holds no numbers`)
}

function readInt32({ shape: [count = 0, other = 1], ...tensor }: TfliteTensor): number[] {
  const bytes = bytesOf({ shape: [count, other], ...tensor })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: count * other }, (_, at) => view.getInt32(4 * at, true))
}

/** Numbers of a tensor in another order of axes: the stride of each, in values. */
function readOrdered(
  tensor: TfliteTensor,
  shape: readonly number[],
  strides: readonly number[],
): StoredWeight {
  return {
    shape,
    data: gatherFloat32(bytesOf(tensor), { type: tensor.type, shape, strides, offset: 0 }, refuse),
  }
}

/** TensorFlow Lite's `[out, height, width, in]` as `[height, width, in, out]`. */
function readFilters(tensor: TfliteTensor): StoredWeight {
  const [out = 0, height = 0, width = 0, channels = 0] = tensor.shape
  const strides = [width * channels, channels, 1, height * width * channels]
  return readOrdered(tensor, [height, width, channels, out], strides)
}

/** `[1, height, width, channels]` as `[height, width, channels, 1]`, which lie in memory alike. */
const readDepthwise = (tensor: TfliteTensor): StoredWeight => {
  const [, height = 0, width = 0, channels = 0] = tensor.shape
  return readOrdered(tensor, [height, width, channels, 1], [width * channels, channels, 1, 1])
}

const readBias = (tensor: TfliteTensor): Float32Array => readOrdered(tensor, tensor.shape, [1]).data

/** Writes the operators of a TensorFlow Lite graph into an ONNX one, maps as `[batch, channels, height, width]`. */
class TfliteWriter {
  readonly #layers = new FaceLayers()
  readonly #file: TfliteFile
  readonly #values = new Map<number, Value>()
  readonly #widened = new Map<number, TfliteTensor>()

  constructor(file: TfliteFile) {
    this.#file = file
  }

  #tensor(at: number): TfliteTensor {
    const tensor = this.#file.tensors[at]
    if (tensor === undefined) throw new Error(`The network has no tensor ${at}`)
    return tensor
  }

  #value(at: number | undefined): Value {
    const value = at === undefined ? undefined : this.#values.get(at)
    if (value === undefined) throw new Error(`The network uses tensor ${at} before it was worked out`)
    return value
  }

  /** A tensor that the file holds, through the widening of its type that the graph begins with. */
  #stored(at: number | undefined): TfliteTensor {
    const tensor = this.#tensor(at ?? -1)
    return this.#widened.get(at ?? -1) ?? tensor
  }

  #convolve({ name, inputs: [image, filters, bias], option }: TfliteOperator): Value {
    const [across, down] = [option(1, 'int32'), option(2, 'int32')]
    // A depthwise convolution's table has its multiplier before the activation that is fused to it.
    const fused = option(name === 'conv2d' ? 3 : 4, 'byte')
    if (across !== down || fused !== 0) throw new Error('A convolution of the network is of no known kind')
    const options = {
      stride: across,
      padding: option(0, 'byte') === 0 ? 'same' : 'valid',
      bias: readBias(this.#stored(bias)),
    } as const
    const stored = this.#stored(filters)
    return name === 'conv2d'
      ? this.#layers.convolve(this.#value(image), readFilters(stored), options)
      : this.#layers.convolveDepthwise(this.#value(image), readDepthwise(stored), options)
  }

  #pool({ inputs: [image], option }: TfliteOperator): Value {
    const [stride, side] = [option(1, 'int32'), option(3, 'int32')]
    if (stride !== option(2, 'int32') || side !== option(4, 'int32'))
      throw new Error('A pool of the network is not square')
    const padding = option(0, 'byte') === 0 ? 'same' : 'valid'
    return this.#layers.pool('MaxPool', this.#value(image), { side, stride, padding })
  }

  #pad({ inputs: [image, amounts] }: TfliteOperator): Value {
    const [batchBefore = 0, batchAfter = 0, top = 0, bottom = 0, left = 0, right = 0, before = 0, after = 0] =
      readInt32(this.#stored(amounts))
    const { builder } = this.#layers
    const ends = builder.int64([batchBefore, before, top, left, batchAfter, after, bottom, right])
    return builder.node('Pad', [this.#value(image), ends])
  }

  /** Answers of all places one after another, as TensorFlow's order of axes has them. */
  #flatten({ inputs: [maps], outputs: [answer] }: TfliteOperator): Value {
    const { builder } = this.#layers
    const lastAxis = builder.node('Transpose', [this.#value(maps)], { attributes: { perm: [0, 2, 3, 1] } })
    const numbers = this.#tensor(answer ?? -1).shape.at(-1) ?? 1
    return builder.node('Reshape', [lastAxis, builder.int64([0, -1, numbers])])
  }

  #enlarge({ inputs: [maps], outputs: [answer], option }: TfliteOperator): Value {
    if (option(2, 'byte') !== 0 || option(3, 'byte') === 0)
      throw new Error('The network resizes in an unknown way')
    const [, height = 1, width = 1, channels = 1] = this.#tensor(answer ?? -1).shape
    const { builder } = this.#layers
    const [, from = 1] = this.#tensor(maps ?? -1).shape
    const factor = height / from
    if (height !== width || channels < 1) throw new Error('The network resizes to no square')
    return builder.node('Resize', [this.#value(maps), '', builder.float32([1, 1, factor, factor], [4])], {
      attributes: { mode: 'linear', coordinate_transformation_mode: 'half_pixel' },
    })
  }

  #join({ inputs, option }: TfliteOperator): Value {
    const values = inputs.map((at) => this.#value(at))
    return this.#layers.builder.node('Concat', values, { attributes: { axis: option(0, 'int32') } })
  }

  #write(operator: TfliteOperator): Value | null {
    const { name, inputs } = operator
    switch (name) {
      case 'dequantize':
        return null
      case 'conv2d':
      case 'depthwiseConv2d':
        return this.#convolve(operator)
      case 'add':
        return this.#layers.add(this.#value(inputs[0]), this.#value(inputs[1]))
      case 'relu':
        return this.#layers.rectify(this.#value(inputs[0]))
      case 'maxPool2d':
        return this.#pool(operator)
      case 'pad':
        return this.#pad(operator)
      case 'reshape':
        return this.#flatten(operator)
      case 'resizeBilinear':
        return this.#enlarge(operator)
      case 'concatenation':
        return this.#join(operator)
      default:
        return name satisfies never
    }
  }

  build(title: string, outputs: readonly { readonly name: string; readonly numbers: number }[]): Uint8Array {
    const { builder } = this.#layers
    const [input = -1] = this.#file.inputs
    const image = builder.input('image', 'float32', ['batch', 3, 'height', 'width'])
    const halves = builder.node('Div', [image, builder.float32([127.5])])
    this.#values.set(input, builder.node('Sub', [halves, builder.float32([1])]))
    for (const operator of this.#file.operators) {
      const [result] = operator.outputs
      if (result === undefined) throw new Error('An operator of the network gives nothing')
      const value = this.#write(operator)
      if (value === null) this.#widened.set(result, this.#stored(operator.inputs[0]))
      else this.#values.set(result, value)
    }
    for (const { name, numbers } of outputs) {
      const at = this.#file.outputs.find((output) => this.#tensor(output).shape.at(-1) === numbers)
      builder.node('Identity', [this.#value(at)], { outputs: [name] })
      builder.output(name, 'float32', ['batch', 'places', numbers])
    }
    return builder.build({ name: title })
  }
}

/**
 * A TensorFlow Lite graph as an ONNX model: input `image` float32 `[batch, 3, side, side]`, RGB 0-255, which is brought
 * between -1 and 1; each output is the one of the graph with so many numbers a place, `[batch, places, numbers]`.
 */
export const convertTfliteFile = (
  file: TfliteFile,
  title: string,
  outputs: readonly { readonly name: string; readonly numbers: number }[],
): Uint8Array => new TfliteWriter(file).build(title, outputs)
