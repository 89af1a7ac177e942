import type { LabelDetail } from '#shared/domain/check-details.ts'
import type { CheckDetail, CheckOf } from '#shared/domain/checks.ts'
import { labelRankings } from '#engine/curation/label-checks/domain/label-quality.ts'
import type { LabelColumns } from './compute-label-checks.ts'
import type { CheckScore } from '#engine/curation/checks/scan-step.ts'

const mostSuggestions = 3
/** Enough for people; the score itself keeps every digit. */
const round = (value: number): number => Math.round(Math.min(1, Math.max(0, value)) * 1e4) / 1e4
const roundYears = (value: number): number => Math.round(value * 10) / 10

function readQuality({ quality }: LabelColumns, image: number): Partial<LabelDetail> {
  if (quality.length === 0) return {}
  const read = (ranking: (typeof labelRankings)[number]): number =>
    round(quality[labelRankings.indexOf(ranking)]?.[image] ?? 0)
  return {
    selfConfidence: read('self_confidence'),
    normalizedMargin: read('normalized_margin'),
    confidenceWeightedEntropy: read('confidence_weighted_entropy'),
  }
}

function readYears(columns: LabelColumns, image: number): Partial<LabelDetail> {
  const off = columns.yearsOff[image]
  if (off === undefined) return {}
  const [years, predicted] = [columns.givenYears[image] ?? NaN, columns.predictedYears[image] ?? NaN]
  return {
    yearsOff: roundYears(off),
    ...(Number.isNaN(years) ? {} : { years: roundYears(years) }),
    ...(Number.isNaN(predicted) ? {} : { predictedYears: roundYears(predicted) }),
  }
}

/** Null where the model agrees with the label: then there is nothing to explain. */
function describeLabel(columns: LabelColumns, image: number): LabelDetail | null {
  const { classes, given, probabilities, flags } = columns
  const label = given[image] ?? 0
  const width = classes.length
  const row = [...(probabilities?.subarray(image * width, (image + 1) * width) ?? [])]
  const own = row[label]
  if (flags[image] !== 1 && own !== undefined && row.every((p) => p <= own)) return null
  const others = row
    .map((probability, index) => ({ label: classes[index] ?? '', probability: round(probability), index }))
    .filter(({ index }) => index !== label)
    .sort((a, b) => b.probability - a.probability)
  return {
    given: classes[label] ?? '',
    suggested: others.slice(0, mostSuggestions).map(({ index: _index, ...one }) => one),
    ...(own === undefined ? {} : { probability: round(own) }),
    ...readQuality(columns, image),
    ...readYears(columns, image),
  }
}

export type LabelCheck = CheckOf<'labels'>

/** Null where there is nothing to explain. */
const describers: {
  readonly [Check in LabelCheck]: (columns: LabelColumns, image: number) => CheckDetail<Check> | null
} = { 'label-race': describeLabel, 'label-gender': describeLabel, 'label-age': describeLabel }

/** Scores in ascending order of the images. */
export function* listLabelScores(
  check: LabelCheck,
  columns: LabelColumns,
): Generator<CheckScore<LabelCheck>, void, void> {
  for (const [image, imageId] of columns.imageIds.entries()) {
    yield {
      imageId,
      score: columns.scores[image] ?? 0,
      isFlagged: columns.flags[image] === 1,
      groupId: null,
      detail: describers[check](columns, image),
    }
  }
}
