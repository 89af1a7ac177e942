import type { ReportDocument } from '#shared/contract/report.contract.ts'
import { readAgeRange } from '#shared/domain/age-range.ts'
import { tasks as allTasks } from '#shared/domain/tasks.ts'
import { PredictionHash } from '#engine/learning/predictions/prediction-hash.ts'
import type { AnswerTable } from './domain/answers-table.ts'
import type { CheckList } from './domain/check-list.ts'

/** The answers are those that the evaluation stored. */
export function checkAnswers(
  { subject }: ReportDocument,
  { images, records }: AnswerTable,
  checks: CheckList,
): void {
  checkLabels(images, records, checks)
  checkYears(images, records, checks)
  checks.check('predictions.csv, images', {
    kind: 'answers',
    what: 'As many images as the report speaks of',
    expected: String(subject.images),
    found: String(images.length),
  })
  if (subject.predictionsSha256 === null) {
    checks.skip('predictions.csv, hash', {
      what: 'Hash of the answers',
      why: 'the evaluation is of an older version, which recorded none',
    })
    return
  }
  const digest = new PredictionHash()
  for (const task of allTasks) {
    const own = records.get(task)
    if (own === undefined) continue
    images.forEach(({ imageId }, at) => {
      const labelled = own.labelled[at] ?? -1
      const years = own.years?.predicted[at] ?? Number.NaN
      const probabilities = own.probabilities?.slice(at * own.labels.length, (at + 1) * own.labels.length)
      const hasNone = probabilities === undefined || Number.isNaN(probabilities[0])
      digest.add({
        task,
        imageId,
        labelled: labelled < 0 ? null : labelled,
        predicted: own.predicted[at] ?? -1,
        years: Number.isNaN(years) ? null : years,
        probabilities: hasNone ? new Uint8Array() : new Uint8Array(probabilities.buffer),
      })
    })
  }
  checks.check('predictions.csv, hash', {
    kind: 'answers',
    what: 'The answers are those that the evaluation stored',
    expected: subject.predictionsSha256,
    found: digest.read(),
  })
}

/** By which group an image counts is what it is labelled, wherever the model knows that label. */
function checkLabels(
  images: AnswerTable['images'],
  records: AnswerTable['records'],
  checks: CheckList,
): void {
  for (const [task, { labels, labelled, groupings }] of records) {
    const { groups, indices } = groupings[task]
    const odd = images.findIndex((_, at) => {
      const label = labels[labelled[at] ?? -1]
      return label !== undefined && label !== groups[indices[at] ?? -1]
    })
    checks.check(`predictions.csv, ${task}`, {
      kind: 'answers',
      what: 'An image counts in the group that it is labelled',
      expected: 'every image',
      found: odd < 0 ? 'every image' : `not image ${images[odd]?.imageId ?? ''}`,
    })
  }
}

/** An age in years that does not lie in the group the image counts in would be another label, which no hash holds. */
function checkYears(images: AnswerTable['images'], records: AnswerTable['records'], checks: CheckList): void {
  const [first] = records.values()
  const odd = images.find(({ ageYears }, at) => {
    const { groups = [], indices = [] } = first?.groupings.age ?? {}
    const range = readAgeRange({ ageYears: null, ageBin: groups[indices[at] ?? -1] ?? null })
    if (ageYears === null || range === null) return false
    return Math.floor(ageYears) < range.from || Math.floor(ageYears) > range.to
  })
  checks.check('predictions.csv, age_years', {
    kind: 'answers',
    what: 'Years lie in the group of ages that an image counts in',
    expected: 'every image',
    found: odd === undefined ? 'every image' : `not image ${odd.imageId}`,
  })
}
