import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import { parseWeightFile } from '#engine/networks/weights/read-weight-file.ts'

const golden = new URL('../../../../oracles/golden/weights/', import.meta.url)
const readGolden = (name: string): Uint8Array => readFileSync(new URL(name, golden))
const readJson = (name: string): unknown => JSON.parse(new TextDecoder().decode(readGolden(name)))

const expected = z
  .object({
    files: z.record(
      z.string(),
      z.record(z.string(), z.object({ shape: z.array(z.int()), values: z.array(z.number()) })),
    ),
  })
  .parse(readJson('expected.json')).files

const hostile = z
  .array(
    z.object({ name: z.string(), as: z.enum(['pickle', 'archive']), refusal: z.string(), bytes: z.string() }),
  )
  .parse(readJson('hostile.json'))

function readAll(bytes: Uint8Array, file: string) {
  const { tensors, format } = parseWeightFile(bytes, file, 'resnet18')
  const weights = [...tensors].filter(([, { type }]) => type.includes('float'))
  return {
    format,
    tensors: Object.fromEntries(
      weights.map(([name, { shape, read }]) => [name, { shape: [...shape], values: read() }]),
    ),
  }
}

/** What the reader threw, or null. */
function catchRefusal(bytes: Uint8Array, file: string): unknown {
  try {
    readAll(bytes, file)
    return null
  } catch (error) {
    return error
  }
}

describe('a weights file by PyTorch', () => {
  it.each(Object.keys(expected).filter((name) => !name.startsWith('checkpoint')))(
    'reads as the values that PyTorch wrote: %s',
    (name) => {
      const { tensors } = readAll(readGolden(`good/${name}`), name)
      const wanted = Object.entries(expected[name] ?? {})
      for (const [key, { shape, values }] of wanted)
        expect([key, tensors[key]]).toEqual([key, { shape, values: Float32Array.from(values) }])
      expect(wanted.length).toBeGreaterThan(1)
    },
  )

  it.each(['checkpoint.pth', 'checkpoint-legacy.pth'])(
    'gives tensors within containers their path, beside an optimiser and a schedule: %s',
    (name) => {
      const { tensors } = readAll(readGolden(`good/${name}`), name)
      expect(tensors).toEqual(
        Object.fromEntries(
          Object.entries(expected[name] ?? {}).map(([key, { shape, values }]) => [
            key,
            { shape, values: Float32Array.from(values) },
          ]),
        ),
      )
    },
  )

  it.each(['objects.pth', 'objects-legacy.pth'])(
    'gives its tensors beside objects that are no tensors, and names the classes of these: %s',
    (name) => {
      const { tensors } = readAll(readGolden(`good/${name}`), name)
      expect(Object.keys(tensors)).toEqual(Object.keys(expected[name] ?? {}))
      expect(parseWeightFile(readGolden(`good/${name}`), name, 'resnet18').leftOut).toEqual(
        expect.arrayContaining([
          'argparse.Namespace',
          'datetime.datetime',
          'decimal.Decimal',
          'functools.partial',
          'numpy._core.multiarray.scalar',
          'pathlib.PurePosixPath',
          'torch.nn.modules.linear.Identity',
          'train.Mode',
          'train.Options',
          'types.SimpleNamespace',
          'uuid.UUID',
        ]),
      )
    },
  )

  it('is known by its content, whatever its name', () => {
    expect(readAll(readGolden('good/protocol-5.pth'), 'weights.onnx').format).toBe('PyTorch')
    expect(readAll(readGolden('good/legacy.pth'), 'weights').format).toBe('PyTorch, before 1.6')
    expect(readAll(readGolden('good/narrow.onnx'), 'weights.bin.x').format).toBe('ONNX')
    expect(readAll(readGolden('good/narrow-advised.onnx'), 'weights').format).toBe('ONNX')
  })

  it('is refused at every length but its own', () => {
    for (const name of ['protocol-5.pth', 'deflated.pth', 'legacy.pth']) {
      const bytes = readGolden(`good/${name}`)
      for (let length = 1; length < bytes.length; length += 7)
        expect(catchRefusal(bytes.subarray(0, length), name)).toBeInstanceOf(AppError)
    }
  })
})

