import { oddText, oddValue } from '../hostile/odd-values.ts'
import { chance, pick, randomBytes, type Random } from '../hostile/pick.ts'

/** Larger inputs find nothing that these do not, and cost the run its number. */
const largestBytes = 256 * 1024

const extremes = [0n, 1n, 2n, 0x7fn, 0x80n, 0xffn, 0x7fffn, 0xffffn, 0x7fffffffn, 0x80000000n, 0xffffffffn]
const wideExtremes = [...extremes, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n]

type Mutation = (bytes: Uint8Array, random: Random, others: readonly Uint8Array[]) => Uint8Array

const place = ({ length }: Uint8Array, random: Random): number => random.int(0, Math.max(0, length - 1))

const join = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

/** Writes a number where a length, a count or an offset may stand. */
const editNumber: Mutation = (bytes, random) => {
  const size = pick(random, [1, 2, 4, 8])
  if (bytes.length < size) return bytes
  const changed = Uint8Array.from(bytes)
  const at = random.int(0, bytes.length - size)
  const old = BigInt(bytes[at] ?? 0)
  const wanted = pick(random, [...wideExtremes, old + 1n, old - 1n, BigInt(bytes.length)])
  const isLittle = chance(random, 0.7)
  for (let index = 0; index < size; index++) {
    const shift = BigInt(8 * (isLittle ? index : size - 1 - index))
    changed[at + index] = Number((wanted >> shift) & 0xffn)
  }
  return changed
}

const flipBits: Mutation = (bytes, random) => {
  const changed = Uint8Array.from(bytes)
  for (let count = random.int(1, 8); count > 0; count--) {
    const at = place(bytes, random)
    changed[at] = (changed[at] ?? 0) ^ (1 << random.int(0, 7))
  }
  return changed
}

const cutOff: Mutation = (bytes, random) => bytes.subarray(0, place(bytes, random))

const dropPart: Mutation = (bytes, random) => {
  const from = place(bytes, random)
  return join(bytes.subarray(0, from), bytes.subarray(from + random.int(1, 64)))
}

const repeatPart: Mutation = (bytes, random) => {
  const from = place(bytes, random)
  const part = bytes.subarray(from, from + random.int(1, 80))
  const times = pick(random, [1, 2, 50, 2_000])
  return join(bytes.subarray(0, from), ...Array.from({ length: times }, () => part), bytes.subarray(from))
}

const insertNoise: Mutation = (bytes, random) => {
  const at = place(bytes, random)
  return join(bytes.subarray(0, at), randomBytes(random, random.int(1, 40)), bytes.subarray(at))
}

const splice: Mutation = (bytes, random, others) => {
  const other = others.length === 0 ? bytes : pick(random, others)
  return join(bytes.subarray(0, place(bytes, random)), other.subarray(place(other, random)))
}

const blank: Mutation = (bytes, random) => {
  const changed = Uint8Array.from(bytes)
  const from = place(bytes, random)
  changed.fill(pick(random, [0, 0xff, 0x20]), from, from + random.int(1, 200))
  return changed
}

const mutations: readonly Mutation[] = [
  editNumber,
  editNumber,
  flipBits,
  cutOff,
  dropPart,
  repeatPart,
  insertNoise,
  splice,
  blank,
]

/** One to four changes of a file's bytes. */
export function mutateBytes(
  bytes: Uint8Array,
  random: Random,
  others: readonly Uint8Array[] = [],
): Uint8Array {
  let changed = bytes
  for (let count = random.int(1, 4); count > 0; count--)
    changed = pick(random, mutations)(changed, random, others).subarray(0, largestBytes)
  return changed
}

/** Changes of a list of pieces that are whole in themselves: opcodes, records, lines. */
export function mutateList<Item>(
  items: readonly Item[],
  random: Random,
  make: (random: Random) => Item,
): Item[] {
  const changed = [...items]
  for (let count = random.int(1, 4); count > 0; count--) {
    const at = random.int(0, Math.max(0, changed.length - 1))
    const other = random.int(0, Math.max(0, changed.length - 1))
    pick<() => unknown>(random, [
      () => changed.splice(at, 1),
      () => changed.splice(at, 0, make(random)),
      () => changed.splice(at, 1, make(random)),
      () => changed.splice(at, 0, ...changed.slice(other, other + random.int(1, 8))),
      () => changed.splice(at, random.int(1, 8)),
      () => {
        const [moved] = changed.splice(at, 1)
        if (moved !== undefined) changed.splice(other, 0, moved)
      },
    ])()
  }
  return changed
}

const isTree = (value: unknown): value is Record<string, unknown> | unknown[] =>
  typeof value === 'object' && value !== null

/** A JSON document with some places that are something else. */
export function mutateJson(document: unknown, random: Random): unknown {
  const changed: unknown = structuredClone(document)
  for (let count = random.int(1, 3); count > 0; count--) {
    if (!isTree(changed) || chance(random, 0.03)) return oddValue(random)
    let parent: Record<string, unknown> | unknown[] = changed
    for (;;) {
      const keys = Object.keys(parent)
      if (keys.length === 0) break
      const key = pick(random, keys)
      const child: unknown = Reflect.get(parent, key)
      if (isTree(child) && chance(random, 0.7)) {
        parent = child
        continue
      }
      changePlace(parent, key, random)
      break
    }
  }
  return changed
}

function changePlace(parent: object, key: string, random: Random): void {
  const value: unknown = Reflect.get(parent, key)
  pick<() => unknown>(random, [
    () => Reflect.set(parent, key, oddValue(random)),
    () => Reflect.set(parent, key, oddText(random)),
    () => Reflect.deleteProperty(parent, key),
    // An array's own length cannot be anything.
    () =>
      Array.isArray(parent) ||
      Reflect.set(parent, pick(random, ['constructor', 'toString', '', 'length', '0']), value),
    () => Reflect.set(parent, key, [value, value]),
    () => Reflect.set(parent, key, { [key]: value }),
    () =>
      Array.isArray(parent) && parent.push(...Array.from({ length: pick(random, [1, 300]) }, () => value)),
  ])()
}

export const encodeText = (text: string): Uint8Array => new TextEncoder().encode(text)

/** JSON as text, sometimes with the text itself damaged. */
export function writeMutatedJson(document: unknown, random: Random): Uint8Array {
  const text = JSON.stringify(mutateJson(document, random)) ?? 'null'
  const bytes = encodeText(chance(random, 0.1) ? `\u{feff}${text}` : text)
  return chance(random, 0.15) ? mutateBytes(bytes, random) : bytes
}
