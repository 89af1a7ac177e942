import type { Estimate } from '#shared/domain/intervals.ts'
import type { YearsEvaluation } from '#shared/contract/evaluation.contract.ts'
import { YearsSums } from '#engine/networks/tallies/domain/years-sums.ts'
import type { GroupedImages, Measure } from './measure.ts'

export interface YearsAnswers {
  /** Predicted years per image. */
  readonly predicted: readonly number[]
  /** Exact labelled years per image; null where a bin alone, or nothing, is known. */
  readonly labelled: readonly (number | null)[]
  readonly groupings: readonly GroupedImages[]
  /** Images labelled with a bin alone. */
  readonly binAlone: number
}

/** Below so many images a group has its count alone. */
const fewestForEstimate = 30
const scoredYears = 5

interface Errors {
  /** Positions of the images with an exact age. */
  readonly images: Int32Array
  /** Predicted minus labelled, in the order of `images`. */
  readonly errors: Float64Array
  readonly ages: Float64Array
  /** Indices into `images`, smallest absolute error first. */
  readonly ascending: Int32Array
}

function findErrors({ predicted, labelled }: YearsAnswers): Errors {
  const images = Int32Array.from(labelled.flatMap((years, image) => (years === null ? [] : [image])))
  const ages = Float64Array.from(images, (image) => labelled[image] ?? Number.NaN)
  const errors = Float64Array.from(images, (image, at) => (predicted[image] ?? 0) - (ages[at] ?? 0))
  const ascending = Int32Array.from(errors.keys()).sort(
    (a, b) => Math.abs(errors[a] ?? 0) - Math.abs(errors[b] ?? 0) || a - b,
  )
  return { images, errors, ages, ascending }
}

/** The middle of the absolute errors, the mean of both middle ones where their number is even. */
function findMedian({ images, errors, ascending }: Errors, weights: Int32Array, n: number): number {
  const [lower, upper] = [Math.floor((n - 1) / 2), Math.floor(n / 2)]
  let seen = 0
  let low = Number.NaN
  for (const at of ascending) {
    seen += weights[images[at] ?? 0] ?? 0
    const size = Math.abs(errors[at] ?? 0)
    if (Number.isNaN(low) && seen > lower) low = size
    if (seen > upper) return (low + size) / 2
  }
  return Number.NaN
}

/** In the order mean absolute, median absolute, root mean square, bias, within 5, slope. */
function measureAll(all: Errors, weights: Int32Array): number[] {
  const { images, errors, ages } = all
  const sums = new YearsSums()
  let [within, age, ageSquare, product] = [0, 0, 0, 0]
  for (let at = 0; at < images.length; at++) {
    const weight = weights[images[at] ?? 0] ?? 0
    const error = errors[at] ?? 0
    const years = ages[at] ?? 0
    sums.add(error, weight)
    if (Math.abs(error) <= scoredYears) within += weight
    age += weight * years
    ageSquare += weight * years * years
    product += weight * years * error
  }
  const { n, sum, meanAbsolute, rootMeanSquare, bias } = sums
  const spread = n * ageSquare - age * age
  const slope = spread > 0 ? (n * product - age * sum) / spread : Number.NaN
  return [meanAbsolute, findMedian(all, weights, n), rootMeanSquare, bias, within / n, slope]
}

/** Mean absolute error and bias of every group of one grouping, one after the other. */
function measureGroups({ images, errors }: Errors, grouped: GroupedImages, weights: Int32Array): number[] {
  const sums = grouped.groups.map(() => new YearsSums())
  const { indices } = grouped
  for (let at = 0; at < images.length; at++) {
    const image = images[at] ?? 0
    sums[indices[image] ?? -1]?.add(errors[at] ?? 0, weights[image] ?? 0)
  }
  return sums.flatMap(({ meanAbsolute, bias }) => [meanAbsolute, bias])
}

function countMembers({ images }: Errors, { indices, groups }: GroupedImages): number[] {
  const counts = groups.map(() => 0)
  for (const image of images) {
    const group = indices[image] ?? -1
    if (counts[group] !== undefined) counts[group]++
  }
  return counts
}

const figuresOverall = 6
const figuresPerGroup = 2

/** Errors in years as a whole and by group. */
export function measureYears(answers: YearsAnswers): Measure<YearsEvaluation> {
  const { groupings, binAlone } = answers
  const all = findErrors(answers)
  const n = all.images.length
  const groups = groupings.flatMap((grouped) => {
    const counts = countMembers(all, grouped)
    const { grouping } = grouped
    return grouped.groups.map((group, index) => ({ grouping, group, members: counts[index] ?? 0 }))
  })
  return {
    figures: (weights) => [
      ...measureAll(all, weights),
      ...groupings.flatMap((grouped) => measureGroups(all, grouped, weights)),
    ],
    describe: (estimate) => ({
      meanAbsoluteError: estimate(0, n),
      medianAbsoluteError: estimate(1, n),
      rootMeanSquareError: estimate(2, n),
      bias: estimate(3, n),
      within5: estimate(4, n),
      errorSlope: estimate(5, n),
      byGroup: groups.map(({ grouping, group, members }, index) => {
        const first = figuresOverall + index * figuresPerGroup
        const estimateGroup = (figure: number): Estimate =>
          members < fewestForEstimate
            ? { value: null, low: null, high: null, n: members }
            : estimate(figure, members)
        return {
          grouping,
          group,
          meanAbsoluteError: estimateGroup(first),
          bias: estimateGroup(first + 1),
        }
      }),
      binAlone,
    }),
  }
}
