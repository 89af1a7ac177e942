/** What the figures of groups come to, by Fairlearn's definitions. */
export interface Aggregate {
  readonly min: number
  readonly max: number
  /** Largest less smallest, and the largest distance of a group to the figure of everyone. */
  readonly difference: number
  readonly differenceToOverall: number
  /** Smallest over largest, and the smallest of each group's ratio to the figure of everyone, whichever way is below 1. */
  readonly ratio: number
  readonly ratioToOverall: number
  /** Groups whose figure is not defined; they are left out, where Fairlearn takes a missing rate for 0. */
  readonly undefinedGroups: number
}

/** @param values of groups; @param overall the figure of everyone */
export function aggregateGroups(values: readonly number[], overall: number): Aggregate {
  const defined = values.filter((value) => !Number.isNaN(value))
  const none = defined.length === 0
  const min = none ? Number.NaN : Math.min(...defined)
  const max = none ? Number.NaN : Math.max(...defined)
  const below = (ratio: number): number => (ratio > 1 ? 1 / ratio : ratio)
  return {
    min,
    max,
    difference: max - min,
    differenceToOverall: none ? Number.NaN : Math.max(...defined.map((value) => Math.abs(value - overall))),
    ratio: min / max,
    ratioToOverall: none ? Number.NaN : Math.min(...defined.map((value) => below(value / overall))),
    undefinedGroups: values.length - defined.length,
  }
}

/**
 * Equalized odds: the larger of the differences of true and false positive rates, and the smaller of their ratios
 * (Hardt et al. 2016, as Fairlearn has it).
 */
export function equalizeOdds(truePositive: Aggregate, falsePositive: Aggregate) {
  return {
    difference: Math.max(truePositive.difference, falsePositive.difference),
    ratio: Math.min(truePositive.ratio, falsePositive.ratio),
  }
}
