import { createRandom, type Random } from '#engine/base/kernel/random.ts'

export type { Random }

export function pick<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[random.int(0, items.length - 1)]
  if (item === undefined) throw new RangeError('Nothing to pick from')
  return item
}

export const chance = (random: Random, share: number): boolean => random.float() < share

/** The stream of one input alone, so that it can be made again without those before it. */
export const streamOf = (seed: number, what: string, index: number): Random =>
  createRandom(seed, [what, index])

export function randomBytes(random: Random, count: number): Buffer {
  return Buffer.from(Array.from({ length: count }, () => random.int(0, 255)))
}
