import type { Estimate } from '#shared/domain/intervals.ts'
import type { GroupEstimate } from '#shared/contract/evaluation.contract.ts'

export type Grouping = GroupEstimate['grouping']

/** One labelling of the same images into groups: an index into `groups` per image, -1 where unknown. */
export interface GroupedImages {
  readonly grouping: Grouping
  readonly groups: readonly string[]
  readonly indices: readonly number[]
}

/** Figures of a sample in which item i stands `weights[i]` times; NaN where one is not defined. */
export type Figures = (weights: Int32Array) => readonly number[]

/** What is measured of a sample: figures that can be computed of any resample too, and the result they stand in. */
export interface Measure<Result> {
  readonly figures: Figures
  /** @param estimate the figure at an index with its interval, of `n` images; without a value where it is not defined */
  readonly describe: (estimate: (figure: number, n: number) => Estimate) => Result
}
