import type { EpochRecord, ValidationResult } from '#shared/contract/run.contract.ts'
import { estimateProportion } from '#shared/domain/intervals.ts'
import { tasks, type Task } from '#shared/domain/tasks.ts'
import { argMax, crossEntropy } from '#engine/models/domain/softmax.ts'
import type { ModelLabels } from '#engine/models/domain/model-labels.ts'
import type { TensorReader } from './tensor-reader.ts'
import type { ConfusionCounts } from './train-protocol.ts'
import type { LabelledTensors } from './training-feeder.ts'
import type { TrainingSession } from './training-engine.ts'

export interface Validation {
  /** Sum over tasks of the mean cross-entropy; null when nothing is labelled. */
  readonly loss: number | null
  readonly result: ValidationResult
  readonly raceByGroup: EpochRecord['raceByGroup']
  readonly confusion: ConfusionCounts
}

interface Tally {
  loss: number
  n: number
  readonly correct: Int32Array
  readonly total: Int32Array
  /** `[labels, answers]` */
  readonly confusion: readonly Int32Array[]
}

const chunkImages = 128

function tallyTask(
  tally: Tally,
  options: { logits: Float32Array; classes: Int32Array; width: number },
): void {
  const { logits, classes, width } = options
  classes.forEach((label, position) => {
    if (label < 0) return
    const row = logits.subarray(position * width, (position + 1) * width)
    tally.loss += crossEntropy(row, label)
    tally.n++
    tally.total[label] = (tally.total[label] ?? 0) + 1
    const answer = argMax(row)
    if (answer === label) tally.correct[label] = (tally.correct[label] ?? 0) + 1
    const answers = tally.confusion[label]
    if (answers !== undefined) answers[answer] = (answers[answer] ?? 0) + 1
  })
}

const sumOf = (counts: Int32Array): number => counts.reduce((sum, count) => sum + count, 0)

function summarise(tallies: ReadonlyMap<Task, Tally>, labels: ModelLabels): Validation {
  const accuracyOf = (task: Task) => {
    const tally = tallies.get(task)
    return tally === undefined ? null : { accuracy: estimateProportion(sumOf(tally.correct), tally.n) }
  }
  const losses = [...tallies.values()].filter(({ n }) => n > 0).map(({ loss, n }) => loss / n)
  const race = tallies.get('race')
  const age = accuracyOf('age')
  return {
    loss: losses.length === 0 ? null : losses.reduce((sum, loss) => sum + loss, 0),
    result: { race: accuracyOf('race'), gender: accuracyOf('gender'), age: age && { ...age, years: null } },
    raceByGroup: (race === undefined ? [] : (labels.race ?? [])).map((group, index) => ({
      group,
      accuracy: estimateProportion(race?.correct[index] ?? 0, race?.total[index] ?? 0),
    })),
    confusion: Object.fromEntries(
      [...tallies]
        .filter(([, { n }]) => n > 0)
        .map(([task, { confusion }]) => [task, confusion.map((answers) => [...answers])]),
    ),
  }
}

/**
 * Accuracy and loss with the running statistics over one part, 128 images at a time.
 * @returns null when `isCancelled` said so before the end.
 */
export async function validateNetwork(
  session: TrainingSession,
  data: LabelledTensors,
  options: { reader: TensorReader; labels: ModelLabels; isCancelled: () => boolean },
): Promise<Validation | null> {
  const { reader, labels, isCancelled } = options
  const tallies = new Map<Task, Tally>()
  for (const task of tasks) {
    const classes = labels[task]?.length
    if (classes === undefined) continue
    tallies.set(task, {
      loss: 0,
      n: 0,
      correct: new Int32Array(classes),
      total: new Int32Array(classes),
      confusion: Array.from({ length: classes }, () => new Int32Array(classes)),
    })
  }
  for (let start = 0; start < data.rows.length; start += chunkImages) {
    if (isCancelled()) return null
    const rows = data.rows.slice(start, start + chunkImages)
    const { logits } = await session.predict(reader.readAll(rows), rows.length)
    for (const [task, tally] of tallies) {
      tallyTask(tally, {
        logits: logits.get(task) ?? new Float32Array(),
        classes: data.labels.get(task)?.subarray(start, start + chunkImages) ?? new Int32Array(),
        width: tally.total.length,
      })
    }
  }
  return summarise(tallies, labels)
}
