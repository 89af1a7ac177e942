import type { AgeReadOut } from '#shared/domain/age-read-out.ts'
import { tasks, type Task } from '#shared/domain/tasks.ts'
import { readPredictions, type ImagePrediction } from '#engine/learning/predictions/read-predictions.ts'
import {
  encodeLabels,
  listSchemeLabels,
  type ModelLabels,
} from '#engine/networks/architecture/model-labels.ts'
import type { MemberImage } from '#engine/data/members/member-images.ts'
import type { TaskAnswers } from '#engine/assessment/evaluation/domain/evaluate-task.ts'
import type { GroupedImages } from '#engine/assessment/metrics/domain/measure.ts'

export interface Judged {
  /** In the order of the tasks. */
  readonly answers: ReadonlyMap<Task, TaskAnswers>
  /** One per image and task. */
  readonly predictions: readonly ImagePrediction[]
}

/** By what the images are labelled in their split, whatever the model predicts and was trained on. */
function groupImages(images: readonly MemberImage[]): GroupedImages[] {
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

type AnsweringModel = { readonly labels: ModelLabels; readonly ageReadOut: AgeReadOut }

/** From the numbers of a model's heads, `[images, numbers]` each, to answers beside labels. */
export function judgeImages(
  images: readonly MemberImage[],
  model: AnsweringModel,
  heads: ReadonlyMap<Task, Float32Array>,
): Judged {
  const predictions = readPredictions(images, model, heads)
  return { answers: gatherAnswers(images, model, predictions), predictions }
}

/** @param predictions one per image and task, for each task in the order of the images */
export function gatherAnswers(
  images: readonly MemberImage[],
  model: AnsweringModel,
  predictions: readonly Pick<ImagePrediction, 'task' | 'labelled' | 'predicted' | 'years'>[],
): ReadonlyMap<Task, TaskAnswers> {
  const groupings = groupImages(images)
  const answers = new Map<Task, TaskAnswers>()
  for (const task of tasks) {
    const labels = model.labels[task]
    const read = predictions.filter((one) => one.task === task)
    if (labels === null || read.length === 0) continue
    answers.set(task, {
      labels,
      labelled: read.map(({ labelled }) => labelled ?? -1),
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
  return answers
}
