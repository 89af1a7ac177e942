import * as z from 'zod'
import type { SplitId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { splitStanding, type SplitStanding } from '#shared/contract/split.contract.ts'
import { describeStanding, isOvertaken } from '#shared/domain/split-standing.ts'
import { readingGraceMs, runWorker } from '#engine/base/threads/run-worker.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import type { SplitTask } from './compute-split.ts'

const result = z.array(splitStanding)

/** How far curation has moved on since splits were made. */
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

  async #read(splitId: SplitId | null, callSignal: AbortSignal): Promise<SplitStanding[]> {
    const input: SplitTask = { kind: 'standing', catalogue: this.#catalogue, splitId }
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
