import type { JobId } from '#shared/contract/base.contract.ts'
import type { ImportRecord } from '#shared/contract/dataset.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { ImageHolder } from '#engine/base/holders/image-holder.ts'
import type { JobRunner } from '#engine/base/jobs/job.ts'
import { batchInTurns } from '#engine/base/kernel/in-turns.ts'
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

  /** Throws as `require` does. */
  async start(importJobId: JobId, actor: string): Promise<{ jobId: JobId }> {
    const { dataset } = await this.require(importJobId)
    return { jobId: this.#deps.jobs.enqueue('undo-import', { importJobId, dataset, actor }).id }
  }

  /**
   * An import that can be taken back still.
   * @throws AppError NOT_FOUND for an import that is none, CONFLICT naming the job that has begun with it or what stands on it,
   * and PRECONDITION where its copies are all that is left.
   */
  async require(importJobId: JobId, signal?: AbortSignal): Promise<ImportRecord> {
    const { undos } = this.#deps
    const begun = undos.findBegun(importJobId)
    if (begun !== undefined) throw refuseBegun(begun)
    const record = undos.get(importJobId)
    await this.#refuseBuiltOn(record, signal)
    await undos.requireOriginals(importJobId, signal)
    return record
  }

  async #refuseBuiltOn({ jobId: importJobId, dataset }: ImportRecord, signal?: AbortSignal): Promise<void> {
    const ids = this.#deps.undos.listTouched(importJobId)
    let isBuiltOn = false
    const look = ({ from, to }: { from: number; to: number }): void => {
      isBuiltOn ||= this.findBuiltOn(ids.slice(from, to)).size > 0
    }
    await batchInTurns(ids.length, look, signal === undefined ? {} : { signal })
    if (!isBuiltOn) return
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

type BegunUndo = NonNullable<ReturnType<ImportUndoService['findBegun']>>

const refuseBegun = ({ importJobId, jobId }: BegunUndo): AppError =>
  new AppError(
    'CONFLICT',
    `Import ${importJobId} is being taken back already, by job ${jobId}. If that was cut off, bring it to its end: evenhand jobs --resume ${jobId}`,
    { details: { importJobId, jobId } },
  )
