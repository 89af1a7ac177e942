import { join } from 'node:path'
import type { RunId } from '#shared/contract/base.contract.ts'
import { writeFileAtomically } from '#engine/base/kernel/atomic-file.ts'
import { assertUnchanged } from '#engine/base/integrity/refuse-changed.ts'
import type { StoredFiles } from '#engine/base/integrity/stored-files.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
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

interface InitialWeightsDeps {
  readonly projectFolder: string
  readonly workers: WorkerLocator
  readonly storedFiles: StoredFiles
}

const otherWeights = 'Start from another file, or put this one back from a copy.'

/** Looks at weights files before a run is made of them, and keeps what it found beside the run. */
export class InitialWeightsService {
  readonly #deps: InitialWeightsDeps

  constructor(deps: InitialWeightsDeps) {
    this.#deps = deps
  }

  /** Throws an AppError that names the file and why no run can start from it. */
  async inspect(task: InspectWeightsTask, signal: AbortSignal): Promise<InspectedWeights> {
    const inspected = await runWorker({
      workers: this.#deps.workers,
      name: 'weights',
      input: task,
      result: inspectedWeights,
      signal,
      graceMs: readingGraceMs,
    })
    // A model of this project may be where another run starts; the worker has read and hashed it.
    const expected = this.#deps.storedFiles.find(task.file)
    if (expected !== null)
      assertUnchanged({ subject: task.file, expected, found: inspected.sha256, advice: otherWeights })
    return inspected
  }

  async store(runId: RunId, inspected: InspectedWeights): Promise<void> {
    const path = locateInspectedWeights(join(this.#deps.projectFolder, 'runs', String(runId)))
    const text = `${JSON.stringify(inspected, null, 2)}\n`
    await writeFileAtomically(path, text)
    this.#deps.storedFiles.record(path, hashBytes(text))
  }
}
