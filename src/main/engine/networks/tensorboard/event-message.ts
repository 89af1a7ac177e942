import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

/** One time series at one step. */
export type SummaryValue = { readonly tag: string } & (
  | { readonly kind: 'scalar'; readonly value: number; readonly description?: string }
  | {
      readonly kind: 'image'
      readonly width: number
      readonly height: number
      readonly png: Uint8Array
      readonly description?: string
    }
  /** Markdown. */
  | { readonly kind: 'text'; readonly text: string }
  /** What the HParams tab lists of a run. */
  | {
      readonly kind: 'sessionStart'
      readonly hparams: Readonly<Record<string, string | number | boolean>>
      readonly startSeconds: number
    }
  | { readonly kind: 'sessionEnd'; readonly endSeconds: number }
)

export interface EventMessage {
  /** Seconds since the epoch. */
  readonly wallTime: number
  readonly step: number
  readonly content:
    | { readonly kind: 'version' }
    /** A restart: readers drop what they have seen from this step on. */
    | { readonly kind: 'start' }
    | { readonly kind: 'values'; readonly values: readonly SummaryValue[] }
}

/** Field numbers of tensorflow/core/util/event.proto. */
export const eventField = { wallTime: 1, step: 2, fileVersion: 3, summary: 5, sessionLog: 7 } as const
export const sessionLogField = { status: 1 } as const
export const sessionStatusStart = 1
/** Readers look for restarts by session log from this version on. */
const fileVersion = 'brain.Event:2'
/** Field numbers of tensorflow/core/framework/summary.proto. */
export const summaryField = { value: 1 } as const
export const valueField = { tag: 1, simpleValue: 2, image: 4, tensor: 8, metadata: 9 } as const
const imageField = { height: 1, width: 2, colorspace: 3, encoded: 4 } as const
const colorspaceRgb = 3
export const metadataField = { pluginData: 1, description: 3, dataClass: 4 } as const
const dataClassTensor = 2
export const pluginField = { name: 1, content: 2 } as const
/** Field numbers and types of tensorflow/core/framework/tensor.proto and types.proto. */
export const tensorField = { dtype: 1, shape: 2, strings: 8 } as const
const shapeField = { dim: 2 } as const
const dtypeFloat = 1
const dtypeString = 7
/** Field numbers of tensorboard/plugins/hparams/plugin_data.proto. */
const hparamsField = { sessionStart: 3, sessionEnd: 4 } as const
const sessionStartField = { hparams: 1, startSeconds: 5 } as const
const sessionEndField = { status: 1, endSeconds: 2 } as const
const sessionSucceeded = 1
const mapField = { key: 1, value: 2 } as const
/** Field numbers of google/protobuf/struct.proto's Value. */
const structField = { number: 2, string: 3, bool: 4 } as const

type Fill = (writer: BinaryWriter) => unknown

function writeMessage(writer: BinaryWriter, field: number, fill: Fill): void {
  writer.tag(field, WireType.LengthDelimited).fork()
  fill(writer)
  writer.join()
}

const writeString = (writer: BinaryWriter, field: number, value: string): BinaryWriter =>
  writer.tag(field, WireType.LengthDelimited).string(value)
const writeBytes = (writer: BinaryWriter, field: number, value: Uint8Array): BinaryWriter =>
  writer.tag(field, WireType.LengthDelimited).bytes(value)
const writeInt = (writer: BinaryWriter, field: number, value: number): BinaryWriter =>
  writer.tag(field, WireType.Varint).int64(value)
const writeDouble = (writer: BinaryWriter, field: number, value: number): BinaryWriter =>
  writer.tag(field, WireType.Bit64).double(value)

function writePlugin(writer: BinaryWriter, name: string, content?: Fill): void {
  writeMessage(writer, metadataField.pluginData, (plugin) => {
    writeString(plugin, pluginField.name, name)
    if (content !== undefined) writeMessage(plugin, pluginField.content, content)
  })
}

/** Scalars and images stand in fields of their own, which say enough; only a description needs metadata. */
function writeDescription(writer: BinaryWriter, plugin: string, description: string | undefined): void {
  if (description === undefined) return
  writeMessage(writer, valueField.metadata, (metadata) => {
    writePlugin(metadata, plugin)
    writeString(metadata, metadataField.description, description)
  })
}

/** What has no field of its own goes as a tensor that names its plugin. */
function writeTensorMetadata(writer: BinaryWriter, plugin: string, content?: Fill): void {
  writeMessage(writer, valueField.metadata, (metadata) => {
    writePlugin(metadata, plugin, content)
    writeInt(metadata, metadataField.dataClass, dataClassTensor)
  })
}

/** The HParams plugin keeps everything in the metadata; its tensor is an empty vector. */
function writeHparams(writer: BinaryWriter, content: Fill): void {
  writeTensorMetadata(writer, 'hparams', content)
  writeMessage(writer, valueField.tensor, (tensor) => {
    writeInt(tensor, tensorField.dtype, dtypeFloat)
    writeMessage(tensor, tensorField.shape, (shape) => writeMessage(shape, shapeField.dim, () => undefined))
  })
}

