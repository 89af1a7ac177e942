import type { PairedFigures } from '#shared/contract/fairness.contract.ts'
import { defaultMarginOf } from '#shared/domain/fairness-metrics.ts'
import type { CompareOptions } from '#engine/assessment/metrics/domain/compare-groups.ts'
import { compareSystems, type SystemComparison } from '#engine/assessment/metrics/domain/compare-systems.ts'
import { meanMetric, shareMetric } from '#engine/assessment/metrics/domain/sum-metrics.ts'

/** Answers of two systems to the same labelled images, all arrays `[n]`. */
export interface PairedTask {
  /** Where each image stands among those of the first system's records. */
  readonly images: Int32Array
  readonly labelled: Int16Array
  readonly first: Int16Array
  /** -1 where no face was found or the answer is no label here. */
  readonly second: Int16Array
  /** 1 where the second system found a face. */
  readonly isDetected: Uint8Array
  readonly clusters: Int32Array
  readonly years: {
    readonly labelled: Float64Array
    readonly first: Float64Array
    readonly second: Float64Array
  } | null
}

interface Groups {
  readonly groups: number
  /** `[n]` index of the group, -1 for none. */
  readonly indices: Int32Array
}

type Options = Omit<CompareOptions, 'pairs' | 'influences'>

const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null)

function describe({ a, b, comparison }: SystemComparison, { margin, fewest }: Options): PairedFigures {
  const { n } = a
  const isShown = n >= fewest
  const empty = { value: null, low: null, high: null, n }
  if (comparison === null || !isShown) {
    return {
      a: isShown ? a : empty,
      b: isShown ? b : empty,
      difference: empty,
      p: null,
      adjusted: null,
      verdict: 'not enough data',
      margin,
      smallestSeen: null,
    }
  }
  const { difference, low, high, p, adjusted, verdict, neededN, smallestSeen } = comparison
  const isWanting = verdict === 'not enough data' && smallestSeen > margin && n < neededN
  return {
    a,
    b,
    difference: { value: difference, low: orNull(low), high: orNull(high), n },
    p: orNull(p),
    adjusted: orNull(adjusted),
    verdict,
    margin,
    ...(isWanting ? { neededN } : {}),
    smallestSeen: orNull(smallestSeen),
  }
}

/** The accuracies of two systems over the same images: of all, of those with a face, by group; and errors in years. */
export function comparePaired(
  task: PairedTask,
  { groups, indices }: Groups,
  options: Options,
): {
  readonly all: PairedFigures
  readonly detected: PairedFigures | null
  readonly byGroup: readonly PairedFigures[]
  readonly years: PairedFigures | null
} {
  const n = task.labelled.length
  const { clusters, labelled, isDetected } = task
  const isRight = (at: number): boolean =>
    (at < n ? task.first[at] : task.second[at - n]) === labelled[at % n]
  const accuracy = shareMetric(() => true, isRight)
  const everyone = new Int32Array(n)
  const compareAll = (cells: Int32Array): PairedFigures | null => {
    const [found] = compareSystems({ metric: accuracy, clusters, cells, groups: 1 }, options)
    return found === undefined ? null : describe(found, options)
  }
  const all = compareAll(everyone)
  if (all === null) throw new Error('There is one group of everyone')
  const isLost = isDetected.some((one) => one === 0)
  return {
    all,
    detected: isLost ? compareAll(everyone.map((_, at) => (isDetected[at] === 1 ? 0 : -1))) : null,
    byGroup: compareSystems({ metric: accuracy, clusters, cells: indices, groups }, options).map((one) =>
      describe(one, options),
    ),
    years: compareYears(task, options),
  }
}

/** Mean absolute errors over the images that both give years for. */
function compareYears({ years, clusters }: PairedTask, options: Options): PairedFigures | null {
  if (years === null) return null
  const n = clusters.length
  const errorOf = (at: number): number =>
    Math.abs(
      ((at < n ? years.first[at] : years.second[at - n]) ?? Number.NaN) -
        (years.labelled[at % n] ?? Number.NaN),
    )
  const cells = clusters.map((_, at) => (Number.isNaN(errorOf(at)) || Number.isNaN(errorOf(at + n)) ? -1 : 0))
  const inYears = { ...options, margin: defaultMarginOf('meanAbsoluteError') }
  const [found] = compareSystems(
    { metric: meanMetric(errorOf, 'years'), clusters, cells, groups: 1 },
    inYears,
  )
  return found === undefined || found.a.n === 0 ? null : describe(found, inYears)
}
