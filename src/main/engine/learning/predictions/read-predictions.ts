import type { ImageId } from '#shared/contract/base.contract.ts'
import type { AgeReadOut } from '#shared/domain/age-read-out.ts'
import { tasks, type Task } from '#shared/domain/tasks.ts'
import type { MemberImage } from '#engine/data/members/member-images.ts'
import { encodeLabels, findSchemeOf, type ModelLabels } from '#engine/networks/architecture/model-labels.ts'
import { readAge } from '#engine/networks/architecture/read-age.ts'
import { argMax, softmax } from '#engine/networks/architecture/softmax.ts'

/** A model's answer to one image beside its label. */
export interface ImagePrediction {
  readonly imageId: ImageId
  readonly task: Task
  /** Null where the label is missing, or the model knows no such class. */
  readonly labelled: number | null
  readonly predicted: number
  /** Null for other tasks than age, and for models of bins. */
  readonly years: number | null
  /** Float32, little-endian, in the order of the model's labels; empty where the model gives years alone. */
  readonly probabilities: Uint8Array
}

function readAnswer(row: Float32Array, task: Task, ageReadOut: AgeReadOut) {
  if (task !== 'age') return { predicted: argMax(row), years: null, probabilities: softmax(row) }
  const { bin, years, probabilities } = readAge(row, ageReadOut)
  return { predicted: bin, years, probabilities }
}

/** From the numbers of a model's heads, `[images, numbers]` each, to one answer per image and task. */
export function readPredictions(
  images: readonly MemberImage[],
  { labels, ageReadOut }: { readonly labels: ModelLabels; readonly ageReadOut: AgeReadOut },
  heads: ReadonlyMap<Task, Float32Array>,
): ImagePrediction[] {
  const scheme = findSchemeOf(labels)
  const indices = images.map((image) => encodeLabels(image, { labels, scheme }))
  return tasks.flatMap((task) => {
    const numbers = heads.get(task)
    if (labels[task] === null || numbers === undefined) return []
    const width = numbers.length / images.length
    return images.map(({ imageId }, at): ImagePrediction => {
      const row = numbers.subarray(at * width, (at + 1) * width)
      const { predicted, years, probabilities } = readAnswer(row, task, ageReadOut)
      const label = indices[at]?.[task] ?? -1
      return {
        imageId,
        task,
        labelled: label < 0 ? null : label,
        predicted,
        years,
        probabilities: new Uint8Array(Float32Array.from(probabilities ?? []).buffer),
      }
    })
  })
}
