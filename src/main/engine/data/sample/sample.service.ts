import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import type { ImportResult } from '#shared/contract/dataset.contract.ts'
import type { JobContext } from '#engine/base/jobs/job.ts'
import { writeFileAtomically } from '#engine/base/kernel/atomic-file.ts'
import { mapSystemError, readSystemErrorCode } from '#engine/base/kernel/system-error.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import { createWorkerPool } from '#engine/base/threads/worker-pool.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import type { ImportService } from '#engine/data/catalogue/import.service.ts'
import { planSample } from '#engine/data/sample/domain/plan-sample.ts'
import {
  labelsFile,
  listLabels,
  listTruth,
  truthFile,
  type DrawPortraitsTask,
  type SampleRecipe,
} from './sample-files.ts'

interface SampleServiceDeps {
  readonly projectFolder: string
  readonly codec: ImageCodecName
  readonly workers: WorkerLocator
  readonly cores: number
  readonly imports: ImportService
}

const portraitsPerTask = 25
const folderName = 'sample'
export const sampleDatasetName = 'Sample portraits'

/** Draws the synthetic sample into the project and imports it like any labelled folder. */
export class SampleService {
  readonly #deps: SampleServiceDeps

  constructor(deps: SampleServiceDeps) {
    this.#deps = deps
  }

  /** The job's work; drawing is skipped when it was already finished, and the import takes up what is missing. */
  async make(recipe: SampleRecipe, context: JobContext): Promise<ImportResult> {
    const folder = join(this.#deps.projectFolder, folderName)
    await this.#draw(folder, recipe, context)
    return this.#deps.imports.run(
      {
        source: folder,
        format: 'csv',
        name: sampleDatasetName,
        labels: join(folder, labelsFile),
        columns: { file: 'file', race: 'race', gender: 'gender', age: 'age', identity: 'identity' },
        labelScheme: 'sample',
        copy: false,
      },
      context,
    )
  }

  async #draw(folder: string, recipe: SampleRecipe, { signal, report }: JobContext): Promise<void> {
    const plan = planSample(recipe)
    const truth = listTruth(plan)
    // Written last, so its presence means that every portrait is there.
    if ((await readIfPresent(join(folder, truthFile))) === truth) return
    await mkdir(folder, { recursive: true }).catch((error: unknown) => {
      throw mapSystemError(error, { action: 'make', path: folder })
    })
    const { codec, workers, cores } = this.#deps
    await using pool = createWorkerPool({ workers, name: 'sample', threads: Math.max(1, Math.min(4, cores)) })
    const tasks = Array.from(
      { length: Math.ceil(plan.length / portraitsPerTask) },
      (_, task): DrawPortraitsTask => {
        const from = task * portraitsPerTask
        return { ...recipe, folder, codec, from, to: Math.min(plan.length, from + portraitsPerTask) }
      },
    )
    let done = 0
    for await (const [, drawn] of pool.map(tasks, { name: 'drawPortraits', result: z.int(), signal })) {
      done += drawn
      report({ phase: 'Drawing portraits', done, total: plan.length })
    }
    await writeFileAtomically(join(folder, labelsFile), listLabels(plan))
    await writeFileAtomically(join(folder, truthFile), truth)
  }
}

async function readIfPresent(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (readSystemErrorCode(error) === 'ENOENT') return null
    throw mapSystemError(error, { action: 'read', path })
  }
}
