import type { GraphOutput } from '#engine/networks/attributes/tfjs-network.ts'

/** A graph of TensorFlow.js with every operator of the networks that are rebuilt, its weights by a formula. */
export const smallGraphSide = 12

const encode = (text: string): { s: string } => ({ s: Buffer.from(text).toString('base64') })
const ints = (...i: number[]) => ({ list: { i: i.map(String) } })
const place = (padding: 'SAME' | 'VALID', stride: number, side?: number) => ({
  padding: encode(padding),
  strides: ints(1, stride, stride, 1),
  data_format: encode('NHWC'),
  dilations: ints(1, 1, 1, 1),
  ...(side === undefined ? {} : { ksize: ints(1, side, side, 1) }),
})
const fused = (...operators: string[]) => ({
  fused_ops: { list: { s: operators.map((name) => encode(name).s) } },
  num_args: { i: '1' },
})

interface SmallWeight {
  readonly name: string
  readonly shape: readonly number[]
  readonly values: readonly number[]
  readonly kind: 'float32' | 'float16' | 'int32'
}

let state = 2024
const draw = (): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  // Quarters are the same numbers in float16.
  return (((state >>> 24) % 9) - 4) / 8
}
const weights: SmallWeight[] = []
const number = (name: string, shape: readonly number[], kind: SmallWeight['kind'] = 'float32'): string => {
  const count = shape.reduce((product, side) => product * side, 1)
  weights.push({ name, shape, kind, values: Array.from({ length: count }, draw) })
  return name
}
const whole = (name: string, values: readonly number[], shape = [values.length]): string => {
  weights.push({ name, shape, kind: 'int32', values })
  return name
}
const scalar = (name: string, value: number): string => {
  weights.push({ name, shape: [], kind: 'float16', values: [value] })
  return name
}

const float = { T: { type: 'DT_FLOAT' } }
const nodes: { name: string; op: string; input?: string[]; attr?: object }[] = []
const node = (name: string, op: string, input: string[], attr: object = {}): string => {
  nodes.push({ name, op, input, attr: { ...float, ...attr } })
  return name
}

nodes.push({
  name: 'image',
  op: 'Placeholder',
  attr: {
    dtype: { type: 'DT_FLOAT' },
    shape: {
      shape: { dim: [-1, smallGraphSide, smallGraphSide, 3].map((size) => ({ size: String(size) })) },
    },
  },
})
node('scaled', 'Mul', ['image', scalar('scale', 1 / 256)])
node('first', '_FusedConv2D', ['scaled', number('w1', [3, 3, 3, 4], 'float16'), number('b1', [4])], {
  ...place('SAME', 2),
  ...fused('BiasAdd', 'Relu'),
})
node('factored', 'Mul', ['first', number('factors', [4])])
node('moved', 'Add', ['factored', number('offsets', [4])])
node('each', 'DepthwiseConv2dNative', ['moved', number('w2', [3, 3, 4, 1])], place('SAME', 1))
node('clipped', 'Minimum', ['each', scalar('six', 0.75)])
node('raised', 'Maximum', ['clipped', scalar('none', -0.25)])
node('mixed', 'Conv2D', ['raised', number('w3', [1, 1, 4, 6])], place('VALID', 1))
node('largest', 'MaxPool', ['mixed'], place('VALID', 2, 2))
node('means', 'AvgPool', ['largest'], place('VALID', 2, 2))
node('bent', 'Tanh', ['largest'])
node('flat', 'Reshape', ['bent', whole('rows', [-1, 54])])
node('dense', '_FusedMatMul', ['flat', number('w4', [54, 5]), number('b4', [5])], {
  ...fused('BiasAdd', 'Relu'),
  transpose_a: { b: false },
  transpose_b: { b: false },
})
node('third', 'StridedSlice', ['dense', whole('from', [0, 2]), whole('to', [0, 3]), whole('step', [1, 1])], {
  begin_mask: { i: '1' },
  end_mask: { i: '1' },
  shrink_axis_mask: { i: '2' },
  ellipsis_mask: { i: '0' },
  new_axis_mask: { i: '0' },
  Index: { type: 'DT_INT32' },
})
node('column', 'ExpandDims', ['third', whole('last', [-1], [])])
node('shifted', 'AddV2', ['dense', scalar('one', 2)])
node('ratio', 'RealDiv', ['column', 'shifted'])
node('shares', 'Softmax', ['dense'])
node('middle', 'Mean', ['means', whole('places', [1, 2])], { keep_dims: { b: false } })
node('top', 'Max', ['largest', 'places'], { keep_dims: { b: false } })
node('odds', 'MatMul', ['middle', number('w5', [6, 2])], {
  transpose_a: { b: false },
  transpose_b: { b: false },
})
node('chance', 'Sigmoid', ['odds'])
node('kept', 'Identity', ['top'])
for (const { name, shape, kind } of weights)
  nodes.unshift({
    name,
    op: 'Const',
    attr: {
      dtype: { type: kind === 'int32' ? 'DT_INT32' : 'DT_FLOAT' },
      value: { tensor: { tensorShape: { dim: shape.map((size) => ({ size: String(size) })) } } },
    },
  })

/** Eighths between -1 and 1, and 2: exact in float16. */
function encodeHalf(value: number): number {
  if (value === 0) return 0
  const exponent = Math.floor(Math.log2(Math.abs(value)))
  const fraction = Math.round((Math.abs(value) / 2 ** exponent - 1) * 1024)
  return (value < 0 ? 0x8000 : 0) | ((exponent + 15) << 10) | fraction
}

function packWeights(): Uint8Array {
  const parts = weights.map(({ values, kind }) => {
    if (kind === 'int32') return new Uint8Array(Int32Array.from(values).buffer)
    if (kind === 'float16') return new Uint8Array(Uint16Array.from(values, encodeHalf).buffer)
    return new Uint8Array(Float32Array.from(values).buffer)
  })
  return Buffer.concat(parts)
}

export const smallGraph = {
  description: {
    format: 'graph-model',
    modelTopology: { node: nodes, versions: { producer: 440 } },
    weightsManifest: [
      {
        paths: ['small.bin'],
        weights: weights.map(({ name, shape, kind }) => ({
          name,
          shape,
          dtype: kind === 'int32' ? 'int32' : 'float32',
          ...(kind === 'float16' ? { quantization: { dtype: 'float16', original_dtype: 'float32' } } : {}),
        })),
      },
    ],
  },
  weights: packWeights(),
} as const

export const smallGraphOutputs: readonly GraphOutput[] = [
  { name: 'ratio', node: 'ratio', numbers: 5 },
  { name: 'shares', node: 'shares', numbers: 5 },
  { name: 'chance', node: 'chance', numbers: 2 },
  { name: 'top', node: 'kept', numbers: 6 },
]
