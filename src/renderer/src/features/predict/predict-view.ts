import { formatAge, formatCount, formatShare } from '#shared/domain/format.ts'
import { formatCategory } from '#renderer/components/format.ts'
import { taskTitles, tasksForReading } from '#renderer/components/task-words.ts'
import type { Calibration } from '#shared/contract/evaluation.contract.ts'
import { temper } from '#shared/domain/temper.ts'
import type { PredictResponse } from '#shared/contract/prediction.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'

export type FacePrediction = PredictResponse['predictions'][number]['faces'][number]

export interface ProbabilityBar {
  readonly label: string
  readonly probability: number
  readonly isAnswer: boolean
}

export interface TaskBars {
  readonly task: Task
  readonly title: string
  /** The answer in words, as in "26.4 years (20-29)". */
  readonly answer: string
  /** None where the model gives years alone. */
  readonly bars: readonly ProbabilityBar[]
}

/** Age keeps its order; race and gender stand surest first. */
export function describeFace(face: FacePrediction): TaskBars[] {
  return tasksForReading.flatMap((task) => {
    const prediction = face[task]
    if (prediction === null) return []
    const bars = Object.entries(prediction.probabilities ?? {}).map(([label, probability]) => ({
      label: formatCategory(label),
      probability,
      isAnswer: label === prediction.label,
    }))
    const years = task === 'age' ? face.age?.years : undefined
    return [
      {
        task,
        title: taskTitles[task],
        answer: years === undefined ? formatCategory(prediction.label) : formatAge(years, prediction.label),
        bars: task === 'age' ? bars : bars.toSorted((a, b) => b.probability - a.probability),
      },
    ]
  })
}

/** What the answer's probability is by the temperature of its task, and what that stands on; none where it is not known. */
export function describeCalibrated(face: FacePrediction, task: Task, calibration: Calibration): string[] {
  const fitted = calibration?.tasks[task] ?? null
  const prediction = face[task]
  const own = prediction?.probabilities ?? null
  if (calibration === null || prediction === null || own === null) return []
  if (fitted === null) return ['Not calibrated: no temperature could be fitted for this task.']
  const calibrated = temper(own, fitted.temperature)[prediction.label]
  if (calibrated === undefined) return []
  const { temperature, low, high, n } = fitted
  return [
    `Calibrated: ${formatCategory(prediction.label)} ${formatShare(calibrated)} (temperature ${temperature.toFixed(2)}, ${low.toFixed(2)}-${high.toFixed(2)}, fitted on ${formatCount(n)} validation images of split ${calibration.split}, by which the model was chosen too).`,
  ]
}

export interface ComparedAnswer {
  readonly task: Task
  /** With how sure it is, where it says; null where the model does not answer the task. */
  readonly own: string | null
  readonly others: string | null
  readonly isOther: boolean
}

/** The answers of two models to one face, for each task that either of them answers. */
export function compareFaces(face: FacePrediction, other: FacePrediction): ComparedAnswer[] {
  const [first, second] = [describeFace(face), describeFace(other)]
  return tasksForReading.flatMap((task) => {
    const tell = (told: readonly TaskBars[]): string | null => {
      const found = told.find((one) => one.task === task)
      if (found === undefined) return null
      const sure = found.bars.find(({ isAnswer }) => isAnswer)
      return sure === undefined ? found.answer : `${found.answer} ${formatShare(sure.probability)}`
    }
    const [own, others] = [tell(first), tell(second)]
    if (own === null && others === null) return []
    const isOther = own !== null && others !== null && face[task]?.label !== other[task]?.label
    return [{ task, own, others, isOther }]
  })
}

/** The face that is shown: the chosen one, or the largest. */
export function chooseFace(faces: readonly FacePrediction[], chosen: number | null): number {
  if (chosen !== null && chosen < faces.length) return chosen
  const sizes = faces.map(({ box }) => box.width * box.height)
  return Math.max(0, sizes.indexOf(Math.max(...sizes)))
}

/** Small pictures are shown larger, large ones smaller, and each in its own shape. */
export function frameSize(image: { readonly width: number; readonly height: number }): {
  readonly aspectRatio: string
  readonly width: string
} {
  const ratio = image.width / image.height
  return {
    aspectRatio: String(ratio),
    width: `min(100%, ${Math.max(360, image.width)}px, ${(ratio * 52).toFixed(3)}vh)`,
  }
}

export interface BoxPercent {
  readonly left: string
  readonly top: string
  readonly width: string
  readonly height: string
}

function percent(value: number, whole: number): string {
  return `${((value / whole) * 100).toFixed(3)}%`
}

/** A face box in percent of the image, so that it stays put when the picture is scaled. */
export function placeBox(
  box: FacePrediction['box'],
  image: { readonly width: number; readonly height: number },
): BoxPercent {
  return {
    left: percent(box.x, image.width),
    top: percent(box.y, image.height),
    width: percent(box.width, image.width),
    height: percent(box.height, image.height),
  }
}
