import type { EpochRecord, ValidationResult } from '#shared/contract/run.contract.ts'
import type { AgeReadOut } from '#shared/domain/age-read-out.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { readAge } from '#engine/networks/architecture/read-age.ts'
import { argMax, crossEntropy } from '#engine/networks/architecture/softmax.ts'
import { measureYears, type YearsLoss } from '#engine/learning/training/domain/years-loss.ts'
import { Confusion } from '#engine/networks/tallies/domain/confusion.ts'
import { Share } from '#engine/networks/tallies/domain/share.ts'
import { YearsSums } from '#engine/networks/tallies/domain/years-sums.ts'
import type { TensorRow } from '#engine/networks/tensors/tensor-cache.ts'
import type { TensorReader } from '#engine/networks/tensors/tensor-reader.ts'
import type { ConfusionCounts } from './train-protocol.ts'
import type { TrainingSession } from '#engine/networks/architecture/training-engine.ts'

/** The images of the validation part. */
export interface ValidationData {
  readonly rows: readonly TensorRow[]
  /** Class indices, -1 where missing; age by its bins, race also where the network has no head for it. */
  readonly labels: ReadonlyMap<Task, Int32Array>
  /** Exact ages, -1 where missing. */
  readonly years: Float32Array
}

/** What the network answers. */
export interface ValidatedHeads {
  readonly heads: readonly { readonly task: Task; readonly classes: number }[]
  readonly ageReadOut: AgeReadOut
  /** What the age head in years is trained by. */
  readonly yearsLoss: YearsLoss
  /** Factor of each task's loss in the sum; 1 where left out. */
  readonly lossWeights: ReadonlyMap<Task, number>
  /** Races that results are also given by. */
  readonly races: readonly string[]
}

export interface Validation {
  /** Sum of the tasks' weighted losses; null when nothing is labelled. */
  readonly loss: number | null
  /** Cross-entropy without class weights or smoothing, or the measure of the years, per labelled task. */
  readonly losses: ReadonlyMap<Task, number>
  readonly result: ValidationResult
  readonly raceByGroup: EpochRecord['raceByGroup']
  readonly byRace: EpochRecord['byRace']
  readonly confusion: ConfusionCounts
}

const chunkImages = 128

/** Answers of one task, counted against the labels. */
class TaskTally {
  #loss = 0
  #lossCount = 0
  readonly years = new YearsSums()
  readonly confusion: Confusion
  readonly byRace: readonly Share[]

  constructor(classes: number, races: number) {
    this.confusion = new Confusion(classes)
    this.byRace = Array.from({ length: races }, () => new Share())
  }

  addAnswer({ label, answer, race }: { label: number; answer: number; race: number }): void {
    if (label < 0) return
    this.confusion.add(label, answer)
    this.byRace[race]?.add({ label, answer })
  }

  addLoss(loss: number): void {
    this.#loss += loss
    this.#lossCount++
  }

  get meanLoss(): number | null {
    return this.#lossCount === 0 ? null : this.#loss / this.#lossCount
  }
}

interface LabelledAnswer {
  /** What the head gave for one image. */
  readonly numbers: Float32Array
  readonly label: number
  readonly years: number
  readonly race: number
}

function tallyClass(tally: TaskTally, { numbers, label, race }: LabelledAnswer): void {
  if (label < 0) return
  tally.addLoss(crossEntropy(numbers, label))
  tally.addAnswer({ label, answer: argMax(numbers), race })
}

/** Years count by their bin too, so that models of either kind compare. */
function tallyYears(tally: TaskTally, of: LabelledAnswer, options: ValidatedHeads): void {
  const { numbers, label, years, race } = of
  if (label < 0 && years < 0) return
  if (!numbers.every(Number.isFinite)) {
    tally.addLoss(Number.NaN)
    return
  }
  const read = readAge(numbers, options.ageReadOut)
  tally.addAnswer({ label, answer: read.bin, race })
  if (years < 0 || read.years === null) return
  tally.addLoss(measureYears(options.yearsLoss, { predicted: read.years, numbers, years }))
  tally.years.add(read.years - years)
}

function summarise(tallies: ReadonlyMap<Task, TaskTally>, options: ValidatedHeads): Validation {
  const accuracyOf = (task: Task) => {
    const tally = tallies.get(task)
    return tally === undefined ? null : { accuracy: tally.confusion.accuracy }
  }
  const losses = new Map(
    [...tallies].flatMap(([task, { meanLoss }]) => (meanLoss === null ? [] : [[task, meanLoss]])),
  )
  const [age, gender, race] = [tallies.get('age'), tallies.get('gender'), tallies.get('race')]
  const ageAccuracy = accuracyOf('age')
  return {
    loss:
      losses.size === 0
        ? null
        : [...losses].reduce((sum, [task, loss]) => sum + loss * (options.lossWeights.get(task) ?? 1), 0),
    losses,
    result: {
      race: accuracyOf('race'),
      gender: accuracyOf('gender'),
      age: ageAccuracy && { ...ageAccuracy, years: age?.years.summary ?? null },
    },
    raceByGroup:
      race === undefined
        ? []
        : options.races.map((group, index) => ({ group, accuracy: race.confusion.accuracyOf(index) })),
    byRace: options.races.map((group, index) => ({
      group,
      age: age?.byRace[index]?.estimate ?? null,
      gender: gender?.byRace[index]?.estimate ?? null,
    })),
    confusion: Object.fromEntries(
      [...tallies]
        .filter(([, { confusion }]) => confusion.n > 0)
        .map(([task, { confusion }]) => [task, [...confusion.counts]]),
    ),
  }
}

/**
 * Accuracy and loss of the session's model over one part, 128 images at a time.
 * @returns null when `isCancelled` said so before the end.
 */
export async function validateNetwork(
  session: Pick<TrainingSession, 'predict'>,
  data: ValidationData,
  options: ValidatedHeads & { reader: Pick<TensorReader, 'readAll'>; isCancelled: () => boolean },
): Promise<Validation | null> {
  const { reader, isCancelled, ageReadOut, races } = options
  const tallies = new Map(
    options.heads.map(({ task, classes }) => [task, new TaskTally(classes, races.length)]),
  )
  for (let start = 0; start < data.rows.length; start += chunkImages) {
    if (isCancelled()) return null
    const rows = data.rows.slice(start, start + chunkImages)
    const { logits } = await session.predict(reader.readAll(rows), rows.length)
    for (const [task, tally] of tallies) {
      const answers = logits.get(task) ?? new Float32Array()
      const width = answers.length / rows.length
      for (let position = 0; position < rows.length; position++) {
        const at = start + position
        const answer: LabelledAnswer = {
          numbers: answers.subarray(position * width, (position + 1) * width),
          label: data.labels.get(task)?.[at] ?? -1,
          years: data.years[at] ?? -1,
          race: data.labels.get('race')?.[at] ?? -1,
        }
        if (task === 'age' && ageReadOut !== 'class') tallyYears(tally, answer, options)
        else tallyClass(tally, answer)
      }
    }
  }
  return summarise(tallies, options)
}
