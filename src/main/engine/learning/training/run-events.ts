import { AppError } from '#shared/contract/errors.ts'
import type { EpochRecord } from '#shared/contract/run.contract.ts'
import { tasks } from '#shared/domain/tasks.ts'
import type { Clock } from '#engine/base/kernel/clock.ts'
import type { ModelLabels } from '#engine/networks/architecture/model-labels.ts'
import type { ConfusionCounts } from './train-protocol.ts'
import { describeEpoch, describeHeader, describeStep, tags, type DescribedRun } from './describe-run.ts'
import { drawConfusion } from './draw-confusion.ts'
import { encodePng } from '#engine/networks/tensorboard/encode-png.ts'
import { EventFile, openEventFolder } from '#engine/networks/tensorboard/event-files.ts'
import type { EventMessage, SummaryValue } from '#engine/networks/tensorboard/event-message.ts'

interface RunEventsOptions {
  readonly folder: string
  readonly run: DescribedRun & { readonly labels: ModelLabels }
  readonly now: Clock
  /** Called when a file is complete. */
  readonly onClosed: (file: string) => Promise<void>
  /** Called once, with a sentence for people, when events can no longer be written. */
  readonly onFailure: (message: string) => void
}

/**
 * A run's TensorBoard events. Every start of the run appends to a file of its own, so that nothing already written
 * is touched, and begins with a session start at the step after the checkpoint: TensorBoard then forgets what an
 * interrupted start had written beyond it. Calls return at once and are carried out in order; when the disk
 * refuses, the events end there and the training goes on.
 */
export class RunEvents {
  readonly #options: RunEventsOptions
  #file: EventFile | null = null
  #tail: Promise<void> = Promise.resolve()
  #failure: string | null = null
  #isFailureTold = false
  #stepsPerEpoch = 0
  #lastStep = 0

  constructor(options: RunEventsOptions) {
    this.#options = options
  }

  /**
   * Opens a file, marks the step that the run goes on from, and writes again what the files lack of the epochs
   * that the checkpoint knows.
   */
  start(from: { step: number; totalSteps: number; epochs: readonly EpochRecord[] }): void {
    const { folder, run } = this.#options
    const { step, totalSteps, epochs } = from
    const wallTime = this.#wallTime()
    this.#stepsPerEpoch = totalSteps / run.config.epochs
    this.#lastStep = step
    this.#enqueue(async () => {
      const earlier = await openEventFolder(folder)
      const seen = earlier.filter((event) => event.step <= step)
      const hasTag = (tag: string, at: number): boolean =>
        seen.some((event) => event.step === at && event.values.some((value) => value.tag === tag))
      const file = await EventFile.create(folder, wallTime)
      this.#file = file
      await file.append({ wallTime, step: step + 1, content: { kind: 'start' } })
      const appendValues = (at: number, values: SummaryValue[]): Promise<void> =>
        file.append({ wallTime, step: at, content: { kind: 'values', values } })
      if (!hasTag(tags.sessionStart, 0)) await appendValues(0, describeHeader(run, wallTime))
      for (const record of epochs) {
        const at = record.epoch * this.#stepsPerEpoch
        if (!hasTag(tags.epochLoss, at)) await appendValues(at, describeEpoch(record))
      }
      await file.flush()
    })
  }

  addStep({ step, loss }: { step: number; loss: number }): void {
    this.#lastStep = step
    this.#append({ wallTime: this.#wallTime(), step }, () => describeStep(loss))
  }

  /** The epoch's figures, and the confusion matrices when it is the best so far or the last. */
  addEpoch(record: EpochRecord, confusion: ConfusionCounts): void {
    const step = record.epoch * this.#stepsPerEpoch
    this.#lastStep = step
    this.#append({ wallTime: this.#wallTime(), step }, async () => [
      ...describeEpoch(record),
      ...(await this.#drawMatrices(record, confusion)),
    ])
    this.#enqueue(async () => this.#file?.flush())
  }

  /** Tells the HParams tab that the run has ended well; a stopped run has no end yet, since it can be resumed. */
  succeed(): void {
    const wallTime = this.#wallTime()
    this.#append({ wallTime, step: this.#lastStep }, () => [
      { kind: 'sessionEnd', tag: tags.sessionEnd, endSeconds: wallTime },
    ])
  }

  /** Waits for what is under way and closes the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#enqueue(async () => this.#file?.flush())
    await this.#tail
    await this.#attempt(async () => this.#file?.[Symbol.asyncDispose]())
    await this.#attempt(async () => {
      if (this.#file !== null) await this.#options.onClosed(this.#file.path)
    })
    this.#tellFailure()
  }

  #wallTime(): number {
    return this.#options.now() / 1000
  }

  #append(
    at: Pick<EventMessage, 'wallTime' | 'step'>,
    describe: () => SummaryValue[] | Promise<SummaryValue[]>,
  ): void {
    this.#enqueue(async () => {
      await this.#file?.append({ ...at, content: { kind: 'values', values: await describe() } })
    })
  }

  #enqueue(task: () => Promise<void>): void {
    this.#tellFailure()
    this.#tail = this.#carryOut(this.#tail, task)
  }

  async #carryOut(before: Promise<void>, task: () => Promise<void>): Promise<void> {
    await before
    if (this.#failure === null) await this.#attempt(task)
  }

  async #attempt(task: () => Promise<void>): Promise<void> {
    try {
      await task()
    } catch (error) {
      this.#failure ??= error instanceof AppError ? error.message : String(error)
    }
  }

  /** Told from the caller's own stack, where an error of the listener has somebody to catch it. */
  #tellFailure(): void {
    if (this.#failure === null || this.#isFailureTold) return
    this.#isFailureTold = true
    this.#options.onFailure(
      `TensorBoard events are incomplete; the training went on without them. ${this.#failure}`,
    )
  }

  async #drawMatrices(record: EpochRecord, confusion: ConfusionCounts): Promise<SummaryValue[]> {
    const { config, labels } = this.#options.run
    const moments = [...(record.isBest ? ['best'] : []), ...(record.epoch === config.epochs ? ['last'] : [])]
    const values: SummaryValue[] = []
    for (const task of tasks) {
      const [counts, classes] = [confusion[task], labels[task]]
      if (moments.length === 0 || counts === undefined || classes === null) continue
      const title = `${task}, validation, epoch ${record.epoch}`
      const { width, height, ...drawing } = drawConfusion({ title, classes, counts })
      const png = await encodePng({ width, height, ...drawing })
      const description = 'Rows are labels, columns are answers; coloured by the share of the row.'
      for (const moment of moments) {
        values.push({ kind: 'image', tag: `confusion_${task}/${moment}`, width, height, png, description })
      }
    }
    return values
  }
}
