import * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import {
  backupChoice,
  tableChoice,
  type ErasureResult,
  type TableChoice,
} from '#shared/contract/erasure.contract.ts'
import { topic, type Topic } from '#shared/contract/system.contract.ts'
import { formatCount } from '#shared/domain/format.ts'
import type { Db } from '#engine/base/db/db.ts'
import type { ErasureWork, ImageHolder } from '#engine/base/holders/image-holder.ts'
import type { JobContext, JobHandler } from '#engine/base/jobs/job.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import { batchInTurns } from '#engine/base/kernel/in-turns.ts'
import type { ImageErasureService } from '#engine/data/catalogue/image-erasure.service.ts'
import type { ErasureRecordService } from '#engine/data/erasures/erasure-record.service.ts'
import type { BackupSweepService } from './backup-sweep.service.ts'
import type { EraseService } from './erase.service.ts'

const input = z.object({
  images: z.array(z.int()),
  reason: z.string(),
  actor: z.string(),
  backups: backupChoice,
  tables: tableChoice.default('keep'),
})
type EraseInput = z.infer<typeof input>
type StartedErasure = ReturnType<ErasureRecordService['begin']>

interface EraseJobDeps {
  readonly db: Db
  /** From the ground up. */
  readonly holders: readonly ImageHolder[]
  readonly service: EraseService
  readonly images: ImageErasureService
  readonly erasures: ErasureRecordService
  readonly sweep: BackupSweepService
  readonly now: Clock
  readonly publishChange: (topics: readonly Topic[]) => void
}

/** Small enough that a transaction over all tables stays short. */
const imagesPerTransaction = 50

/**
 * First the tombstones, in one transaction; from then on the erasure can only be brought to its end. Each later step finds by
 * itself what is left of it to do, so that a job killed at any moment and resumed ends as an undisturbed one does.
 */
export function createEraseJob(deps: EraseJobDeps): JobHandler<EraseInput, ErasureResult> {
  return {
    kind: 'erase',
    input,
    changes: ['project'],
    title: ({ images }) =>
      images.length === 1 ? 'Erase a picture' : `Erase ${formatCount(images.length)} pictures`,
    run: async (request, context) => {
      const { erasures, sweep, publishChange } = deps
      const erasure = erasures.findByJob(context.jobId) ?? begin(request, deps, context)
      // One that was complete when its job was cut off is sealed: nothing of it is counted anew.
      if (!erasure.isComplete) {
        await deleteRows(erasure, deps, context)
        await settle(erasure, deps, { ...context, tables: request.tables })
        context.report({ phase: 'Writing the catalogue anew', done: 0, total: null })
        await sweep.compact(context.signal)
      }
      context.report({ phase: 'Looking through copies of the catalogue', done: 0, total: null })
      const hashes = listTombstones(erasure, erasures).map(({ pixelSha256 }) => pixelSha256)
      const backups = await sweep.settle(hashes, request.backups, context.signal)
      if (!erasure.isComplete) erasures.complete(erasure.id)
      publishChange(topic.options)
      return {
        erasureId: erasure.id,
        images: erasure.images,
        effects: erasures.effectsOf(erasure.id),
        backupsKept: backups.kept,
        backupsDeleted: backups.deleted,
        backupMade: backups.made,
      }
    },
  }
}

const listTombstones = ({ id }: StartedErasure, erasures: ErasureRecordService) =>
  erasures.tombstones().filter(({ erasureId }) => erasureId === id)

function refuseBegun(erasures: ErasureRecordService, begun: number | undefined): AppError {
  const job = erasures.list().find(({ id }) => id === begun)?.jobId ?? 0
  return new AppError(
    'CONFLICT',
    `These images are being erased already, by job ${job}, which was cut off. Bring it to its end: evenhand jobs --resume ${job}`,
    { details: { jobId: job } },
  )
}

/** Images that another erasure has taken, or has begun with, are left out. */
function begin(
  { images, reason, actor }: EraseInput,
  { images: catalogue, service, erasures, now }: EraseJobDeps,
  { jobId }: JobContext,
): StartedErasure {
  const present = catalogue.findPresent(images)
  if (present.length === 0) {
    throw new AppError('NOT_FOUND', 'None of these images is in the project any more.')
  }
  const begun = new Map(erasures.tombstones().map(({ imageId, erasureId }) => [imageId, erasureId]))
  const taken = present.filter(({ imageId }) => !begun.has(imageId))
  if (taken.length === 0) throw refuseBegun(erasures, begun.get(present[0]?.imageId ?? 0))
  const uses = service.listUses(taken.map(({ imageId }) => imageId))
  return erasures.begin({ jobId, reason, actor, at: formatTimestamp(now()), images: taken, uses })
}

async function deleteRows(
  erasure: StartedErasure,
  { db, holders, erasures }: EraseJobDeps,
  { signal, report }: JobContext,
): Promise<void> {
  const ids = erasures.listErasing(erasure.id).map(({ imageId }) => imageId)
  // Those that read stand before those that are read.
  const fromAbove = holders.toReversed()
  const deleteBatch = ({ from, to }: { from: number; to: number }): void => {
    const batch = ids.slice(from, to)
    db.transactUnreferenced(() => {
      for (const { rows: held } of fromAbove) held?.delete(batch)
    })
    report({ phase: 'Erasing records', done: to, total: ids.length })
  }
  await batchInTurns(ids.length, deleteBatch, { size: imagesPerTransaction, signal })
}

/** Files, texts and figures; the names of what was erased go last. */
async function settle(
  erasure: StartedErasure,
  { holders, images: catalogue, erasures, sweep }: EraseJobDeps,
  { signal, report, tables }: JobContext & { readonly tables: TableChoice },
): Promise<void> {
  const images = erasures.listErasing(erasure.id)
  const work: ErasureWork = {
    images,
    effects: erasures.effectsOf(erasure.id),
    names: catalogue.listNames(images),
    signal,
  }
  for (const [done, holder] of holders.entries()) {
    report({ phase: 'Erasing files and counting anew', done, total: holders.length })
    signal.throwIfAborted()
    await holder.settle?.(work)
  }
  if (tables === 'delete' && images.length > 0)
    await sweep.deleteTables(
      [
        ...work.names,
        ...listTombstones(erasure, erasures).flatMap(({ fileSha256, pixelSha256 }) => [
          fileSha256,
          pixelSha256,
        ]),
      ],
      signal,
    )
  erasures.forgetErasing(erasure.id)
}
