import type { GroupYears, YearsEvaluation } from '#shared/contract/evaluation.contract.ts'
import { formatCount, formatEstimate, formatYears, scaleEstimate } from '#shared/domain/format.ts'
import type { Grouping } from './evaluate-view.ts'

export interface NamedFigure {
  readonly term: string
  readonly value: string
  readonly note?: string
}

/** The errors in years as a whole, each with its interval and n. */
export function describeYears(years: YearsEvaluation): NamedFigure[] {
  const { errorSlope, binAlone } = years
  const perDecade = scaleEstimate(errorSlope, 10)
  return [
    { term: 'Mean absolute error', value: formatYears(years.meanAbsoluteError) },
    { term: 'Median absolute error', value: formatYears(years.medianAbsoluteError) },
    { term: 'Root mean square error', value: formatYears(years.rootMeanSquareError) },
    {
      term: 'Bias',
      value: formatYears(years.bias, 'signed'),
      note: 'above 0: taken for older than labelled',
    },
    { term: 'At most 5 years off', value: formatEstimate(years.within5) },
    {
      term: 'Bias per 10 years of age',
      value: formatYears(perDecade, 'signed'),
      note: 'below 0: the old are taken for younger, the young for older',
    },
    ...(binAlone === 0
      ? []
      : [{ term: 'Left out', value: `${formatCount(binAlone)} images with an age bin but no years` }]),
  ]
}

export function yearsOfGrouping(years: YearsEvaluation, grouping: Grouping): GroupYears[] {
  return years.byGroup.filter((group) => group.grouping === grouping)
}
