import type { SamePersonResult } from '#shared/contract/fairness.contract.ts'
import { formatConfidence, formatCount } from '#shared/domain/format.ts'
import type { Correction } from '#engine/assessment/metrics/domain/correct-family.ts'
import type { TaskRecords } from '#engine/assessment/metrics/domain/records.ts'
import type { SumMetric } from '#engine/assessment/metrics/domain/sum-metrics.ts'

const corrections: Readonly<Record<Correction, string>> = {
  holm: 'corrected by Holm for the family of all pairs',
  'benjamini-hochberg':
    'corrected by Benjamini and Hochberg: for exploring, since one in twenty of those that differ may be chance',
  none: 'not corrected for their number',
}

const intervalWords: Readonly<Record<SumMetric['kind'], string>> = {
  share: 'Wilson intervals with the number of independent images that the pictures of these people are worth',
  mean: 'intervals by the variance between people',
  smooth: 'intervals by the delta method over people',
  rough:
    'basic bootstrap over people, none where resampling moves a figure by more than it spreads it or a group is one person',
}

/** How intervals and differences were made. */
export function describeMethod(
  { kind }: Pick<SumMetric, 'kind'>,
  {
    intervals,
    confidence,
    correction,
    draws,
    seed,
  }: {
    intervals: 'each' | 'simultaneous'
    confidence: number
    correction: Correction
    draws: number
    seed: number
  },
): string {
  const percent = formatConfidence(confidence)
  const level = `${percent} for ${intervals === 'each' ? 'each group by itself' : 'all groups together'}`
  const pairs =
    kind === 'rough'
      ? 'Pairs are not compared by this metric.'
      : `Pairs of groups at ${percent}, ${corrections[correction]}.`
  const chance =
    draws === 0
      ? 'The gap that chance gives was not asked for.'
      : `The gap that chance gives: labels of whole people shuffled ${formatCount(draws)} times, seed ${seed}.`
  return `${level}: ${intervalWords[kind]}. ${pairs} ${chance}`
}

/** What a reader should know of whose pictures these are. */
export function noteRecords({ clusters }: Pick<TaskRecords, 'clusters'>): string[] {
  const people = new Set(clusters).size
  return people === clusters.length
    ? [`No person and no picture is known to repeat among these ${formatCount(people)} images.`]
    : [
        `${formatCount(clusters.length)} images of ${formatCount(people)} people or sets of copies: these, not images, are what is sampled.`,
      ]
}

/** Where it is known from who is in the images. */
export function describeKnown({ dataset, inferred, unknown }: SamePersonResult['people']): string {
  const parts = [
    ...(dataset > 0 ? [`of ${formatCount(dataset)} images the data set names the person`] : []),
    ...(inferred > 0 ? [`of ${formatCount(inferred)} the person was inferred from faces`] : []),
    ...(unknown > 0 ? [`${formatCount(unknown)} are of nobody known and count nowhere`] : []),
  ].join(', ')
  return `Who is the same person: ${parts}.`
}
