/** TensorFlow Lite's numbers of the operators that the face networks use (schema.fbs, `BuiltinOperator`). */
const operatorNames = {
  0: 'add',
  2: 'concatenation',
  3: 'conv2d',
  4: 'depthwiseConv2d',
  6: 'dequantize',
  17: 'maxPool2d',
  19: 'relu',
  22: 'reshape',
  23: 'resizeBilinear',
  34: 'pad',
} as const

export type TfliteOperatorName = (typeof operatorNames)[keyof typeof operatorNames]

const elementTypes = { 0: 'float32', 1: 'float16', 2: 'int32' } as const

export interface TfliteTensor {
  readonly name: string
  readonly shape: readonly number[]
  readonly type: 'float32' | 'float16' | 'int32'
  /** Little-endian; null where the graph works it out. */
  readonly bytes: Uint8Array | null
}

export interface TfliteOperator {
  readonly name: TfliteOperatorName
  /** Places in the list of tensors. */
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
  /** The field of the operator's options at this place of its table in the schema; 0 where it has its default. */
  readonly option: (place: number, kind: 'byte' | 'int32') => number
}

export interface TfliteFile {
  readonly tensors: readonly TfliteTensor[]
  readonly operators: readonly TfliteOperator[]
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
}

/** Reads the tables of a FlatBuffer: a table's fields stand where its vtable says, or have their defaults. */
class FlatBuffer {
  readonly #bytes: Uint8Array
  readonly #view: DataView

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get root(): number {
    return this.#follow(0)
  }

  #follow(at: number): number {
    return at + this.#view.getUint32(at, true)
  }

  /** Where a field stands; null where it was left out. */
  #find(table: number, place: number): number | null {
    const vtable = table - this.#view.getInt32(table, true)
    const entry = 4 + 2 * place
    if (entry >= this.#view.getUint16(vtable, true)) return null
    const offset = this.#view.getUint16(vtable + entry, true)
    return offset === 0 ? null : table + offset
  }

  readByte(table: number, place: number): number {
    const at = this.#find(table, place)
    return at === null ? 0 : this.#view.getInt8(at)
  }

  readInt32(table: number, place: number): number {
    const at = this.#find(table, place)
    return at === null ? 0 : this.#view.getInt32(at, true)
  }

  /** The table that a field points to. */
  findTable(table: number, place: number): number | null {
    const at = this.#find(table, place)
    return at === null ? null : this.#follow(at)
  }

  #readVector<Item>(table: number, place: number, read: (start: number, at: number) => Item): Item[] {
    const vector = this.findTable(table, place)
    if (vector === null) return []
    return Array.from({ length: this.#view.getUint32(vector, true) }, (_, at) => read(vector + 4, at))
  }

  listTables(table: number, place: number): number[] {
    return this.#readVector(table, place, (start, at) => this.#follow(start + 4 * at))
  }

  listInt32(table: number, place: number): number[] {
    return this.#readVector(table, place, (start, at) => this.#view.getInt32(start + 4 * at, true))
  }

  readBytes(table: number, place: number): Uint8Array {
    const vector = this.findTable(table, place)
    if (vector === null) return new Uint8Array()
    return this.#bytes.subarray(vector + 4, vector + 4 + this.#view.getUint32(vector, true))
  }
}

const pick = <Name extends string>(
  names: Readonly<Record<number, Name>>,
  code: number,
  what: string,
): Name => {
  const name = names[code]
  if (name === undefined)
    throw new Error(`The TensorFlow Lite file has the ${what} ${code}, which is not known here`)
  return name
}

/**
 * Reads the first graph of a TensorFlow Lite file (FlatBuffers, schema version 3) of the few operators that the face
 * networks have. The file must be one whose hash was checked: places in it are believed.
 */
export function readTfliteFile(bytes: Uint8Array): TfliteFile {
  const file = new FlatBuffer(bytes)
  const model = file.root
  const buffers = file.listTables(model, 4).map((buffer) => file.readBytes(buffer, 0))
  // Newer files write the code as an int32 beside the byte of older ones; the larger counts.
  const codes = file
    .listTables(model, 1)
    .map((code) => Math.max(file.readByte(code, 0), file.readInt32(code, 3)))
  const [graph] = file.listTables(model, 2)
  if (graph === undefined) throw new Error('The TensorFlow Lite file has no graph')
  const tensors = file.listTables(graph, 0).map((tensor): TfliteTensor => {
    const content = buffers[file.readInt32(tensor, 2)]
    return {
      name: new TextDecoder().decode(file.readBytes(tensor, 3)),
      shape: file.listInt32(tensor, 0),
      type: pick(elementTypes, file.readByte(tensor, 1), 'element type'),
      bytes: content === undefined || content.length === 0 ? null : content,
    }
  })
  const operators = file.listTables(graph, 3).map((operator): TfliteOperator => {
    const options = file.findTable(operator, 4)
    return {
      name: pick(operatorNames, codes[file.readInt32(operator, 0)] ?? -1, 'operator'),
      inputs: file.listInt32(operator, 1),
      outputs: file.listInt32(operator, 2),
      option: (place, kind) => {
        if (options === null) return 0
        return kind === 'byte' ? file.readByte(options, place) : file.readInt32(options, place)
      },
    }
  })
  return { tensors, operators, inputs: file.listInt32(graph, 1), outputs: file.listInt32(graph, 2) }
}
