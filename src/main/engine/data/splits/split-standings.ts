import * as z from 'zod'
import type { SplitId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import {
  splitCells,
  splitComparison,
  splitStanding,
  type SplitCells,
  type SplitComparison,
  type SplitStanding,
} from '#shared/contract/split.contract.ts'
import { describeStanding, isOvertaken } from '#shared/domain/split-standing.ts'
import { readingGraceMs, runWorker } from '#engine/base/threads/run-worker.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import type { SplitTask } from './compute-split.ts'

const standings = z.array(splitStanding)

/** Splits read through in a worker: how far curation has moved on since they were made, their cells, and how two differ. */
export class SplitStandings {
  readonly #catalogue: string
  readonly #workers: WorkerLocator
  readonly #closing = new AbortController()
  readonly #running = new Set<Promise<unknown>>()

  constructor(deps: { catalogue: string; workers: WorkerLocator }) {
    this.#catalogue = deps.catalogue
    this.#workers = deps.workers
  }

  list(signal: AbortSignal): Promise<SplitStanding[]> {
    return this.#read(null, signal)
  }

  /** What whoever builds on a split should be told, or nothing. @param name of the split */
  async note(split: { readonly id: SplitId; readonly name: string }, signal: AbortSignal): Promise<string[]> {
    const [standing] = await this.#read(split.id, signal)
    if (standing === undefined || !isOvertaken(standing)) return []
    return [
      `Curation has overtaken split ${split.name}: ${describeStanding(standing)}. It still holds the images and labels that it was made with; "Split again" (evenhand split again ${split.id}) makes a new one with the same seed and settings.`,
    ]
  }

  async dispose(): Promise<void> {
    this.#closing.abort(new AppError('CANCELLED', 'The project is being closed.'))
    await Promise.allSettled(this.#running)
  }

  /** Each cell of a split in the whole and in the parts. */
  async cells(id: SplitId, signal: AbortSignal): Promise<SplitCells> {
    const task: SplitTask = { kind: 'cells', catalogue: this.#catalogue, splitId: id }
    return { splitId: id, ...(await this.#run(task, splitCells.omit({ splitId: true }), signal)) }
  }

  /** Where the images of one split stand in another. */
  async compare(id: SplitId, otherId: SplitId, signal: AbortSignal): Promise<SplitComparison> {
    const task: SplitTask = { kind: 'compare', catalogue: this.#catalogue, splitId: id, otherId }
    const result = splitComparison.omit({ splitId: true, otherId: true })
    return { splitId: id, otherId, ...(await this.#run(task, result, signal)) }
  }

  #read(splitId: SplitId | null, signal: AbortSignal): Promise<SplitStanding[]> {
    return this.#run({ kind: 'standing', catalogue: this.#catalogue, splitId }, standings, signal)
  }

  async #run<Result extends z.ZodType>(
    input: SplitTask,
    result: Result,
    callSignal: AbortSignal,
  ): Promise<z.output<Result>> {
    const signal = AbortSignal.any([callSignal, this.#closing.signal])
    const reading = runWorker({
      workers: this.#workers,
      name: 'split',
      input,
      result,
      signal,
      graceMs: readingGraceMs,
    })
    this.#running.add(reading)
    try {
      return await reading
    } finally {
      this.#running.delete(reading)
    }
  }
}
