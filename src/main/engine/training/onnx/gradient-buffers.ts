import type { RuntimeFeeds } from '#engine/runtime/inference-session.ts'
import { graphNames } from './graph-names.ts'
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
  countHeld(): void
  /** Feeds of the graph that adds the last batch to the sum, and where it writes: onto the sum itself. */
  feedSum(): { feeds: RuntimeFeeds; into: RuntimeFeeds }
  /** The gradients of the step as the update graph wants them: the sum where there is one. */
  feedUpdate(): RuntimeFeeds
  discardHeld(): void
}

/** Memory is taken on first use: a session that only predicts has none, one that never accumulates has no sum. */
export function createGradientBuffers(
  shapes: Iterable<readonly [string, readonly number[]]>,
): GradientBuffers {
  const list = [...shapes]
  let latest: TensorBuffers | undefined
  let sum: TensorBuffers | undefined
  let held = 0
  const findLatest = (): TensorBuffers => (latest ??= allocateBuffers(list))
  const findSum = (): TensorBuffers => (sum ??= allocateBuffers(list))
  return {
    latest: findLatest,
    targets: () => renameBuffers(findLatest(), graphNames.gradient),
    heldBatches: () => held,
    hold() {
      ;[latest, sum] = [sum, findLatest()]
      held = 1
    },
    countHeld() {
      held++
    },
    feedSum: () => ({
      feeds: {
        ...renameBuffers(findLatest(), graphNames.gradient),
        ...renameBuffers(findSum(), graphNames.held),
      },
      into: renameBuffers(findSum(), graphNames.next),
    }),
    feedUpdate: () => renameBuffers(held > 0 ? findSum() : findLatest(), graphNames.gradient),
    discardHeld() {
      held = 0
    },
  }
}
