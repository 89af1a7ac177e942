import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import type { MessageInitShape } from '@bufbuild/protobuf'
import {
  AttributeProto_AttributeType as AttributeType,
  ModelProtoSchema,
  TensorProto_DataType as DataType,
} from '#engine/networks/onnx-file/gen/onnx_pb.js'
import type {
  AttributeProtoSchema,
  ModelProto,
  NodeProtoSchema,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from '#engine/networks/onnx-file/gen/onnx_pb.js'

/** The name of a tensor in the graph; every operator function takes and gives these. */
export type Value = string

export type AttributeValue = number | string | readonly number[] | { readonly float: number }

/** A fixed size, or the name of a free axis. */
export type Dimension = number | string

export type TensorType = 'float32' | 'float64' | 'uint8' | 'int32' | 'int64'

type TensorContent =
  | { type: 'float32'; data: Float32Array }
  | { type: 'float64'; data: Float64Array }
  | { type: 'uint8'; data: Uint8Array }
  | { type: 'int32'; data: Int32Array }
  | { type: 'int64'; data: BigInt64Array }

const dataTypes = {
  float32: DataType.FLOAT,
  float64: DataType.DOUBLE,
  uint8: DataType.UINT8,
  int32: DataType.INT32,
  int64: DataType.INT64,
} as const satisfies Record<TensorType, DataType>

/** Operator set 20 and IR 9: known to every ONNX Runtime since 1.17, with `ReduceMean` axes as an input. */
const opset = 20n
const irVersion = 9n

/** The number that `Cast` wants for an element type (ONNX `TensorProto.DataType`). */
export const castTarget = (type: TensorType): number => dataTypes[type]

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, AttributeValue>>
  /** Names for the outputs; by default fresh ones. */
  readonly outputs?: readonly Value[]
  readonly domain?: string
}

/** Builds one ONNX graph, node after node in topological order. */
interface ModelFacts {
  readonly name: string
  readonly metadata?: Readonly<Record<string, string>>
}

export interface GraphBuilder {
  /** Adds a node with one output and returns the name of that output. */
  node(operator: string, inputs: readonly Value[], options?: NodeOptions): Value
  /** Adds a node with several outputs; `outputs` are their names. */
  multi(
    operator: string,
    inputs: readonly Value[],
    options: NodeOptions & { outputs: readonly Value[] },
  ): void
  input(name: Value, type: TensorType, shape: readonly Dimension[]): Value
  output(name: Value, type: TensorType, shape: readonly Dimension[]): void
  /** Adds weights under their own name. */
  initializer(name: Value, shape: readonly number[], data: Float32Array): Value
  float32(values: readonly number[], shape?: readonly number[]): Value
  /** One value all over. */
  filled(value: number, shape: readonly number[]): Value
  float64(value: number): Value
  /** Equal lists share one initializer. */
  int64(values: readonly number[]): Value
  int32(values: readonly number[], shape?: readonly number[]): Value
  /** A list of row numbers for `Gather`; never shared, so that equal gathers are not kept alive as one. */
  indices(rows: Int32Array): Value
  /** A name no other value has. */
  fresh(hint: string): Value
  /** The whole model, for what changes it before it is written. */
  finish(facts: ModelFacts): ModelProto
  /** The whole model as a file's bytes. */
  build(facts: ModelFacts): Uint8Array
}

function encodeAttribute(name: string, value: AttributeValue): MessageInitShape<typeof AttributeProtoSchema> {
  if (typeof value === 'number') return { name, type: AttributeType.INT, i: BigInt(value) }
  if (typeof value === 'string')
    return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) }
  if ('float' in value) return { name, type: AttributeType.FLOAT, f: value.float }
  return { name, type: AttributeType.INTS, ints: value.map((item) => BigInt(item)) }
}

const countValues = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1)

function encodeTensor(
  name: string,
  shape: readonly number[],
  content: TensorContent,
): MessageInitShape<typeof TensorProtoSchema> {
  const { data } = content
  if (countValues(shape) !== data.length)
    throw new Error(`Tensor ${name}: ${data.length} values do not fill [${shape.join(', ')}]`)
  return {
    name,
    dims: shape.map((side) => BigInt(side)),
    dataType: dataTypes[content.type],
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  }
}

function encodeValueInfo(
  name: Value,
  type: TensorType,
  shape: readonly Dimension[],
): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = shape.map((side) => ({
    value:
      typeof side === 'number'
        ? { case: 'dimValue' as const, value: BigInt(side) }
        : { case: 'dimParam' as const, value: side },
  }))
  return {
    name,
    type: { value: { case: 'tensorType', value: { elemType: dataTypes[type], shape: { dim } } } },
  }
}

