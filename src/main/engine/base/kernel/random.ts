import { createHash } from 'node:crypto'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus'

/** A reproducible stream of random numbers; the same seed and path give the same stream on every machine. */
export interface Random {
  /** A whole number in `[from, to]`, both included. */
  int(from: number, to: number): number
  /** A number in `[0, 1)`. */
  float(): number
  /** Standard normal (Box & Muller 1958). */
  normal(): number
  /** Shuffles in place (Durstenfeld 1964) and returns the same array. */
  shuffle<T extends { [index: number]: unknown; readonly length: number }>(items: T): T
}

/**
 * Starts a stream. `path` names what the numbers are for (`['epoch', 3]`), so that streams of one seed are
 * independent and adding one never shifts another.
 */
export function createRandom(seed: number, path: readonly (string | number)[] = []): Random {
  // The generator takes 32-bit words: hashing keeps every bit of a 53-bit seed and spreads small ones.
  const digest = createHash('sha256')
    .update(JSON.stringify([seed, ...path]))
    .digest()
  const state = [0, 4, 8, 12].map((offset) => digest.readInt32LE(offset))
  const generator = xoroshiro128plusFromState(state)
  const int = (from: number, to: number) => uniformInt(generator, from, to)
  const float = () => uniformFloat64(generator)
  return {
    int,
    float,
    normal: () => Math.sqrt(-2 * Math.log(1 - float())) * Math.cos(2 * Math.PI * float()),
    shuffle: (items) => {
      for (let last = items.length - 1; last > 0; last--) {
        const other = int(0, last)
        const held = items[last]
        items[last] = items[other]
        items[other] = held
      }
      return items
    },
  }
}
