import type {
  ChangeKind,
  SensitivityComparison,
  SensitivityResult,
} from '../contract/sensitivity.contract.ts'
import { formatCount, formatPercent } from '../domain/format.ts'

/** The title of the job that measures it. */
export const titleSensitivity = (evaluationId: number): string => `Sensitivity of evaluation ${evaluationId}`

export const changeTitles: Readonly<Record<ChangeKind, string>> = {
  crop: 'Crop',
  brightness: 'Brightness',
  flip: 'Mirrored',
}

/** What a gap between groups is beside the one that chance gives. */
export function describeSensitivityGap(
  gap: SensitivityComparison['flipsGap'],
  unit: 'share' | 'years',
): string {
  if (gap === null)
    return 'No gap of chance: fewer than two groups have 30 images, none of them has changes, or the people of one cannot change places with others.'
  const show = (value: number): string =>
    unit === 'share' ? `${formatPercent(value)} points` : `${value.toFixed(2)} years`
  const verdict = gap.adjusted <= 0.05 ? 'groups differ' : 'not enough data to tell groups apart'
  return `${show(gap.observed)} apart, by chance ${show(gap.expectedByChance)} (95% of the time below ${show(gap.highByChance)}), corrected p ${gap.adjusted.toPrecision(2)}: ${verdict}.`
}

/** Of what the figures are. */
export function describeMeasured({ images, split, part, model, choices }: SensitivityResult): string {
  const which = choices.perGroup === null ? '' : `, at most ${formatCount(choices.perGroup)} of each race`
  return `${model} on ${split}, ${part}: ${formatCount(images)} images${which}.`
}
