import { allocateBuffers } from './tensor-buffers.ts'
import type { TensorBuffers } from './tensor-buffers.ts'

/** Running statistics three times: as the last step left them, as accumulated batches have moved them, and the next. */
export interface RunningStatistics {
  /** Those of the last completed step. */
  committed(): TensorBuffers
  /** Those that the next batch starts from. */
  moved(): TensorBuffers
  /** Where that batch writes its own. */
  spare(): TensorBuffers
  /** Takes what was written to `spare` as `moved`. */
  move(): void
  /** Takes `moved` as those of a completed step. */
  commit(): void
  /** Forgets what accumulated batches have moved. */
  discardMoved(): void
}

export function createRunningStatistics(
  shapes: readonly (readonly [string, readonly number[]])[],
): RunningStatistics {
  const sides = [allocateBuffers(shapes), allocateBuffers(shapes), allocateBuffers(shapes)] as const
  let committed = 0
  let moved = 0
  const pick = (side: number): TensorBuffers => sides[side] ?? sides[0]
  const findSpare = (): number => [0, 1, 2].find((side) => side !== committed && side !== moved) ?? 0
  return {
    committed: () => pick(committed),
    moved: () => pick(moved),
    spare: () => pick(findSpare()),
    move() {
      moved = findSpare()
    },
    commit() {
      committed = moved
    },
    discardMoved() {
      moved = committed
    },
  }
}
