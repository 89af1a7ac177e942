import { lookUp } from '#shared/domain/look-up.ts'
import type { Value } from '#engine/networks/onnx-file/graph-builder.ts'
import { FaceLayers } from '#engine/networks/faces/face-layers.ts'
import type { StoredWeight } from '#engine/networks/faces/weight-files.ts'
import type { GraphNode, TfjsGraph } from './tfjs-graph.ts'

/** A value of the ONNX graph: maps as `[batch, channels, height, width]`, or rows. */
interface Written {
  readonly value: Value
  readonly isMap: boolean
}

const binary: Readonly<Record<string, string>> = {
  Add: 'Add',
  AddV2: 'Add',
  Mul: 'Mul',
  RealDiv: 'Div',
  Minimum: 'Min',
  Maximum: 'Max',
}
const unary: Readonly<Record<string, string>> = {
  Relu: 'Relu',
  Sigmoid: 'Sigmoid',
  Tanh: 'Tanh',
  Softmax: 'Softmax',
  Identity: 'Identity',
}
/** The operators that can be fused to a convolution or a product. */
const activations = new Set(['Relu'])

/** What of a graph becomes the outputs of the ONNX model. */
export interface GraphOutput {
  readonly name: string
  readonly node: string
  readonly numbers: number
}

/** Writes the operators of a TensorFlow.js graph into an ONNX one. */
class TfjsWriter {
  readonly #layers = new FaceLayers()
  readonly #graph: TfjsGraph
  readonly #written = new Map<string, Written>()

  constructor(graph: TfjsGraph) {
    this.#graph = graph
  }

