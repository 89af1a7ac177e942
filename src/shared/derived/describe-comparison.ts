import type { PairedFigures } from '#shared/contract/fairness.contract.ts'
import { formatCount } from '#shared/domain/format.ts'
import type { Estimate } from '#shared/domain/intervals.ts'
import { describePairVerdict, formatFigure, formatFigureBounds } from './describe-fairness.ts'

const metricOf = { share: 'accuracy', years: 'meanAbsoluteError' } as const

/** A difference of two systems in words: with its corrected interval, and its verdict. */
export function describePaired(
  figures: PairedFigures,
  unit: keyof typeof metricOf,
): { readonly difference: string; readonly verdict: string; readonly sentence: string } {
  const metric = metricOf[unit]
  const { difference, a, b } = figures
  const write = (one: Estimate): string => formatFigure(one.value, metric)
  const text =
    difference.value === null
      ? ''
      : `${formatFigure(difference.value, metric, 'signed')} ${formatFigureBounds(difference, metric, 'signed')}`.trim()
  const verdict =
    difference.value === null
      ? 'counts only'
      : describePairVerdict({ ...figures, difference: difference.value }, metric)
  return {
    difference: text,
    verdict,
    sentence: `Mean absolute error: ${write(a)} and ${write(b)}, ${text}, n = ${formatCount(a.n)}: ${verdict}.`,
  }
}
