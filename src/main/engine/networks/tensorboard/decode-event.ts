import { fromBinary } from '@bufbuild/protobuf'
import {
  DataType,
  EventSchema,
  SessionLog_SessionStatus,
  type Summary_Value,
  type TensorProto,
} from '#engine/networks/tensorboard/gen/tensorboard_pb.js'

export interface EventValue {
  readonly tag: string
  /** The plugin that the value names; writers may name it at a tag's first value alone. */
  readonly plugin: string | null
  /** A number by itself. */
  readonly simple: number | null
  /** A tensor of one number. */
  readonly tensor: number | null
}

/** An event of any writer, as far as scalars go. */
export interface SeenEvent {
  /** Seconds since the epoch. */
  readonly wallTime: number
  readonly step: number
  /** A restart: what stands at this step or later was taken back. */
  readonly isStart: boolean
  readonly values: readonly EventValue[]
}

function readContent(bytes: Uint8Array, dtype: DataType): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const is = (type: DataType, size: number): boolean => dtype === type && bytes.length === size
  if (is(DataType.DT_FLOAT, 4)) return view.getFloat32(0, true)
  if (is(DataType.DT_DOUBLE, 8)) return view.getFloat64(0, true)
  if (is(DataType.DT_INT32, 4)) return view.getInt32(0, true)
  return is(DataType.DT_INT64, 8) ? Number(view.getBigInt64(0, true)) : null
}

/** The number of a tensor that holds one and no more; null for text, images in bytes, histograms. */
function readTensor({ dtype, tensorContent, ...values }: TensorProto): number | null {
  if (tensorContent.length > 0) return readContent(tensorContent, dtype)
  const { floatVal, doubleVal, intVal, int64Val } = values
  const numbers = [...floatVal, ...doubleVal, ...intVal, ...int64Val.map(Number)]
  return numbers.length === 1 ? (numbers[0] ?? null) : null
}

function readValue({ tag, metadata, value }: Summary_Value): EventValue {
  const plugin = metadata?.pluginData?.pluginName ?? ''
  return {
    tag,
    plugin: plugin === '' ? null : plugin,
    simple: value.case === 'simpleValue' ? value.value : null,
    tensor: value.case === 'tensor' ? readTensor(value.value) : null,
  }
}

/** Fields that it does not know are passed over. Throws for bytes that are no such message. */
export function decodeEvent(payload: Uint8Array): SeenEvent {
  const { wallTime, step, what } = fromBinary(EventSchema, payload, { readUnknownFields: false })
  return {
    wallTime,
    step: Number(step),
    isStart: what.case === 'sessionLog' && what.value.status === SessionLog_SessionStatus.START,
    values: what.case === 'summary' ? what.value.value.map(readValue) : [],
  }
}
