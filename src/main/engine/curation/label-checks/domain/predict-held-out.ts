import {
  fitLogistic,
  predictLogistic,
  standardiseColumns,
} from '#engine/base/kernel/domain/logistic-regression.ts'
import type { Vectors } from '#engine/curation/vectors/domain/nearest-neighbours.ts'

/**
 * Out-of-sample probabilities of every point: for each fold a logistic regression on the standardised columns of the others.
 *
 * @param task.labels `[points]` -1 where missing: predicted, but not learned from
 * @param task.foldOf `[points]` 0-based
 * @returns `[points, classes]`
 */
export function predictHeldOut(
  points: Vectors,
  task: {
    readonly labels: Int32Array
    readonly classes: number
    readonly foldOf: Uint8Array
    readonly folds: number
    readonly penalty: number
    readonly onStep: () => void
  },
): Float32Array {
  const { labels, classes, foldOf, folds, penalty, onStep } = task
  const probabilities = new Float32Array(labels.length * classes)
  const all = labels.map((_, row) => row)
  for (let fold = 0; fold < folds; fold++) {
    const learned = all.filter((row) => foldOf[row] !== fold && labels[row] !== -1)
    const heldOut = all.filter((row) => foldOf[row] === fold)
    const scaled = standardiseColumns(points, learned)
    const others = labels.map((label, row) => (foldOf[row] === fold ? -1 : label))
    const model = fitLogistic({ points: scaled, labels: others, classes, penalty, onStep })
    const answers = predictLogistic(model, scaled, heldOut)
    heldOut.forEach((row, at) =>
      probabilities.set(answers.subarray(at * classes, (at + 1) * classes), row * classes),
    )
  }
  return probabilities
}
