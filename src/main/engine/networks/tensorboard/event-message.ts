import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf'
import type { ValueSchema } from '@bufbuild/protobuf/wkt'
import { HParamsPluginDataSchema, Status } from '#engine/networks/tensorboard/gen/tensorboard-hparams_pb.js'
import {
  DataClass,
  DataType,
  EventSchema,
  SessionLog_SessionStatus,
  type Summary_ValueSchema,
} from '#engine/networks/tensorboard/gen/tensorboard_pb.js'

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

/** Readers look for restarts by session log from this version on. */
const fileVersion = 'brain.Event:2'
const colorspaceRgb = 3

type ValueInit = MessageInitShape<typeof Summary_ValueSchema>
type HparamInit = MessageInitShape<typeof ValueSchema>
type HparamsData = NonNullable<MessageInitShape<typeof HParamsPluginDataSchema>['data']>
type EventWhat = NonNullable<MessageInitShape<typeof EventSchema>['what']>

/** Scalars and images stand in fields of their own, which say enough; only a description needs metadata. */
const describe = (pluginName: string, summaryDescription: string | undefined): Pick<ValueInit, 'metadata'> =>
  summaryDescription === undefined ? {} : { metadata: { pluginData: { pluginName }, summaryDescription } }

/** What has no field of its own goes as a tensor that names its plugin. */
const namePlugin = (pluginName: string, content = new Uint8Array()): Pick<ValueInit, 'metadata'> => ({
  metadata: { pluginData: { pluginName, content }, dataClass: DataClass.TENSOR },
})

/** The HParams plugin keeps everything in the metadata; its tensor is an empty vector. */
const packHparams = (data: HparamsData): ValueInit => ({
  ...namePlugin('hparams', toBinary(HParamsPluginDataSchema, create(HParamsPluginDataSchema, { data }))),
  value: { case: 'tensor', value: { dtype: DataType.DT_FLOAT, tensorShape: { dim: [{}] } } },
})

function packHparam(value: string | number | boolean): HparamInit {
  switch (typeof value) {
    case 'string':
      return { kind: { case: 'stringValue', value } }
    case 'number':
      return { kind: { case: 'numberValue', value } }
    default:
      return { kind: { case: 'boolValue', value } }
  }
}

function packContent(value: SummaryValue): ValueInit {
  switch (value.kind) {
    case 'scalar':
      return { ...describe('scalars', value.description), value: { case: 'simpleValue', value: value.value } }
    case 'image': {
      const { width, height, png: encodedImageString } = value
      const image = { width, height, colorspace: colorspaceRgb, encodedImageString }
      return { ...describe('images', value.description), value: { case: 'image', value: image } }
    }
    case 'text': {
      const tensor = { dtype: DataType.DT_STRING, tensorShape: {}, stringVal: [Buffer.from(value.text)] }
      return { ...namePlugin('text'), value: { case: 'tensor', value: tensor } }
    }
    case 'sessionStart': {
      const hparams = Object.fromEntries(
        Object.entries(value.hparams).map(([name, one]) => [name, packHparam(one)]),
      )
      return packHparams({ case: 'sessionStartInfo', value: { hparams, startTimeSecs: value.startSeconds } })
    }
    case 'sessionEnd':
      return packHparams({
        case: 'sessionEndInfo',
        value: { status: Status.SUCCESS, endTimeSecs: value.endSeconds },
      })
    default:
      return value satisfies never
  }
}

function packWhat(content: EventMessage['content']): EventWhat {
  switch (content.kind) {
    case 'version':
      return { case: 'fileVersion', value: fileVersion }
    case 'start':
      return { case: 'sessionLog', value: { status: SessionLog_SessionStatus.START } }
    case 'values': {
      const value = content.values.map((one) => ({ tag: one.tag, ...packContent(one) }))
      return { case: 'summary', value: { value } }
    }
    default:
      return content satisfies never
  }
}

/** One TensorBoard event in protobuf's wire format. */
export function encodeEvent({ wallTime, step, content }: EventMessage): Uint8Array {
  return toBinary(EventSchema, create(EventSchema, { wallTime, step: BigInt(step), what: packWhat(content) }))
}
