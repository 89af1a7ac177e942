import { createFastRandom, type FastRandom } from './fast-random.ts'

/** Draws of a resampling. */
export interface Draws {
  readonly seed: number
  readonly draws: number
  /** Called now and then; throws to stop. */
  readonly report?: (done: number) => void
  /** Blocks of the draws that are made here, from `from` up to `to`; all where it is not given. */
  readonly blocks?: { readonly from: number; readonly to: number }
}

/** Each block begins with a seed of its own: threads may share the draws, and their figures are those of one thread. */
const drawsPerBlock = 100

export const countBlocks = (draws: number): number => Math.ceil(draws / drawsPerBlock)

/** How many of the draws stand in the blocks that are asked for. */
export function countDraws({ draws, blocks }: Pick<Draws, 'draws' | 'blocks'>): number {
  if (blocks === undefined) return draws
  const upTo = (block: number): number => Math.min(draws, block * drawsPerBlock)
  return upTo(blocks.to) - upTo(blocks.from)
}

/** Blocks for so many threads, as even as can be; fewer threads than asked for where there are fewer blocks. */
export function shareBlocks(draws: number, threads: number): { from: number; to: number }[] {
  const all = countBlocks(draws)
  const parts = Math.max(1, Math.min(threads, all))
  return Array.from({ length: parts }, (_, part) => ({
    from: Math.floor((all * part) / parts),
    to: Math.floor((all * (part + 1)) / parts),
  }))
}

const reportEvery = 16

/**
 * Makes the draws, block by block.
 * @param begin called at the start of a block, before its draws
 * @param draw one draw; `at` counts from 0 over the blocks that are asked for
 */
export function makeDraws(
  asked: Draws,
  { begin, draw }: { readonly begin?: () => void; readonly draw: (random: FastRandom, at: number) => void },
): void {
  const { seed, draws, report, blocks = { from: 0, to: countBlocks(draws) } } = asked
  let at = 0
  for (let block = blocks.from; block < blocks.to; block++) {
    const random = createFastRandom(Math.imul(block + 1, 0x632be5ab) ^ seed)
    begin?.()
    const end = Math.min(drawsPerBlock, draws - block * drawsPerBlock)
    for (let one = 0; one < end; one++) {
      if (at % reportEvery === 0) report?.(at)
      draw(random, at)
      at += 1
    }
  }
}
