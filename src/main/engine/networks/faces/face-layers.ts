import {
  createGraphBuilder,
  type GraphBuilder,
  type Value,
} from '#engine/networks/onnx-file/graph-builder.ts'
import type { StoredWeight } from './weight-files.ts'

/** TensorFlow's two ways to pad; 'same' puts the odd pixel at the end, as ONNX's SAME_UPPER does. */
type Padding = 'same' | 'valid'

interface ConvolutionOptions {
  readonly stride?: number
  readonly padding?: Padding
  /** Per output channel; none where left out. */
  readonly bias?: Float32Array
}

const padAttribute = { same: 'SAME_UPPER', valid: 'VALID' } as const

function sidesOf({
  shape,
}: StoredWeight): readonly [height: number, width: number, third: number, fourth: number] {
  const [height, width, third, fourth, ...rest] = shape
  if (
    height === undefined ||
    width === undefined ||
    third === undefined ||
    fourth === undefined ||
    rest.length > 0
  )
    throw new Error(`A filter has the shape [${shape.join(', ')}] where four sides are expected`)
  return [height, width, third, fourth]
}

/** `[height, width, in, out]` as ONNX's `[out, in, height, width]`. */
function orderFilters(filters: StoredWeight) {
  const [height, width, channelsIn, channelsOut] = sidesOf(filters)
  const ordered = new Float32Array(filters.data.length)
  let at = 0
  for (let out = 0; out < channelsOut; out++) {
    for (let channel = 0; channel < channelsIn; channel++)
      for (let cell = 0; cell < height * width; cell++)
        ordered[at++] = filters.data[(cell * channelsIn + channel) * channelsOut + out] ?? 0
  }
  return { data: ordered, shape: [channelsOut, channelsIn, height, width], kernel: [height, width] }
}

/** Depthwise `[height, width, channels, 1]` as ONNX's `[channels, 1, height, width]` of a grouped convolution. */
const orderDepthwise = (filters: StoredWeight) => {
  const [height, width, channels] = sidesOf(filters)
  return orderFilters({ shape: [height, width, 1, channels], data: filters.data })
}

/** Writes networks as TensorFlow describes them: its filter order and padding, on ONNX's operators. */
export class FaceLayers {
  readonly builder: GraphBuilder = createGraphBuilder()
  #count = 0

  /** `[batch, channels, height, width]`. */
  convolve(input: Value, filters: StoredWeight, options: ConvolutionOptions = {}): Value {
    return this.#convolve(input, orderFilters(filters), { ...options, group: 1 })
  }

  /** One filter for each channel. */
  convolveDepthwise(input: Value, filters: StoredWeight, options: ConvolutionOptions = {}): Value {
    const [, , channels] = sidesOf(filters)
    return this.#convolve(input, orderDepthwise(filters), { ...options, group: channels })
  }

  #convolve(
    input: Value,
    { data, shape, kernel }: ReturnType<typeof orderFilters>,
    { stride = 1, padding = 'same', bias, group }: ConvolutionOptions & { readonly group: number },
  ): Value {
    const id = this.#count++
    const weights = this.builder.initializer(`filters_${id}`, shape, data)
    const inputs = [input, weights]
    if (bias !== undefined) inputs.push(this.builder.initializer(`bias_${id}`, [bias.length], bias))
    return this.builder.node('Conv', inputs, {
      attributes: { kernel_shape: kernel, strides: [stride, stride], auto_pad: padAttribute[padding], group },
    })
  }

  /** TensorFlow's separable convolution: depthwise, then a mix of the channels, with one bias at the end. */
  convolveSeparably(
    input: Value,
    filters: {
      readonly depthwise: StoredWeight
      readonly pointwise: StoredWeight
      readonly bias: Float32Array
    },
    stride = 1,
  ): Value {
    const each = this.convolveDepthwise(input, filters.depthwise, { stride })
    return this.convolve(each, filters.pointwise, { bias: filters.bias })
  }

  pool(
    operator: 'MaxPool' | 'AveragePool',
    input: Value,
    pool: { side: number; stride: number; padding: Padding },
  ) {
    return this.builder.node(operator, [input], {
      attributes: {
        kernel_shape: [pool.side, pool.side],
        strides: [pool.stride, pool.stride],
        auto_pad: padAttribute[pool.padding],
      },
    })
  }

  add(first: Value, second: Value): Value {
    return this.builder.node('Add', [first, second])
  }

  rectify(input: Value): Value {
    return this.builder.node('Relu', [input])
  }

  /** `(input - mean) / 255` per colour channel. */
  normalise(input: Value, meanRgb: readonly number[]): Value {
    const centred = this.builder.node('Sub', [input, this.builder.float32(meanRgb, [3, 1, 1])])
    return this.builder.node('Div', [centred, this.builder.float32([255])])
  }

  /** Fully connected, weights `[in, out]`. */
  connect(input: Value, weights: StoredWeight, options: { bias?: Float32Array; output: Value }): Value {
    const inputs = [input, this.builder.initializer('fully_connected', weights.shape, weights.data)]
    const { bias, output } = options
    if (bias !== undefined) inputs.push(this.builder.initializer('fully_connected_bias', [bias.length], bias))
    return this.builder.node('Gemm', inputs, { outputs: [output] })
  }
}
