/** The safetensors format, version of 2022: an 8-byte little-endian header length, a JSON header, the tensors' bytes. */
import { endianness } from 'node:os'
import type { StateDict, NamedTensor } from '#engine/networks/architecture/training-engine.ts'
import { sealParts, sealPlaceholder, verifySeal } from './file-seal.ts'
import { itemBytes, type WeightType } from './weight-file.ts'
import { lookUp } from '#shared/domain/look-up.ts'

/** An int64 tensor, such as torchvision's `num_batches_tracked`. */
export interface CounterTensor {
  readonly shape: readonly number[]
  readonly data: BigInt64Array
}

export interface SafetensorsFile {
  readonly tensors: StateDict
  readonly counters: ReadonlyMap<string, CounterTensor>
  readonly metadata: Readonly<Record<string, string>>
}

interface HeaderEntry {
  readonly name: string
  readonly dtype: string
  readonly type: WeightType
  readonly shape: readonly number[]
  readonly start: number
  readonly end: number
}

const prefixBytes = 8
/** The reference implementation's limit on the header. */
const maximalHeaderBytes = 100_000_000
type TypeTable = Readonly<Record<string, WeightType>>
/** What a file of ours holds. */
const ownTypes: TypeTable = { F32: 'float32', I64: 'int64' }
const allTypes: TypeTable = {
  ...ownTypes,
  F64: 'float64',
  F16: 'float16',
  BF16: 'bfloat16',
  I32: 'int32',
  I16: 'int16',
  I8: 'int8',
  U64: 'uint64',
  U32: 'uint32',
  U16: 'uint16',
  U8: 'uint8',
  BOOL: 'bool',
}

type Fail = (what: string) => never

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isSize = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

function readHeader(bytes: Uint8Array, fail: Fail): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.length < prefixBytes)
    fail(`it is ${bytes.length} bytes long, shorter than the header's length field`)
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true)
  if (length > BigInt(maximalHeaderBytes))
    fail(`the header claims ${length} bytes, more than ${maximalHeaderBytes}`)
  const dataStart = prefixBytes + Number(length)
  if (dataStart > bytes.length)
    fail(`the header claims ${length} bytes, but the file ends after ${bytes.length - prefixBytes}`)
  let header: unknown
  try {
    header = JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(prefixBytes, dataStart)),
    )
  } catch {
    return fail('the header is not valid JSON')
  }
  return isRecord(header) ? { header, dataStart } : fail('the header is not a JSON object')
}

function readEntry(
  [name, value]: readonly [string, unknown],
  { types, fail }: { types: TypeTable; fail: Fail },
): HeaderEntry {
  if (!isRecord(value)) return fail(`the entry ${name} is not an object`)
  const { dtype, shape, data_offsets: offsets } = value
  const type = typeof dtype === 'string' ? lookUp(types, dtype) : undefined
  if (typeof dtype !== 'string' || type === undefined) {
    const readable = Object.keys(types)
    const given = typeof dtype === 'string' ? dtype : typeof dtype
    return fail(
      `${name} has the type ${given}; only ${readable.slice(0, -1).join(', ')} and ${readable.at(-1)} are read`,
    )
  }
  if (!Array.isArray(shape) || !shape.every(isSize)) return fail(`${name} has no valid shape`)
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize))
    return fail(`${name} has no valid data_offsets`)
  const [start = 0, end = 0] = offsets
  const expected = shape.reduce((product, side) => product * side, itemBytes[type])
  if (end - start !== expected)
    return fail(
      `${name} [${shape.join(', ')}] ${dtype} needs ${expected} bytes, but its offsets span ${end - start}`,
    )
  return { name, dtype, type, shape, start, end }
}

/** The format wants the tensors to cover the data without gap or overlap, so that nothing can hide between them. */
function checkCoverage(entries: readonly HeaderEntry[], dataBytes: number, fail: Fail): void {
  let position = 0
  for (const { name, start, end } of entries.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== position) fail(`${name} starts at byte ${start} of the data where ${position} is due`)
    position = end
  }
  if (position !== dataBytes) fail(`the tensors cover ${position} bytes, but ${dataBytes} follow the header`)
}

function readMetadata(value: unknown, fail: Fail): Record<string, string> {
  if (value === undefined) return {}
  if (!isRecord(value)) return fail('__metadata__ is not an object')
  return Object.fromEntries(
    Object.entries(value).map(([key, text]) =>
      typeof text === 'string' ? [key, text] : fail(`the metadata entry ${key} is not a string`),
    ),
  )
}

