import type { RuntimeFeeds } from '#engine/base/runtime/inference-session.ts'
import { graphNames } from './graph-names.ts'
import type { TrainingArrays } from './loops/update-loops.ts'
import { allocateBuffers, renameBuffers } from './tensor-buffers.ts'
import type { TensorBuffers } from './tensor-buffers.ts'

/** Where gradients lie: those of the last batch, and the sum of batches that wait for a step. */
export interface GradientBuffers {
  /** The last batch's, by parameter. */
  latest(): TensorBuffers
  /** Where the gradient graph writes. */
  targets(): RuntimeFeeds
  /** Batches in the sum. */
  heldBatches(): number
  /** Makes the last batch's gradients the sum so far. */
  hold(): void
  /** Adds the last batch's gradients to the sum. */
  add(): void
  /** What a step follows, by parameter: the sum where there is one. */
  forStep(): TensorBuffers
  discardHeld(): void
}

/** Memory is taken on first use: a session that only predicts has none, one that never accumulates has no sum. */
export function createGradientBuffers(
  shapes: Iterable<readonly [string, readonly number[]]>,
  { take }: Pick<TrainingArrays, 'take'>,
): GradientBuffers {
  const list = [...shapes]
  let latest: TensorBuffers | undefined
  let sum: TensorBuffers | undefined
  let held = 0
  const findLatest = (): TensorBuffers => (latest ??= allocateBuffers(list, take))
  const findSum = (): TensorBuffers => (sum ??= allocateBuffers(list, take))
  return {
    latest: findLatest,
    targets: () => renameBuffers(findLatest(), graphNames.gradient),
    heldBatches: () => held,
    hold() {
      ;[latest, sum] = [sum, findLatest()]
      held = 1
    },
    add() {
      const added = findLatest()
      for (const [name, { data }] of findSum()) {
        const other = added.get(name)?.data
        if (other === undefined) throw new Error(`${name} has no gradient to add`)
        for (let at = 0; at < data.length; at++) data[at] = (data[at] ?? 0) + (other[at] ?? 0)
      }
      held++
    },
    forStep: () => (held > 0 ? findSum() : findLatest()),
    discardHeld() {
      held = 0
    },
  }
}
