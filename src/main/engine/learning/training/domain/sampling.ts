import type { TrainConfig } from '#shared/contract/train-config.contract.ts'
import { tasks, type Task } from '#shared/domain/tasks.ts'
import { createRandom } from '#engine/base/kernel/random.ts'

/** How often each image of the training part comes into an epoch. */
export interface Sampling {
  readonly withReplacement: boolean
  /**
   * Per image. Without replacement: how often it comes, whole repeats always and the fraction by lot. With replacement:
   * its share among all, in any unit.
   */
  readonly weights: Float64Array
}

/** An image's labels in the words of the run; null where missing. */
export type LabelWords = Readonly<Record<Task, string | null>>

type SamplingConfig = Pick<TrainConfig, 'sampler' | 'oversampling'>

/** Missing labels form cells of their own. */
function nameCell(words: LabelWords, by: SamplingConfig['sampler']['by']): string {
  return JSON.stringify((by === 'cell' ? tasks : [by]).map((task) => words[task]))
}

function weighCells(images: readonly LabelWords[], sampler: SamplingConfig['sampler']): Float64Array {
  const cells = images.map((words) => nameCell(words, sampler.by))
  const counts = new Map<string, number>()
  for (const cell of cells) counts.set(cell, (counts.get(cell) ?? 0) + 1)
  const power = sampler.kind === 'balanced' ? -1 : -0.5
  return Float64Array.from(cells, (cell) => (counts.get(cell) ?? 1) ** power)
}

/**
 * Weighs each image by the sampler and by what is oversampled; factors of an image that is in several oversampled
 * classes multiply. `balanced` gives each cell the same share of an epoch, `inverse-sqrt` a share that grows with the
 * root of its images.
 */
export function planSampling(images: readonly LabelWords[], config: SamplingConfig): Sampling {
  const { sampler, oversampling } = config
  const withReplacement = sampler.kind !== 'shuffle'
  const weights = withReplacement ? weighCells(images, sampler) : new Float64Array(images.length).fill(1)
  for (const { task, label, factor } of oversampling) {
    images.forEach((words, index) => {
      if (words[task] === label) weights[index] = (weights[index] ?? 0) * factor
    })
  }
  return { withReplacement, weights }
}

/** What a reader of the run should know of how images are drawn, one sentence each. */
export function noteSampling(images: readonly LabelWords[], config: SamplingConfig): string[] {
  const { sampler, oversampling } = config
  const notes = oversampling.map(({ task, label, factor }) => {
    const found = images.filter((words) => words[task] === label).length
    return found === 0
      ? `No training image is labelled ${label} (${task}): there is nothing to oversample.`
      : `Images labelled ${label} (${task}) are drawn ${factor} times as often: ${found} of ${images.length}.`
  })
  if (sampler.kind === 'shuffle') return notes
  const cells = new Set(images.map((words) => nameCell(words, sampler.by))).size
  const share = sampler.kind === 'balanced' ? 'equal shares' : 'shares by the root of their images'
  return [
    ...notes,
    `Each epoch draws ${images.length} images with replacement, ${cells} cells in ${share}: rare images come again and again, others not at all.`,
  ]
}

/** Every image once. */
export const sampleOnce = (images: number): Sampling => ({
  withReplacement: false,
  weights: new Float64Array(images).fill(1),
})

/** Images of equal weight, in their order. */
function groupByWeight(weights: Float64Array): Map<number, number[]> {
  const groups = new Map<number, number[]>()
  weights.forEach((weight, index) => {
    const group = groups.get(weight)
    if (group === undefined) groups.set(weight, [index])
    else group.push(index)
  })
  return groups
}

/** Of a group of `images` that come `weight` times each: the draws that an epoch makes, the same in every epoch. */
const countDraws = (images: number, weight: number): number =>
  images * Math.floor(weight) + Math.round(images * (weight - Math.floor(weight)))

/** Images in one epoch; with replacement as many as the training part has. */
export function countEpochImages({ withReplacement, weights }: Sampling): number {
  if (withReplacement) return weights.length
  return Array.from(groupByWeight(weights)).reduce(
    (sum, [weight, group]) => sum + countDraws(group.length, weight),
    0,
  )
}

function drawWithReplacement(weights: Float64Array, random: ReturnType<typeof createRandom>): Int32Array {
  const ends = new Float64Array(weights.length)
  let total = 0
  weights.forEach((weight, index) => {
    total += weight
    ends[index] = total
  })
  return Int32Array.from({ length: weights.length }, () => {
    const at = random.float() * total
    let [low, high] = [0, weights.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((ends[middle] ?? 0) > at) high = middle
      else low = middle + 1
    }
    return low
  })
}

function repeatImages(weights: Float64Array, random: ReturnType<typeof createRandom>): Int32Array {
  const order: number[] = []
  for (const [weight, group] of groupByWeight(weights)) {
    const repeats = Math.floor(weight)
    for (const index of group) for (let repeat = 0; repeat < repeats; repeat++) order.push(index)
    const extra = countDraws(group.length, weight) - group.length * repeats
    if (extra > 0) for (const index of random.shuffle([...group]).slice(0, extra)) order.push(index)
  }
  return Int32Array.from(order.sort((a, b) => a - b))
}

/**
 * The images of one epoch in their order, by index. It depends on its arguments alone, so a resumed epoch continues as
 * it began.
 */
export function orderEpoch(sampling: Sampling, { seed, epoch }: { seed: number; epoch: number }): Int32Array {
  const { withReplacement, weights } = sampling
  if (withReplacement) return drawWithReplacement(weights, createRandom(seed, ['draws', epoch]))
  const images = repeatImages(weights, createRandom(seed, ['repeats', epoch]))
  return createRandom(seed, ['order', epoch]).shuffle(images)
}
