import type { JobId } from '#shared/contract/base.contract.ts'
import type { ImportRecord } from '#shared/contract/dataset.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { ImageHolder } from '#engine/base/holders/image-holder.ts'
import type { JobRunner } from '#engine/base/jobs/job.ts'
import type { ImportUndoService } from '#engine/data/catalogue/import-undo.service.ts'

interface TakeBackDeps {
  readonly holders: readonly ImageHolder[]
  readonly undos: ImportUndoService
  readonly jobs: Pick<JobRunner, 'enqueue'>
}

const namedAtMost = 10

/** Says whether an import can be taken back still, and queues it. */
export class TakeBackService {
  readonly #deps: TakeBackDeps

  constructor(deps: TakeBackDeps) {
    this.#deps = deps
  }

  /** Throws NOT_FOUND for an import that is none, and CONFLICT naming what stands on it. */
  start(importJobId: JobId, actor: string): { jobId: JobId } {
    const { undos, jobs } = this.#deps
    const record = undos.get(importJobId)
    this.refuseBuiltOn(record)
    const { dataset } = record
    return { jobId: jobs.enqueue('undo-import', { importJobId, dataset, actor }).id }
  }

  refuseBuiltOn({ jobId: importJobId, dataset }: ImportRecord): void {
    const { undos } = this.#deps
    const ids = undos.listTouched(importJobId)
    if (this.findBuiltOn(ids).size === 0) return
    const named = this.#describe(ids)
    const listed = named.slice(0, namedAtMost).join(', ')
    const more = named.length > namedAtMost ? ` and ${named.length - namedAtMost} more` : ''
    throw new AppError(
      'CONFLICT',
      `Import ${importJobId} of "${dataset}" cannot be taken back: its images are part of ${listed}${more}. ` +
        'What was decided, read, kept or measured keeps its images; remove those that you do not want instead.',
      { details: { importJobId, builtOn: named.join(', ') } },
    )
  }

  /** Those of the images that something stands on. */
  findBuiltOn(imageIds: readonly number[]): ReadonlySet<number> {
    return new Set(this.#deps.holders.flatMap(({ rows }) => rows?.findBuiltOn(imageIds) ?? []))
  }

  #describe(imageIds: readonly number[]): string[] {
    return this.#deps.holders.flatMap((holder) => [
      ...(holder.listUses?.(imageIds) ?? [])
        // Figures of a run, which is named itself.
        .filter(({ kind }) => kind !== 'validation')
        .map(({ kind, id, name }) => `${kind} ${id} ("${name}")`),
      ...(holder.describeBuiltOn?.(imageIds) ?? []),
    ])
  }
}
