import { join } from 'node:path'
import type { RunId } from '#shared/contract/base.contract.ts'
import { writeFileAtomically } from '#engine/base/kernel/atomic-file.ts'
import { runWorker } from '#engine/base/threads/run-worker.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import {
  inspectedWeights,
  locateInspectedWeights,
  type InspectedWeights,
  type InspectWeightsTask,
} from './initial-weights.ts'

/** Reading writes nothing, so its thread can be ended at any point. */
const readingGraceMs = 50

/** Looks at weights files before a run is made of them, and keeps what it found beside the run. */
export class InitialWeightsService {
  readonly #deps: { readonly projectFolder: string; readonly workers: WorkerLocator }

  constructor(deps: { readonly projectFolder: string; readonly workers: WorkerLocator }) {
    this.#deps = deps
  }

  /** Throws an AppError that names the file and why no run can start from it. */
  inspect(task: InspectWeightsTask, signal: AbortSignal): Promise<InspectedWeights> {
    return runWorker({
      workers: this.#deps.workers,
      name: 'weights',
      input: task,
      result: inspectedWeights,
      signal,
      graceMs: readingGraceMs,
    })
  }

  async store(runId: RunId, inspected: InspectedWeights): Promise<void> {
    const path = locateInspectedWeights(join(this.#deps.projectFolder, 'runs', String(runId)))
    await writeFileAtomically(path, `${JSON.stringify(inspected, null, 2)}\n`)
  }
}