describe('a hostile file', () => {
  it.each(hostile)('is refused by name: $name', ({ as, bytes, refusal }) => {
    const file = as === 'pickle' ? 'hostile.pkl' : 'hostile.pth'
    const error = catchRefusal(Buffer.from(bytes, 'base64'), file)
    expect(error).toMatchObject({ code: 'INVALID_INPUT', details: { file } })
    const message = error instanceof AppError ? error.message : ''
    // A pickle that is harmless but for what follows it is refused for want of the older format's magic number.
    const isPlainPickle = as === 'pickle' && message.includes('not one that torch.save wrote')
    expect(message).toContain(isPlainPickle ? `${file}: it is a pickle` : `${file}: `)
    expect(message).toContain(isPlainPickle ? '' : refusal)
  })

  it('is refused with advice, and says that no code was run', () => {
    const [first] = hostile
    expect(catchRefusal(Buffer.from(first?.bytes ?? '', 'base64'), 'hostile.pkl')).toMatchObject({
      message:
        'hostile.pkl: refused posix.system at byte 2 of the pickle; only tensors and containers are read, and no ' +
        'code is run. If you trust the file, load it in PyTorch and save the state_dict alone.',
    })
  })

  const isRefusalOrNothing = (error: unknown): boolean => error === null || error instanceof AppError

  it('of random bytes throws nothing but an AppError, under any name', () => {
    const extension = fc.constantFrom('.pth', '.onnx', '.safetensors', '.dat')
    const beginning = fc.constantFrom(
      [],
      [0x50, 0x4b, 3, 4],
      [0x80, 2],
      [0x08, 0x08],
      [9, 0, 0, 0, 0, 0, 0, 0, 0x7b],
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), beginning, extension, (bytes, start, name) =>
        isRefusalOrNothing(catchRefusal(Uint8Array.from([...start, ...bytes]), `file${name}`)),
      ),
      { numRuns: 2000 },
    )
  })

  it('made of a good one by changing bytes throws nothing but an AppError', () => {
    const names = readdirSync(new URL('good/', golden)).filter((name) => !name.startsWith('resnet18'))
    const files = names.map((name) => ({
      name,
      bytes: readGolden(`good/${name}`),
    }))
    const change = fc.tuple(fc.nat(), fc.nat(255))
    fc.assert(
      fc.property(
        fc.constantFrom(...files),
        fc.array(change, { minLength: 1, maxLength: 8 }),
        (file, changes) => {
          const bytes = Uint8Array.from(file.bytes)
          for (const [at, value] of changes) bytes[at % bytes.length] = value
          return isRefusalOrNothing(catchRefusal(bytes, file.name))
        },
      ),
      { numRuns: 500 },
    )
  })

  it('made of opcodes alone throws nothing but an AppError', () => {
    const opcodes = [...new TextEncoder().encode('(.)012FGIKJLMNQRSTUVXabcdeghijlopqrstu}]')]
    const opcode = fc.oneof(fc.constantFrom(...opcodes), fc.integer({ min: 0x80, max: 0x98 }), fc.nat(255))
    fc.assert(
      fc.property(fc.array(opcode, { maxLength: 300 }), (bytes) =>
        isRefusalOrNothing(catchRefusal(Uint8Array.from([0x80, 2, ...bytes]), 'file.pth')),
      ),
      { numRuns: 2000 },
    )
  })

  it('cannot make the reader copy, recall or pile up without end', () => {
    const start = [0x80, 2]
    const endless = (unit: readonly number[], count: number, lead: readonly number[] = []): Uint8Array =>
      Uint8Array.from([...start, ...lead, ...Array.from({ length: count }, () => unit).flat(), 0x2e])
    const orderedDict = [...new TextEncoder().encode('ccollections\nOrderedDict\n')]
    // A dict of 1,000 entries under memo 0, and OrderedDict under memo 1.
    const dict = [
      0x7d,
      ...Array.from({ length: 1000 }, (_, key) => [0x4d, key & 255, key >> 8, 0x4e, 0x73]).flat(),
    ]
    const copying = endless([0x68, 1, 0x68, 0, 0x85, 0x52, 0x30], 20_000, [
      ...dict,
      0x71,
      0,
      ...orderedDict,
      0x71,
      1,
    ])
    expect(catchRefusal(copying, 'file.pth')).toMatchObject({
      message: 'file.pth: its dicts are copied more than 1000000 times.',
    })
    expect(catchRefusal(endless([0x5d], 2_100_000), 'file.pth')).toMatchObject({
      message: 'file.pth: the pickle has more than 2000000 opcodes, at byte 2000000 of the pickle.',
    })
    // A list in a list in a list, 100,000 deep, and one that holds itself.
    expect(catchRefusal(endless([0x85], 100_000, [0x29]), 'file.pth')).toBeInstanceOf(AppError)
    expect(catchRefusal(endless([0x68, 0, 0x61], 10, [0x5d, 0x71, 0]), 'file.pth')).toBeInstanceOf(AppError)
  })
})
