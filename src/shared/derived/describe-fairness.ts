import type { FairnessResult, GroupLabels, PairFigure } from '#shared/contract/fairness.contract.ts'
import { fairnessMetrics, fewestForFigure, type FairnessMetric } from '#shared/domain/fairness-metrics.ts'
import { formatCount } from '#shared/domain/format.ts'

type Sign = 'signed' | 'unsigned'

/** A figure in its metric's unit: "71.4%", "5.21 years", "-0.21 years per year"; differences of shares in points. */
export function formatFigure(value: number | null, metric: FairnessMetric, sign: Sign = 'unsigned'): string {
  if (value === null) return '–'
  return `${formatNumber(value, metric, sign)}${nameUnit(metric, sign)}`
}

function formatNumber(value: number, metric: FairnessMetric, sign: Sign): string {
  const { unit } = fairnessMetrics[metric]
  const text = unit === 'share' ? (value * 100).toFixed(1) : value.toFixed(unit === 'years' ? 2 : 3)
  return sign === 'signed' && value > 0 ? `+${text}` : text
}

function nameUnit(metric: FairnessMetric, sign: Sign): string {
  const { unit } = fairnessMetrics[metric]
  if (unit !== 'share') return ` ${unit}`
  return sign === 'signed' ? ' points' : '%'
}

/** "(70.5 to 72.3)", or nothing where there is no interval. */
export function formatFigureBounds(
  { low, high }: { readonly low: number | null; readonly high: number | null },
  metric: FairnessMetric,
  sign: Sign = 'unsigned',
): string {
  if (low === null || high === null) return ''
  return `(${formatNumber(low, metric, sign)} to ${formatNumber(high, metric, sign)})`
}

export const nameGroup = (group: GroupLabels): string => Object.values(group).join(', ')

/** The largest difference between groups, with the interval of that pair. */
export function describeAggregate({ aggregate, metric, groups }: FairnessResult): string {
  if (aggregate === null || aggregate.difference === null) {
    return `Fewer than two groups have the ${fewestForFigure} images that a figure wants: there is no gap to speak of.`
  }
  const left = groups.filter(({ n }) => n > 0 && n < fewestForFigure).length
  const undefinedGroups =
    aggregate.undefinedGroups === 0 ? '' : ` In ${formatCount(aggregate.undefinedGroups)} it is not defined.`
  const leftOut = left === 0 ? '' : ` ${formatCount(left)} smaller ones are left out.`
  return `Between ${formatCount(aggregate.groups)} groups with ${fewestForFigure} images or more: ${formatFigure(aggregate.difference, metric, 'signed').replace('+', '')} apart ${formatFigureBounds(aggregate, metric)}, ratio ${aggregate.ratio === null ? 'not defined' : aggregate.ratio.toFixed(3)}.${leftOut}${undefinedGroups}`.replaceAll(
    '  ',
    ' ',
  )
}

/** The gap beside the one that chance alone would give. */
export function describeGapByChance({
  gap,
  unshuffled,
  metric,
  draws,
  aggregate,
}: Pick<FairnessResult, 'gap' | 'unshuffled' | 'metric' | 'draws' | 'aggregate'>): string {
  if (unshuffled.length > 0) {
    return `What chance alone would give is not told: labels are shuffled among people with about as many images, and of ${unshuffled.map(nameGroup).join('; ')} fewer than half have a counterpart in another group.`
  }
  if (gap === null) {
    return aggregate === null || draws.count > 0
      ? ''
      : 'Part of this gap is chance; how large a part was not asked for.'
  }
  const points = (value: number): string => formatFigure(value, metric, 'signed').replace('+', '')
  return `Chance alone would give ${points(gap.expectedByChance)} (95% of the time below ${points(gap.highByChance)}); p = ${gap.p.toPrecision(2)}.`
}

/** A verdict in words; "no significant difference" is none. */
export function describePairVerdict(
  pair: Pick<PairFigure, 'verdict' | 'margin' | 'neededN' | 'smallestSeen' | 'difference'>,
  metric: FairnessMetric,
): string {
  const points = (value: number): string => formatFigure(value, metric, 'signed').replace('+', '')
  switch (pair.verdict) {
    case 'differs':
      return 'differs'
    case 'alike':
      return `alike within ${points(pair.margin)}`
    case 'not enough data':
      if (pair.smallestSeen === null) {
        return 'not enough data: the people of one of them are all alike, which does not tell its spread'
      }
      if (pair.smallestSeen <= pair.margin) {
        return `not enough data: a difference of ${points(pair.margin)} would have shown, but whether the true one lies within ${points(pair.margin)} these do not tell`
      }
      return `not enough data${pair.neededN === undefined ? '' : `: ${formatCount(pair.neededN)} images in each would show ${points(pair.margin)}`}; these could have shown ${points(pair.smallestSeen)}`
  }
  return pair.verdict satisfies never
}