function writeHparam(writer: BinaryWriter, key: string, value: string | number | boolean): void {
  writeMessage(writer, sessionStartField.hparams, (entry) => {
    writeString(entry, mapField.key, key)
    writeMessage(entry, mapField.value, (struct) => {
      if (typeof value === 'string') writeString(struct, structField.string, value)
      else if (typeof value === 'number') writeDouble(struct, structField.number, value)
      else struct.tag(structField.bool, WireType.Varint).bool(value)
    })
  })
}

function writeContent(writer: BinaryWriter, value: SummaryValue): void {
  switch (value.kind) {
    case 'scalar':
      writeDescription(writer, 'scalars', value.description)
      writer.tag(valueField.simpleValue, WireType.Bit32).float(value.value)
      break
    case 'image':
      writeDescription(writer, 'images', value.description)
      writeMessage(writer, valueField.image, (image) => {
        writeInt(image, imageField.height, value.height)
        writeInt(image, imageField.width, value.width)
        writeInt(image, imageField.colorspace, colorspaceRgb)
        writeBytes(image, imageField.encoded, value.png)
      })
      break
    case 'text':
      writeTensorMetadata(writer, 'text')
      writeMessage(writer, valueField.tensor, (tensor) => {
        writeInt(tensor, tensorField.dtype, dtypeString)
        writeMessage(tensor, tensorField.shape, () => undefined)
        writeString(tensor, tensorField.strings, value.text)
      })
      break
    case 'sessionStart':
      writeHparams(writer, (content) =>
        writeMessage(content, hparamsField.sessionStart, (info) => {
          for (const [key, one] of Object.entries(value.hparams)) writeHparam(info, key, one)
          writeDouble(info, sessionStartField.startSeconds, value.startSeconds)
        }),
      )
      break
    case 'sessionEnd':
      writeHparams(writer, (content) =>
        writeMessage(content, hparamsField.sessionEnd, (info) => {
          writeInt(info, sessionEndField.status, sessionSucceeded)
          writeDouble(info, sessionEndField.endSeconds, value.endSeconds)
        }),
      )
      break
    default:
      value satisfies never
  }
}

function writeValue(writer: BinaryWriter, value: SummaryValue): void {
  writeMessage(writer, summaryField.value, (message) => {
    writeString(message, valueField.tag, value.tag)
    writeContent(message, value)
  })
}

/** One TensorBoard event in protobuf's wire format, with the few fields that are needed and no others. */
export function encodeEvent({ wallTime, step, content }: EventMessage): Uint8Array {
  const writer = new BinaryWriter()
  writeDouble(writer, eventField.wallTime, wallTime)
  if (step !== 0) writeInt(writer, eventField.step, step)
  switch (content.kind) {
    case 'version':
      writeString(writer, eventField.fileVersion, fileVersion)
      break
    case 'start':
      writeMessage(writer, eventField.sessionLog, (log) =>
        writeInt(log, sessionLogField.status, sessionStatusStart),
      )
      break
    case 'values':
      writeMessage(writer, eventField.summary, (summary) => {
        for (const value of content.values) writeValue(summary, value)
      })
      break
    default:
      content satisfies never
  }
  return writer.finish()
}

/** What a resumed run asks of an event that is already on disk. */
export interface SeenEvent {
  readonly wallTime: number
  readonly step: number
  readonly isStart: boolean
  readonly values: readonly { readonly tag: string; readonly scalar: number | null }[]
}

type Visit = (field: number, reader: BinaryReader) => boolean

/** Walks over the fields of a message; `visit` consumes a field and says so, any other is skipped. */
function readMessage(bytes: Uint8Array, visit: Visit): void {
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag()
    if (!visit(field, reader)) reader.skip(type, field)
  }
}

function decodeValue(bytes: Uint8Array): SeenEvent['values'][number] {
  let tag = ''
  let scalar: number | null = null
  readMessage(bytes, (field, reader) => {
    if (field === valueField.tag) tag = reader.string()
    else if (field === valueField.simpleValue) scalar = reader.float()
    else return false
    return true
  })
  return { tag, scalar }
}

function decodeStatus(bytes: Uint8Array): number {
  let status = 0
  readMessage(bytes, (field, reader) => {
    if (field !== sessionLogField.status) return false
    status = reader.int32()
    return true
  })
  return status
}

/** Reads back what `encodeEvent` wrote; fields that it does not know are passed over. */
export function decodeEvent(bytes: Uint8Array): SeenEvent {
  let wallTime = 0
  let step = 0
  let isStart = false
  const values: SeenEvent['values'][number][] = []
  readMessage(bytes, (field, reader) => {
    if (field === eventField.wallTime) wallTime = reader.double()
    else if (field === eventField.step) step = Number(reader.int64())
    else if (field === eventField.sessionLog) isStart = decodeStatus(reader.bytes()) === sessionStatusStart
    else if (field === eventField.summary) {
      readMessage(reader.bytes(), (inner, summary) => {
        if (inner !== summaryField.value) return false
        values.push(decodeValue(summary.bytes()))
        return true
      })
    } else return false
    return true
  })
  return { wallTime, step, isStart, values }
}