function readEntries(bytes: Uint8Array, fileName: string, types: TypeTable) {
  const fail: Fail = (what) => {
    throw new Error(`${fileName} is not a valid safetensors file: ${what}`)
  }
  const { header, dataStart } = readHeader(bytes, fail)
  const { __metadata__: rawMetadata, ...rawEntries } = header
  const metadata = readMetadata(rawMetadata, fail)
  const entries = Object.entries(rawEntries).map((entry) => readEntry(entry, { types, fail }))
  verifySeal(bytes, { metadata, file: fileName })
  checkCoverage(entries, bytes.length - dataStart, fail)
  return { entries, dataStart, metadata }
}

/** A tensor of any type, as little-endian bytes: a view on the file. */
export interface RawTensor {
  readonly name: string
  readonly type: WeightType
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

/** Lists what a safetensors file of any origin holds. Throws as `readSafetensors` does, but takes every type. */
export function listSafetensors(bytes: Uint8Array, fileName: string): RawTensor[] {
  const { entries, dataStart } = readEntries(bytes, fileName, allTypes)
  return entries.map(({ name, type, shape, start, end }) => ({
    name,
    type,
    shape,
    bytes: bytes.subarray(dataStart + start, dataStart + end),
  }))
}

/**
 * Reads a safetensors file. The tensors are copies, independent of `bytes`.
 * Throws an AppError CONFLICT for a sealed file that was changed, or an Error that names the file and what is wrong: header, types other than F32 and I64, sizes, gaps, overlaps.
 */
export function readSafetensors(bytes: Uint8Array, fileName: string): SafetensorsFile {
  const { entries, dataStart, metadata } = readEntries(bytes, fileName, ownTypes)
  const tensors = new Map<string, NamedTensor>()
  const counters = new Map<string, CounterTensor>()
  for (const { name, dtype, shape, start, end } of entries) {
    // A Node Buffer's own `slice` would be a view on the whole file.
    const { buffer } = Uint8Array.prototype.slice.call(bytes, dataStart + start, dataStart + end)
    if (dtype === 'F32') tensors.set(name, { shape, data: new Float32Array(buffer) })
    else counters.set(name, { shape, data: new BigInt64Array(buffer) })
  }
  return { tensors, counters, metadata }
}

interface SafetensorsOptions {
  readonly metadata?: Readonly<Record<string, string>>
  readonly counters?: ReadonlyMap<string, CounterTensor>
  /** Lets the file carry its own SHA-256, which every reader of ours checks. */
  readonly isSealed?: boolean
}

/**
 * Float32 tensors, and int64 `counters` where given, as a file's bytes in parts, in the order of their maps (counters
 * first: the format wants wide types before narrow ones so that every tensor is aligned). The parts after the header
 * are views on the tensors, so that a file of any size costs no second copy. Equal input gives equal bytes.
 */
export function encodeSafetensors(tensors: StateDict, options: SafetensorsOptions = {}): Uint8Array[] {
  // A typed array holds the machine's byte order; the format is little-endian, as is every platform Evenhand ships for.
  if (endianness() !== 'LE')
    throw new Error('safetensors files can only be written on a little-endian machine')
  const items = [
    ...[...(options.counters ?? [])].map(([name, tensor]) => ({ name, dtype: 'I64', ...tensor })),
    ...[...tensors].map(([name, tensor]) => ({ name, dtype: 'F32', ...tensor })),
  ]
  // Without a prototype, so that a tensor may be called `toString`.
  const header: Record<string, unknown> = Object.assign(
    Object.create(null),
    options.metadata === undefined && options.isSealed !== true
      ? {}
      : { __metadata__: { ...options.metadata, ...(options.isSealed === true ? sealPlaceholder : {}) } },
  )
  let end = 0
  for (const { name, dtype, shape, data } of items) {
    if (name in header || name === '__metadata__')
      throw new Error(`Two tensors, or a tensor and the metadata, share the name ${name}`)
    if (shape.reduce((product, side) => product * side, 1) !== data.length)
      throw new Error(`${name}: ${data.length} values do not fill [${shape.join(', ')}]`)
    const start = end
    end += data.byteLength
    header[name] = { dtype, shape, data_offsets: [start, end] }
  }
  const json = new TextEncoder().encode(JSON.stringify(header))
  const padded = Math.ceil(json.length / prefixBytes) * prefixBytes
  const head = new Uint8Array(prefixBytes + padded).fill(0x20)
  new DataView(head.buffer).setBigUint64(0, BigInt(padded), true)
  head.set(json, prefixBytes)
  const parts = [
    head,
    ...items.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ]
  if (options.isSealed === true) sealParts(parts)
  return parts
}

/** The same as one piece. */
export function writeSafetensors(tensors: StateDict, options: SafetensorsOptions = {}): Uint8Array {
  const parts = encodeSafetensors(tensors, options)
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let position = 0
  for (const part of parts) {
    bytes.set(part, position)
    position += part.length
  }
  return bytes
}