  #stored(name: string | undefined): StoredWeight {
    const found = name === undefined ? undefined : this.#graph.weights.get(name)
    if (found === undefined) throw new Error(`The network has no weight ${name}`)
    return found
  }

  #value(name: string | undefined): Written {
    const found = name === undefined ? undefined : this.#written.get(name)
    if (found === undefined) throw new Error(`The network uses ${name} before it was worked out`)
    return found
  }

  #activate({ fused, name }: GraphNode, value: Value): Value {
    const [bias, ...after] = fused
    if (bias !== undefined && bias !== 'BiasAdd') throw new Error(`${name} is fused to ${bias}`)
    return after.reduce((input, operator) => {
      if (!activations.has(operator)) throw new Error(`${name} is fused to ${operator}`)
      return this.#layers.builder.node(operator, [input])
    }, value)
  }

  #convolve(node: GraphNode): Written {
    const [image, filters, bias] = node.inputs
    const [, down, across] = node.numbers('strides')
    const padding = node.text('padding') === 'SAME' ? 'same' : 'valid'
    if (down === undefined || down !== across) throw new Error(`${node.name} has no square stride`)
    const options = {
      stride: down,
      padding,
      ...(bias === undefined ? {} : { bias: this.#stored(bias).data }),
    } as const
    const { value } = this.#value(image)
    const written =
      node.op === 'DepthwiseConv2dNative'
        ? this.#layers.convolveDepthwise(value, this.#stored(filters), options)
        : this.#layers.convolve(value, this.#stored(filters), options)
    return { value: this.#activate(node, written), isMap: true }
  }

  #pool(node: GraphNode): Written {
    const [, side, width] = node.numbers('ksize')
    const [, stride, across] = node.numbers('strides')
    if (side === undefined || stride === undefined || side !== width || stride !== across)
      throw new Error(`${node.name} is not square`)
    const padding = node.text('padding') === 'SAME' ? 'same' : 'valid'
    const operator = node.op === 'MaxPool' ? 'MaxPool' : 'AveragePool'
    const value = this.#layers.pool(operator, this.#value(node.inputs[0]).value, { side, stride, padding })
    return { value, isMap: true }
  }

  /** The largest or the mean over all places of a map. */
  #reduce(node: GraphNode): Written {
    const { value, isMap } = this.#value(node.inputs[0])
    const axes = [...this.#stored(node.inputs[1]).data].join()
    if (!isMap || axes !== '1,2' || node.isSet('keep_dims'))
      throw new Error(`${node.name} reduces in an unknown way`)
    const { builder } = this.#layers
    const operator = node.op === 'Max' ? 'ReduceMax' : 'ReduceMean'
    const reduced = builder.node(operator, [value, builder.int64([2, 3])], { attributes: { keepdims: 0 } })
    return { value: reduced, isMap: false }
  }

  #multiply(node: GraphNode): Written {
    const [input, weights, bias] = node.inputs
    if (node.isSet('transpose_a') || node.isSet('transpose_b'))
      throw new Error(`${node.name} multiplies in an unknown order`)
    const { builder } = this.#layers
    const { shape, data } = this.#stored(weights)
    const factors = builder.initializer(builder.fresh('weights'), shape, data)
    const inputs = [this.#value(input).value, factors]
    if (bias !== undefined) {
      const added = this.#stored(bias).data
      inputs.push(builder.initializer(builder.fresh('bias'), [added.length], added))
    }
    return { value: this.#activate(node, builder.node('Gemm', inputs)), isMap: false }
  }

  /** A weight beside a map stands for its channels. */
  #operand(name: string, isMap: boolean): Value {
    const written = this.#written.get(name)
    if (written !== undefined) return written.value
    const { shape, data } = this.#stored(name)
    const { builder } = this.#layers
    if (data.length === 1) return builder.float32([...data])
    if (isMap && shape.length !== 1) throw new Error(`${name} is no number for each channel`)
    return builder.initializer(builder.fresh('operand'), isMap ? [data.length, 1, 1] : shape, data)
  }

  #combine(node: GraphNode, operator: string): Written {
    const isMap = node.inputs.some((name) => this.#written.get(name)?.isMap === true)
    const operands = node.inputs.map((name) => this.#operand(name, isMap))
    return { value: this.#layers.builder.node(operator, operands), isMap }
  }

  /** Maps flattened in TensorFlow's order, channels last. */
  #flatten(node: GraphNode): Written {
    const { value, isMap } = this.#value(node.inputs[0])
    const shape = [...this.#stored(node.inputs[1]).data]
    if (shape.length !== 2) throw new Error(`${node.name} gives no rows`)
    const { builder } = this.#layers
    const last = isMap ? builder.node('Transpose', [value], { attributes: { perm: [0, 2, 3, 1] } }) : value
    return { value: builder.node('Reshape', [last, builder.int64(shape)]), isMap: false }
  }

  /** One column of rows. */
  #slice(node: GraphNode): Written {
    const [input, begin] = node.inputs
    const start = [...this.#stored(begin).data]
    const stride = [...this.#stored(node.inputs[3]).data]
    if (node.mask('shrink_axis_mask') !== 2 || (node.mask('begin_mask') & 1) === 0 || stride.join() !== '1,1')
      throw new Error(`${node.name} takes no single column`)
    const { builder } = this.#layers
    const column = builder.int32([start[1] ?? 0], [])
    return {
      value: builder.node('Gather', [this.#value(input).value, column], { attributes: { axis: 1 } }),
      isMap: false,
    }
  }

  #expand(node: GraphNode): Written {
    const axes = [...this.#stored(node.inputs[1]).data]
    const { builder } = this.#layers
    return {
      value: builder.node('Unsqueeze', [this.#value(node.inputs[0]).value, builder.int64(axes)]),
      isMap: false,
    }
  }

  #write(node: GraphNode): Written {
    const operator = lookUp(binary, node.op)
    if (operator !== undefined) return this.#combine(node, operator)
    const applied = lookUp(unary, node.op)
    if (applied !== undefined) {
      const { value, isMap } = this.#value(node.inputs[0])
      if (isMap && applied === 'Softmax') throw new Error(`${node.name} is a softmax of maps`)
      return { value: this.#layers.builder.node(applied, [value]), isMap }
    }
    switch (node.op) {
      case 'Conv2D':
      case '_FusedConv2D':
      case 'DepthwiseConv2dNative':
        return this.#convolve(node)
      case 'MaxPool':
      case 'AvgPool':
        return this.#pool(node)
      case 'Max':
      case 'Mean':
        return this.#reduce(node)
      case 'MatMul':
      case '_FusedMatMul':
        return this.#multiply(node)
      case 'Reshape':
        return this.#flatten(node)
      case 'StridedSlice':
        return this.#slice(node)
      case 'ExpandDims':
        return this.#expand(node)
      default:
        throw new Error(`The operator ${node.op} of ${node.name} is not known`)
    }
  }

  build(title: string, side: number, outputs: readonly GraphOutput[]): Uint8Array {
    const { builder } = this.#layers
    const image = builder.input('image', 'float32', ['batch', 3, side, side])
    for (const node of this.#graph.nodes) {
      if (node.op === 'Const') continue
      this.#written.set(
        node.name,
        node.op === 'Placeholder' ? { value: image, isMap: true } : this.#write(node),
      )
    }
    for (const { name, node, numbers } of outputs) {
      const flat = builder.node('Reshape', [this.#value(node).value, builder.int64([-1, numbers])], {
        outputs: [name],
      })
      builder.output(flat, 'float32', ['batch', numbers])
    }
    return builder.build({ name: title })
  }
}

/**
 * A graph model of TensorFlow.js as an ONNX model: input `image` float32 `[batch, 3, side, side]`, in the channels and the
 * range that the graph wants; each output is a node of the graph, `[batch, numbers]`.
 * @throws Error naming an operator, or a use of one, that is not known here
 */
export const convertTfjsGraph = (
  graph: TfjsGraph,
  {
    title,
    side,
    outputs,
  }: { readonly title: string; readonly side: number; readonly outputs: readonly GraphOutput[] },
): Uint8Array => new TfjsWriter(graph).build(title, side, outputs)
