import { chance, pick, type Random } from '../../hostile/pick.ts'
import { mutateBytes, mutateList } from '../mutate.ts'

/** Opcodes with their arguments, one by one, so that they can be moved about as wholes. */
type Pickle = readonly Buffer[]

const op = (...bytes: readonly number[]): Buffer => Buffer.from(bytes)
const line = (opcode: string, ...lines: readonly string[]): Buffer =>
  Buffer.from(`${opcode}${lines.map((one) => `${one}\n`).join('')}`, 'latin1')

function uint32(opcode: number, value: number): Buffer {
  const bytes = Buffer.alloc(5)
  bytes[0] = opcode
  bytes.writeInt32LE(value, 1)
  return bytes
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([uint32(0x58, bytes.length), bytes])
}

const mark = op(0x28)
const tuple = op(0x74)
const reduce = op(0x52)
const int = (value: number): Buffer => uint32(0x4a, value)
const sizes = (values: readonly number[]): Buffer[] => [mark, ...values.map(int), tuple]

function storage(key: string, count: number): Buffer[] {
  return [
    mark,
    text('storage'),
    line('c', 'torch', 'FloatStorage'),
    text(key),
    text('cpu'),
    int(count),
    tuple,
    op(0x51),
  ]
}

export interface Stored {
  readonly name: string
  readonly shape: readonly number[]
}

export const countOf = ({ shape }: Stored): number => shape.reduce((product, side) => product * side, 1)

function tensor({ name, shape }: Stored, key: string): Buffer[] {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, side) => product * side, 1))
  const values = [
    ...storage(key, countOf({ name, shape })),
    int(0),
    ...sizes(shape),
    ...sizes(strides),
    op(0x89),
  ]
  const hooks = [line('c', 'collections', 'OrderedDict'), op(0x29), reduce]
  return [
    text(name),
    line('c', 'torch._utils', '_rebuild_tensor_v2'),
    mark,
    ...values,
    ...hooks,
    tuple,
    reduce,
  ]
}

export const pickledTensors: readonly Stored[] = [
  { name: 'conv1.weight', shape: [2, 3, 2, 2] },
  { name: 'fc.bias', shape: [3] },
  { name: 'empty', shape: [0, 4] },
]

/** What `torch.save` writes of a dict of tensors. */
export const pickleOfTensors = (): Pickle => [
  op(0x80, 2),
  op(0x7d),
  op(0x71, 0),
  mark,
  ...pickledTensors.flatMap((stored, index) => tensor(stored, String(index))),
  op(0x75),
  op(0x2e),
]

const oddOpcodes = (random: Random): Buffer =>
  pick<() => Buffer>(random, [
    () => op(random.int(0, 255)),
    () =>
      line(
        'c',
        pick(random, ['os', 'torch', 'builtins', 'collections', 'argparse', 'numpy', '__proto__']),
        pick(random, [
          'system',
          'Size',
          'eval',
          'OrderedDict',
          'defaultdict',
          'Namespace',
          'dtype',
          'constructor',
        ]),
      ),
    () => int(pick(random, [-1, 0, 1, 2 ** 24, 2 ** 31 - 1])),
    () =>
      line(
        pick(random, ['I', 'L', 'F', 'S', 'V', 'p', 'g']),
        pick(random, ['-1', '1e999', '99999999999999999999', 'NaN', '01', '']),
      ),
    () => uint32(pick(random, [0x8b, 0x58, 0x42, 0x54]), pick(random, [-1, 5, 2 ** 31 - 1])),
    () => op(0x8a, 255, ...Array.from({ length: random.int(0, 20) }, () => 0xff)),
    () => op(0x8d, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
    () => pick(random, [op(0x81), op(0x92), op(0x62), op(0x52), op(0x61), op(0x75), op(0x51)]),
    () => op(0x68, 0),
    () => op(0x71, random.int(0, 3)),
    () => op(0x30),
    () => op(0x32),
    () => op(0x94),
    () => text(pick(random, ['storage', 'module', 'constructor', '\ud800', 'a'.repeat(70_000)])),
    () =>
      Buffer.concat(
        Array.from({ length: pick(random, [10, 5_000]) }, () =>
          pick(random, [mark, op(0x29), op(0x32), op(0x85)]),
        ),
      ),
  ])()

export const mutatePickle = (random: Random): Uint8Array => {
  const bytes = Buffer.concat(mutateList(pickleOfTensors(), random, oddOpcodes))
  return chance(random, 0.3) ? mutateBytes(bytes, random) : new Uint8Array(bytes)
}

const magic = op(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e)
const protocol = Buffer.concat([op(0x80, 2), op(0x4d, 0xe9, 0x03), op(0x2e)])
const machine = Buffer.concat([op(0x80, 2, 0x7d, 0x28), text('little_endian'), op(0x88, 0x75, 0x2e)])
const keys = Buffer.concat([
  op(0x80, 2, 0x5d, 0x28),
  ...pickledTensors.map((_, index) => text(String(index))),
  op(0x65, 0x2e),
])

export const storedBytes = (stored: Stored): Buffer =>
  Buffer.from(Float32Array.from({ length: countOf(stored) }, (_, index) => index / 2).buffer)

function withCount(stored: Stored): Buffer {
  const count = Buffer.alloc(8)
  count.writeBigInt64LE(BigInt(countOf(stored)))
  return Buffer.concat([count, storedBytes(stored)])
}

/** A file of PyTorch before 1.6 around any pickle. */
export const writeLegacyFile = (pickle: Uint8Array): Uint8Array =>
  new Uint8Array(Buffer.concat([magic, protocol, machine, pickle, keys, ...pickledTensors.map(withCount)]))
