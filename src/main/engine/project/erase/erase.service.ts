import type { IdentityId, ImageId, JobId } from '#shared/contract/base.contract.ts'
import type {
  BackupChoice,
  ErasureEffectKind,
  ErasurePreview,
  SettledBackups,
  TableChoice,
} from '#shared/contract/erasure.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { ImageHolder, ImageUse } from '#engine/base/holders/image-holder.ts'
import type { JobRunner } from '#engine/base/jobs/job.ts'
import type { ImageErasureService } from '#engine/data/catalogue/image-erasure.service.ts'
import type { ErasureRecordService } from '#engine/data/erasures/erasure-record.service.ts'
import type { BackupSweepService } from './backup-sweep.service.ts'

interface EraseServiceDeps {
  readonly holders: readonly ImageHolder[]
  readonly images: ImageErasureService
  readonly erasures: ErasureRecordService
  readonly sweep: BackupSweepService
  readonly jobs: Pick<JobRunner, 'enqueue'>
}

interface ErasureTarget {
  readonly images: readonly ImageId[]
  readonly identities: readonly IdentityId[]
}

const warning = 'This cannot be undone: nothing brings back what is erased.'

/** What has learned from an image stays as it is; what counted it can be counted again. */
const outcomeOf = (kind: ErasureEffectKind): ErasurePreview['effects'][number]['outcome'] =>
  kind === 'run' || kind === 'model' || kind === 'validation' ? 'marked' : 'counted-anew'

/** How a table names pictures: by their path, or by a hash. */
export const nameTaken = (
  images: readonly { readonly path: string; readonly fileSha256: string; readonly pixelSha256: string }[],
): string[] => images.flatMap(({ path, fileSha256, pixelSha256 }) => [path, fileSha256, pixelSha256])

/** Says what an erasure would take, and queues it. */
export class EraseService {
  readonly #deps: EraseServiceDeps

  constructor(deps: EraseServiceDeps) {
    this.#deps = deps
  }

  /** Changes nothing. Throws NOT_FOUND naming an image or identity that is not there. */
  async preview(target: ErasureTarget, signal: AbortSignal): Promise<ErasurePreview> {
    const { images: catalogue, sweep } = this.#deps
    const taken = this.#find(target)
    const ids = taken.map(({ imageId }) => imageId)
    return {
      images: taken.map(({ imageId, dataset, path, identity, because }) => ({
        imageId: imageId as ImageId,
        dataset,
        path,
        identity,
        because,
      })),
      rows: this.countRows(ids),
      files: catalogue.listFiles(taken),
      originals: taken.filter(({ isInsideProject }) => !isInsideProject).map(({ file }) => file),
      labelFiles: catalogue.listLabelFiles(ids),
      backups: await sweep.find(
        taken.map(({ pixelSha256 }) => pixelSha256),
        signal,
      ),
      tables: await sweep.findTables(nameTaken(taken), signal),
      effects: this.listUses(ids).map(({ kind, id, name, images }) => ({
        kind,
        id,
        name,
        images,
        outcome: outcomeOf(kind),
      })),
      warning,
    }
  }

  /** Throws as `preview` does. */
  start({
    reason,
    actor,
    backups,
    tables,
    ...target
  }: ErasureTarget & {
    readonly reason: string
    readonly actor: string
    readonly backups: BackupChoice
    readonly tables: TableChoice
  }): { jobId: JobId } {
    const images = this.#find(target).map(({ imageId }) => imageId)
    return { jobId: this.#deps.jobs.enqueue('erase', { images, reason, actor, backups, tables }).id }
  }

  /** For what earlier erasures left in copies of the catalogue. */
  settleBackups(choice: BackupChoice, signal: AbortSignal): Promise<SettledBackups> {
    const hashes = this.#deps.erasures.tombstones().map(({ pixelSha256 }) => pixelSha256)
    return this.#deps.sweep.settle(hashes, choice, signal)
  }

  /** By table. */
  countRows(imageIds: readonly number[]): Record<string, number> {
    return Object.fromEntries(
      this.#deps.holders.flatMap(({ rows }) => Object.entries(rows?.count(imageIds) ?? {})),
    )
  }

  listUses(imageIds: readonly number[]): ImageUse[] {
    return this.#deps.holders.flatMap((holder) => holder.listUses?.(imageIds) ?? [])
  }

  #find({ images, identities }: ErasureTarget) {
    if (images.length + identities.length === 0) {
      throw new AppError('INVALID_INPUT', 'Name the images, or the identities, that are to be erased.', {
        details: { field: 'images' },
      })
    }
    return this.#deps.images.findTaken(images, identities)
  }
}
