import { AppError } from '#shared/contract/errors.ts'

/** Bytes per value of the types that weight files hold. */
export const itemBytes = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint64: 8,
  uint32: 4,
  uint16: 2,
  uint8: 1,
  bool: 1,
  complex64: 8,
  complex128: 16,
} as const
export type WeightType = keyof typeof itemBytes

/** A tensor that a file declares; nothing is allocated for it until `read` is called. */
export interface StoredTensor {
  readonly type: WeightType
  readonly shape: readonly number[]
  /** The values as float32, row-major. Throws an AppError INVALID_INPUT when the file's bytes do not bear them. */
  readonly read: () => Float32Array
}

export interface WeightFile {
  /** In words, for the report. */
  readonly format: string
  /** By the file's own names; containers join theirs by a point (`state_dict.conv1.weight`). */
  readonly tensors: ReadonlyMap<string, StoredTensor>
  /** Classes and functions of Python whose objects stood beside the tensors; they were not made. */
  readonly leftOut?: readonly string[]
}

export type Refuse = (what: string) => never

/** Every reader refuses in the same way: the file, then what is wrong with it. */
export function createRefuse(file: string): Refuse {
  return (what) => {
    throw new AppError('INVALID_INPUT', `${file}: ${what}.`, { details: { file } })
  }
}

/** More dimensions than any layer has; the limit keeps a crafted shape from costing time. */
const maximalRank = 8

/** Seven times the largest layer of a ResNet-34; an expanded tensor can claim any size without storing it. */
const maximalValues = 1 << 24

/** The number of values of a shape; refuses sides that are no counts, and products beyond exact integers. */
export function countValues(shape: readonly number[], what: string, refuse: Refuse): number {
  if (shape.length > maximalRank) refuse(`${what} has ${shape.length} dimensions`)
  if (!shape.every((side) => Number.isSafeInteger(side) && side >= 0)) refuse(`${what} has no valid shape`)
  const count = shape.reduce((product, side) => product * side, 1)
  return Number.isSafeInteger(count) ? count : refuse(`${what} [${shape.join(', ')}] is too large`)
}

/** IEEE 754 binary16. */
function decodeHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

type ReadValue = (view: DataView, at: number) => number

const halfBits = new DataView(new ArrayBuffer(4))

const readers: Partial<Record<WeightType, ReadValue>> = {
  float64: (view, at) => view.getFloat64(at, true),
  float32: (view, at) => view.getFloat32(at, true),
  float16: (view, at) => decodeHalf(view.getUint16(at, true)),
  // The upper half of a float32.
  bfloat16: (view, at) => {
    halfBits.setUint32(0, view.getUint16(at, true) << 16)
    return halfBits.getFloat32(0)
  },
}

export interface TensorLayout {
  readonly type: WeightType
  readonly shape: readonly number[]
  /** In values, not bytes. */
  readonly offset: number
  readonly strides: readonly number[]
}

/** Strides of a row-major tensor, in values. */
export function listRowMajorStrides(shape: readonly number[]): number[] {
  const strides: number[] = []
  let stride = 1
  for (const side of shape.toReversed()) {
    strides.unshift(stride)
    stride *= side
  }
  return strides
}

/** Index of the last value that a layout touches, -1 when it holds none. */
export function findLastIndex({ shape, strides, offset }: Omit<TensorLayout, 'type'>): number {
  if (shape.includes(0)) return -1
  return shape.reduce((last, side, axis) => last + (side - 1) * (strides[axis] ?? 0), offset)
}

/** Gathers a little-endian tensor, whatever its strides, as row-major float32. */
export function gatherFloat32(bytes: Uint8Array, layout: TensorLayout, refuse: Refuse): Float32Array {
  const { type, shape, offset, strides } = layout
  const readValue = readers[type]
  if (readValue === undefined) return refuse(`a tensor of ${type} cannot be a weight`)
  const size = itemBytes[type]
  if ((findLastIndex(layout) + 1) * size > bytes.length)
    refuse(`a tensor [${shape.join(', ')}] reaches beyond its ${bytes.length} bytes`)
  const count = shape.reduce((product, side) => product * side, 1)
  if (count > maximalValues) refuse(`a tensor [${shape.join(', ')}] is too large for a weight`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const values = new Float32Array(count)
  const position = shape.map(() => 0)
  let index = offset
  for (let place = 0; place < values.length; place++) {
    values[place] = readValue(view, index * size)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const stride = strides[axis] ?? 0
      const next = (position[axis] ?? 0) + 1
      index += stride
      if (next < (shape[axis] ?? 0)) {
        position[axis] = next
        break
      }
      position[axis] = 0
      index -= stride * next
    }
  }
  return values
}
