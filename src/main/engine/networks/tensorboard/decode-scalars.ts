import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import {
  eventField,
  metadataField,
  pluginField,
  sessionLogField,
  sessionStatusStart,
  summaryField,
  tensorField,
  valueField,
} from './event-message.ts'

export interface ScalarValue {
  readonly tag: string
  /** The plugin that the value names; writers may name it at a tag's first value alone. */
  readonly plugin: string | null
  /** A number by itself. */
  readonly simple: number | null
  /** A tensor of one number. */
  readonly tensor: number | null
}

export interface ScalarEvent {
  readonly step: number
  /** A restart: what stands at this step or later was taken back. */
  readonly isStart: boolean
  readonly values: readonly ScalarValue[]
}

/** Field numbers and types of tensorflow/core/framework/tensor.proto and types.proto. */
const contentField = 4
const numberFields = { floats: 5, doubles: 6, ints: 7, longs: 10 } as const
const numberTypes = { float: 1, double: 2, int32: 3, int64: 9 } as const

type Visit = (field: number, type: WireType, reader: BinaryReader) => boolean

function visitFields(bytes: Uint8Array, visit: Visit): void {
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag()
    if (!visit(field, type, reader)) reader.skip(type, field)
  }
}

/** Repeated numbers come one by one or packed into one field. */
function readNumbers(type: WireType, reader: BinaryReader, read: (reader: BinaryReader) => number): number[] {
  if (type !== WireType.LengthDelimited) return [read(reader)]
  const packed = new BinaryReader(reader.bytes())
  const numbers: number[] = []
  while (packed.pos < packed.len) numbers.push(read(packed))
  return numbers
}

function readContent(bytes: Uint8Array, dtype: number): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const is = (type: number, size: number): boolean => dtype === type && bytes.length === size
  if (is(numberTypes.float, 4)) return view.getFloat32(0, true)
  if (is(numberTypes.double, 8)) return view.getFloat64(0, true)
  if (is(numberTypes.int32, 4)) return view.getInt32(0, true)
  return is(numberTypes.int64, 8) ? Number(view.getBigInt64(0, true)) : null
}

/** The number of a tensor that holds one and no more; null for text, images in bytes, histograms. */
function decodeTensor(bytes: Uint8Array): number | null {
  let dtype = 0
  let content: Uint8Array | null = null
  const numbers: number[] = []
  visitFields(bytes, (field, type, reader) => {
    const collect = (read: (from: BinaryReader) => number): void =>
      void numbers.push(...readNumbers(type, reader, read))
    if (field === tensorField.dtype) dtype = reader.int32()
    else if (field === contentField) content = reader.bytes()
    else if (field === numberFields.floats) collect((from) => from.float())
    else if (field === numberFields.doubles) collect((from) => from.double())
    else if (field === numberFields.ints) collect((from) => from.int32())
    else if (field === numberFields.longs) collect((from) => Number(from.int64()))
    else return false
    return true
  })
  if (content !== null) return readContent(content, dtype)
  return numbers.length === 1 ? (numbers[0] ?? null) : null
}

function decodePlugin(bytes: Uint8Array): string | null {
  let plugin: string | null = null
  visitFields(bytes, (field, _type, reader) => {
    if (field !== metadataField.pluginData) return false
    visitFields(reader.bytes(), (inner, _innerType, data) => {
      if (inner !== pluginField.name) return false
      plugin = data.string()
      return true
    })
    return true
  })
  return plugin
}

function decodeValue(bytes: Uint8Array): ScalarValue {
  let tag = ''
  let plugin: string | null = null
  let simple: number | null = null
  let tensor: Uint8Array | null = null
  visitFields(bytes, (field, _type, reader) => {
    if (field === valueField.tag) tag = reader.string()
    else if (field === valueField.simpleValue) simple = reader.float()
    else if (field === valueField.metadata) plugin = decodePlugin(reader.bytes())
    else if (field === valueField.tensor) tensor = reader.bytes()
    else return false
    return true
  })
  return { tag, plugin, simple, tensor: tensor === null ? null : decodeTensor(tensor) }
}

function isSessionStart(bytes: Uint8Array): boolean {
  let isStart = false
  visitFields(bytes, (field, _type, reader) => {
    if (field !== sessionLogField.status) return false
    isStart = reader.int32() === sessionStatusStart
    return true
  })
  return isStart
}

/** Reads an event of any writer as far as scalars go. Throws for bytes that are no such message. */
export function decodeScalars(payload: Uint8Array): ScalarEvent {
  let step = 0
  let isStart = false
  const values: ScalarValue[] = []
  visitFields(payload, (field, _type, reader) => {
    if (field === eventField.step) step = Number(reader.int64())
    else if (field === eventField.sessionLog) isStart = isSessionStart(reader.bytes())
    else if (field === eventField.summary) {
      visitFields(reader.bytes(), (inner, _innerType, summary) => {
        if (inner !== summaryField.value) return false
        values.push(decodeValue(summary.bytes()))
        return true
      })
    } else return false
    return true
  })
  return { step, isStart, values }
}
