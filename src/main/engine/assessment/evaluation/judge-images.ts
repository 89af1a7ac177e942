import type { AgeReadOut } from '#shared/domain/age-read-out.ts'
import { tasks, type Task } from '#shared/domain/tasks.ts'
import {
  encodeLabels,
  findSchemeOf,
  listSchemeLabels,
  type ModelLabels,
} from '#engine/networks/architecture/model-labels.ts'
import { readAge } from '#engine/networks/architecture/read-age.ts'
import { argMax, softmax } from '#engine/networks/architecture/softmax.ts'
import type { SplitImage } from '#engine/learning/training/training-data.service.ts'
import type { TaskAnswers } from '#engine/assessment/evaluation/domain/evaluate-task.ts'
import type { GroupedImages } from '#engine/assessment/evaluation/domain/measure.ts'
import type { NewPrediction } from './evaluation.repo.ts'

export interface Judged {
  /** In the order of the tasks. */
  readonly answers: ReadonlyMap<Task, TaskAnswers>
  /** One per image and task. */
  readonly predictions: readonly NewPrediction[]
}

interface ImageAnswer {
  readonly predicted: number
  readonly years: number | null
  readonly probabilities: readonly number[] | null
}

function readAnswer(row: Float32Array, task: Task, ageReadOut: AgeReadOut): ImageAnswer {
  if (task !== 'age') return { predicted: argMax(row), years: null, probabilities: softmax(row) }
  const { bin, years, probabilities } = readAge(row, ageReadOut)
  return { predicted: bin, years, probabilities }
}

/** By what the images are labelled in their split, whatever the model predicts and was trained on. */
function groupImages(images: readonly SplitImage[]): GroupedImages[] {
  const scheme = images[0]?.scheme ?? 'fairface7'
  const offered = listSchemeLabels(scheme)
  const indices = images.map((image) => encodeLabels(image, { labels: offered, scheme }))
  return (['race', 'gender', 'age'] as const)
    .map((grouping): GroupedImages => ({
      grouping,
      groups: offered[grouping],
      indices: indices.map((index) => index[grouping]),
    }))
    .filter((grouped) => grouped.indices.some((group) => group >= 0))
}

/** From the numbers of a model's heads, `[images, numbers]` each, to answers beside labels. */
export function judgeImages(
  images: readonly SplitImage[],
  model: { readonly labels: ModelLabels; readonly ageReadOut: AgeReadOut },
  heads: ReadonlyMap<Task, Float32Array>,
): Judged {
  const scheme = findSchemeOf(model.labels)
  const indices = images.map((image) => encodeLabels(image, { labels: model.labels, scheme }))
  const groupings = groupImages(images)
  const answers = new Map<Task, TaskAnswers>()
  const predictions: NewPrediction[] = []
  for (const task of tasks) {
    const labels = model.labels[task]
    const numbers = heads.get(task)
    if (labels === null || numbers === undefined) continue
    const width = numbers.length / images.length
    const labelled = indices.map((index) => index[task])
    const read = images.map((_, at) =>
      readAnswer(numbers.subarray(at * width, (at + 1) * width), task, model.ageReadOut),
    )
    images.forEach(({ imageId }, at) => {
      const answer = read[at]
      const label = labelled[at] ?? -1
      if (answer !== undefined) predictions.push(storeAnswer(answer, { imageId, task, label }))
    })
    answers.set(task, {
      labels,
      labelled,
      groupings,
      predicted: read.map(({ predicted }) => predicted),
      ...(task === 'age' ? { areOrdered: true } : {}),
      ...(task === 'age' && model.ageReadOut !== 'class'
        ? {
            years: {
              predicted: read.map(({ years }) => years ?? Number.NaN),
              labelled: images.map(({ ageYears }) => ageYears),
            },
          }
        : {}),
    })
  }
  return { answers, predictions }
}

function storeAnswer(
  { predicted, years, probabilities }: ImageAnswer,
  { imageId, task, label }: { imageId: SplitImage['imageId']; task: Task; label: number },
): NewPrediction {
  return {
    imageId,
    task,
    labelled: label < 0 ? null : label,
    predicted,
    years,
    probabilities: new Uint8Array(Float32Array.from(probabilities ?? []).buffer),
  }
}