/** Starts an empty graph (ONNX IR 9, operator set 20). */
export function createGraphBuilder(): GraphBuilder {
  const nodes: MessageInitShape<typeof NodeProtoSchema>[] = []
  const initializers: MessageInitShape<typeof TensorProtoSchema>[] = []
  const inputs: MessageInitShape<typeof ValueInfoProtoSchema>[] = []
  const outputs: MessageInitShape<typeof ValueInfoProtoSchema>[] = []
  const shared = new Map<string, Value>()
  let counter = 0

  const fresh = (hint: string): Value => `${hint}_${counter++}`
  const multi: GraphBuilder['multi'] = (operator, nodeInputs, options) => {
    nodes.push({
      name: fresh(operator),
      opType: operator,
      input: [...nodeInputs],
      output: [...options.outputs],
      attribute: Object.entries(options.attributes ?? {}).map(([name, value]) =>
        encodeAttribute(name, value),
      ),
      ...(options.domain === undefined ? {} : { domain: options.domain }),
    })
  }
  const share = (key: string, make: (name: Value) => MessageInitShape<typeof TensorProtoSchema>): Value => {
    const known = shared.get(key)
    if (known !== undefined) return known
    const name = fresh('constant')
    initializers.push(make(name))
    shared.set(key, name)
    return name
  }

  const finish = ({ name, metadata = {} }: ModelFacts): ModelProto =>
    create(ModelProtoSchema, {
      irVersion,
      producerName: 'Evenhand',
      opsetImport: [
        { domain: '', version: opset },
        ...(nodes.some((node) => node.domain === 'com.microsoft')
          ? [{ domain: 'com.microsoft', version: 1n }]
          : []),
      ],
      graph: { name, node: nodes, initializer: initializers, input: inputs, output: outputs },
      metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    })
  return {
    fresh,
    multi,
    node(operator, nodeInputs, options = {}) {
      const name = options.outputs?.[0] ?? fresh(operator.toLowerCase())
      multi(operator, nodeInputs, { ...options, outputs: [name] })
      return name
    },
    input(name, type, shape) {
      inputs.push(encodeValueInfo(name, type, shape))
      return name
    },
    output(name, type, shape) {
      outputs.push(encodeValueInfo(name, type, shape))
    },
    initializer(name, shape, data) {
      initializers.push(encodeTensor(name, shape, { type: 'float32', data }))
      return name
    },
    float32: (values, shape = []) =>
      share(`f32 ${shape.join()} ${values.join()}`, (name) =>
        encodeTensor(name, shape, { type: 'float32', data: Float32Array.from(values) }),
      ),
    filled: (value, shape) =>
      share(`f32 ${shape.join()} all ${value}`, (name) =>
        encodeTensor(name, shape, {
          type: 'float32',
          data: new Float32Array(countValues(shape)).fill(value),
        }),
      ),
    float64: (value) =>
      share(`f64 ${value}`, (name) =>
        encodeTensor(name, [], { type: 'float64', data: Float64Array.of(value) }),
      ),
    int64: (values) =>
      share(`i64 ${values.join()}`, (name) =>
        encodeTensor(name, [values.length], { type: 'int64', data: BigInt64Array.from(values, BigInt) }),
      ),
    int32: (values, shape = [values.length]) =>
      share(`i32 ${shape.join()} ${values.join()}`, (name) =>
        encodeTensor(name, shape, { type: 'int32', data: Int32Array.from(values) }),
      ),
    indices(rows) {
      const name = fresh('indices')
      initializers.push(encodeTensor(name, [rows.length], { type: 'int32', data: rows }))
      return name
    },
    finish,
    build: (facts) => encodeModel(finish(facts)),
  }
}

/** The bytes of an ONNX file. */
export const encodeModel = (model: ModelProto): Uint8Array => toBinary(ModelProtoSchema, model)

/** Reads an ONNX file's bytes. Throws with the reason when they are not a model with a graph. */
export function decodeModel(bytes: Uint8Array): ModelProto {
  let model: ModelProto
  try {
    model = fromBinary(ModelProtoSchema, bytes)
  } catch (cause) {
    throw new Error('Not an ONNX model: the bytes are no valid ModelProto message', { cause })
  }
  if (model.graph === undefined) throw new Error('Not an ONNX model: it has no graph')
  return model
}
