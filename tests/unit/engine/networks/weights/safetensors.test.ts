import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readSafetensors, writeSafetensors } from '#engine/networks/weights/safetensors.ts'

function encode(header: unknown, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + json.length + data.length)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true)
  bytes.set(json, 8)
  bytes.set(data, 8 + json.length)
  return bytes
}

const entry = (shape: readonly number[], offsets: readonly number[], dtype = 'F32') => ({
  dtype,
  shape,
  data_offsets: offsets,
})

describe('safetensors', () => {
  it('reads back what it wrote, bit for bit, aligned for every reader', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.array(fc.float())), (values) => {
        const tensors = new Map(
          Object.entries(values)
            .filter(([name]) => name !== '__metadata__' && name !== '__proto__')
            .map(([name, list]) => [name, { shape: [list.length], data: Float32Array.from(list) }]),
        )
        const bytes = writeSafetensors(tensors, { metadata: { format: 'pt' } })
        const file = readSafetensors(bytes, 'file')
        expect(file.metadata).toEqual({ format: 'pt' })
        expect(new Map(file.tensors)).toEqual(tensors)
        expect(new DataView(bytes.buffer).getBigUint64(0, true) % 8n).toBe(0n)
      }),
    )
  })

  it('keeps counters and shapes', () => {
    const counters = new Map([['bn1.num_batches_tracked', { shape: [], data: BigInt64Array.of(7n) }]])
    const tensors = new Map([['w', { shape: [2, 1, 2], data: Float32Array.of(1, 2, 3, 4) }]])
    const file = readSafetensors(writeSafetensors(tensors, { counters }), 'file')
    expect(file).toEqual({ tensors, counters, metadata: {} })
  })

  it.each([
    ['too short', Uint8Array.of(1, 2, 3), 'it is 3 bytes long'],
    [
      'a header longer than the file',
      encode('{}').fill(200, 0, 1),
      'the header claims 200 bytes, but the file ends after 2',
    ],
    ['an absurd header', new Uint8Array(16).fill(255), 'more than 100000000'],
    ['no JSON', encode('{"a":'), 'the header is not valid JSON'],
    ['an array for a header', encode([]), 'the header is not a JSON object'],
    [
      'another type',
      encode({ w: entry([1], [0, 2], 'F16') }, new Uint8Array(2)),
      'w has the type F16; only F32 and I64 are read',
    ],
    ['a negative side', encode({ w: entry([-1], [0, 4]) }, new Uint8Array(4)), 'w has no valid shape'],
    ['one offset', encode({ w: entry([1], [0]) }, new Uint8Array(4)), 'w has no valid data_offsets'],
    [
      'a size that is not the shape',
      encode({ w: entry([3], [0, 8]) }, new Uint8Array(8)),
      'w [3] F32 needs 12 bytes, but its offsets span 8',
    ],
    [
      'a tensor beyond the end',
      encode({ w: entry([2], [0, 8]) }, new Uint8Array(4)),
      'the tensors cover 8 bytes, but 4 follow the header',
    ],
    [
      'bytes after the last tensor',
      encode({ w: entry([1], [0, 4]) }, new Uint8Array(9)),
      'the tensors cover 4 bytes, but 9 follow the header',
    ],
    [
      'a gap',
      encode({ a: entry([1], [0, 4]), b: entry([1], [8, 12]) }, new Uint8Array(12)),
      'b starts at byte 8 of the data where 4 is due',
    ],
    [
      'an overlap',
      encode({ a: entry([2], [0, 8]), b: entry([1], [4, 8]) }, new Uint8Array(8)),
      'b starts at byte 4 of the data where 8 is due',
    ],
    ['metadata that is no text', encode({ __metadata__: { a: 1 } }), 'the metadata entry a is not a string'],
  ])('refuses %s, naming the file and the fault', (_, bytes, message) => {
    expect(() => readSafetensors(bytes, 'weights.safetensors')).toThrow(
      'weights.safetensors is not a valid safetensors file',
    )
    expect(() => readSafetensors(bytes, 'weights.safetensors')).toThrow(message)
  })

  it('refuses to write values that do not fill their shape, or a name twice', () => {
    const tensor = { shape: [2], data: Float32Array.of(1) }
    expect(() => writeSafetensors(new Map([['w', tensor]]))).toThrow('w: 1 values do not fill [2]')
    const counters = new Map([['w', { shape: [1], data: BigInt64Array.of(1n) }]])
    expect(() =>
      writeSafetensors(new Map([['w', { shape: [1], data: Float32Array.of(1) }]]), { counters }),
    ).toThrow('share the name w')
  })
})
