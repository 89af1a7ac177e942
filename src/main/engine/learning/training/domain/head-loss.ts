import type { TrainConfig } from '#shared/contract/train-config.contract.ts'
import { ageBinMiddles } from '#shared/domain/label-schemes.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { HeadLoss } from '#engine/networks/architecture/training-engine.ts'

/** Classes of a head over single years: 0 to 100, the last one for everybody older too (Rothe et al. 2018). */
export const yearClasses = 101

export interface HeadLossOptions {
  readonly task: Task
  /** Images of the training part per class of the head, in the order of its outputs. */
  readonly counts: readonly number[]
  readonly config: Pick<TrainConfig, 'age' | 'classWeights' | 'labelSmoothing'>
}

/** Images per class; -1, a missing label, counts for none. */
export function countClasses(indices: Int32Array, classes: number): number[] {
  const counts = Array.from({ length: classes }, () => 0)
  for (const index of indices) if (index >= 0) counts[index] = (counts[index] ?? 0) + 1
  return counts
}

/**
 * Weight of each class in the loss. `balanced` gives n / (K n_k) over the K classes that occur, as scikit-learn's
 * `compute_class_weight`; `inverse-sqrt` its square root, scaled to a mean of 1 over those classes. Both give 0 to a
 * class without images; `none` gives 1 to all.
 */
export function weighClasses(counts: readonly number[], kind: TrainConfig['classWeights']): Float64Array {
  if (kind === 'none') return new Float64Array(counts.length).fill(1)
  const images = counts.reduce((sum, count) => sum + count, 0)
  const present = counts.filter((count) => count > 0).length
  const balanced = Float64Array.from(counts, (count) => (count === 0 ? 0 : images / (present * count)))
  if (kind === 'balanced') return balanced
  const roots = balanced.map(Math.sqrt)
  const mean = roots.reduce((sum, root) => sum + root, 0) / present
  return roots.map((root) => (root === 0 ? 0 : root / mean))
}

function normalise(row: number[]): number[] {
  const total = row.reduce((sum, value) => sum + value, 0)
  return row.map((value) => value / total)
}

/**
 * What each age bin's label says about all bins, one row each, summing to 1. `soft`: a Gaussian over the bins'
 * indices, `softness` bins wide (Geng 2016). `ordinal`: softmax of the negative distance in years between the bins'
 * middles over 10 * `softness` years (Diaz & Marathe 2019).
 */
function spreadAge(labels: 'soft' | 'ordinal', softness: number): number[][] {
  return ageBinMiddles.map((middle, bin) =>
    normalise(
      ageBinMiddles.map((other, index) =>
        labels === 'soft'
          ? Math.exp(-((bin - index) ** 2) / (2 * softness ** 2))
          : Math.exp(-Math.abs(middle - other) / (10 * softness)),
      ),
    ),
  )
}

/** Label smoothing and class weights as `torch.nn.functional.cross_entropy` joins them (Szegedy et al. 2016). */
function smoothPlainly(weights: Float64Array, smoothing: number): HeadLoss {
  const classes = weights.length
  const targets = new Float32Array(classes * classes)
  weights.forEach((weight, label) => {
    weights.forEach((other, index) => {
      const own = index === label ? (1 - smoothing) * weight : 0
      targets[label * classes + index] = weight === 0 ? 0 : own + (smoothing / classes) * other
    })
  })
  return { kind: 'cross-entropy', targets, weights: Float32Array.from(weights) }
}

/** Rows that spread over neighbours are weighted as wholes, by the labelled class alone. */
function smoothSpread(rows: readonly number[][], weights: Float64Array, smoothing: number): HeadLoss {
  const targets = rows.flatMap((row, label) =>
    row.map((share) => (weights[label] ?? 0) * ((1 - smoothing) * share + smoothing / rows.length)),
  )
  return { kind: 'cross-entropy', targets: Float32Array.from(targets), weights: Float32Array.from(weights) }
}

/**
 * The loss of one head. Age in years ignores class weights, which bins alone have; its cross-entropy is over
 * {@link yearClasses} single years with plain labels, smoothed where that is asked for.
 */
export function buildHeadLoss({ task, counts, config }: HeadLossOptions): HeadLoss {
  const { age, classWeights, labelSmoothing } = config
  if (task === 'age' && age.target === 'years') {
    switch (age.loss) {
      case 'l1':
      case 'l2':
        return { kind: age.loss }
      case 'huber':
        return { kind: 'huber', delta: age.huberDelta }
      case 'cross-entropy':
        return smoothPlainly(new Float64Array(yearClasses).fill(1), labelSmoothing)
      default:
        return age.loss satisfies never
    }
  }
  const weights = weighClasses(counts, classWeights)
  if (task === 'age' && age.target === 'bins' && age.labels !== 'plain') {
    return smoothSpread(spreadAge(age.labels, age.softness), weights, labelSmoothing)
  }
  return smoothPlainly(weights, labelSmoothing)
}
