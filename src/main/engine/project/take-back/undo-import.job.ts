import * as z from 'zod'
import { jobId } from '#shared/contract/base.contract.ts'
import type { ImportUndoResult } from '#shared/contract/dataset.contract.ts'
import { topic, type Topic } from '#shared/contract/system.contract.ts'
import type { Db } from '#engine/base/db/db.ts'
import type { ErasureWork, ImageHolder } from '#engine/base/holders/image-holder.ts'
import type { JobContext, JobHandler } from '#engine/base/jobs/job.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import { batchInTurns } from '#engine/base/kernel/in-turns.ts'
import type { ImportUndoService } from '#engine/data/catalogue/import-undo.service.ts'
import type { TakeBackService } from './take-back.service.ts'

const input = z.object({ importJobId: jobId, dataset: z.string(), actor: z.string() })
type UndoInput = z.infer<typeof input>
type Undo = ReturnType<ImportUndoService['begin']>

interface UndoImportDeps {
  readonly db: Db
  /** From the ground up; the catalogue, which lets go of its own files, last but for its rows. */
  readonly holders: readonly ImageHolder[]
  readonly catalogue: ImageHolder
  readonly undos: ImportUndoService
  readonly service: TakeBackService
  readonly now: Clock
  readonly publishChange: (topics: readonly Topic[]) => void
  readonly copyBefore: () => Promise<void>
}

/** Small enough that a transaction over all tables stays short. */
const imagesPerTransaction = 50

/**
 * First what is to go is written down, in one transaction; each later step finds by itself what is left of it to do, so that a
 * job killed at any moment and resumed ends as an undisturbed one does.
 */
export function createUndoImportJob(deps: UndoImportDeps): JobHandler<UndoInput, ImportUndoResult> {
  return {
    kind: 'undo-import',
    input,
    changes: ['project'],
    title: ({ dataset, importJobId }) => `Take back import ${importJobId} of ${dataset}`,
    run: async (request, context) => {
      const { undos, publishChange } = deps
      const undo = undos.findByJob(context.jobId) ?? (await begin(request, deps, context))
      const about = { importJobId: undo.importJobId, datasetId: undo.dataset, dataset: undo.datasetName }
      if (undo.isComplete) {
        const { images, labels } = undo
        const kept = undos.countKept(undo)
        const relinked = undos.describeRelink(undo)
        return { ...about, images, labels, kept, isDatasetGone: undos.isDatasetGone(undo), relinked }
      }
      await takeLabels(undo, deps, context)
      await deleteRows(undo, deps, context)
      const isDatasetGone = await settle(undo, deps, context)
      const { images, labels } = undos.complete(undo)
      publishChange(topic.options)
      const relinked = undos.describeRelink(undo)
      return { ...about, images, labels, kept: undos.countKept(undo), isDatasetGone, relinked }
    },
  }
}

/** Nothing may have been built on it since it was asked for. */
async function begin(
  { importJobId, actor }: UndoInput,
  { undos, service, now, copyBefore }: UndoImportDeps,
  { jobId: id, signal }: JobContext,
): Promise<Undo> {
  const record = await service.require(importJobId, signal)
  await copyBefore()
  signal.throwIfAborted()
  return undos.begin({ jobId: id, record, actor, at: formatTimestamp(now()) })
}

/** Those that it gave to images of earlier imports. */
async function takeLabels(
  undo: Undo,
  { db, undos, service }: UndoImportDeps,
  { signal }: JobContext,
): Promise<void> {
  const labels = undos.listLabels(undo)
  const takeBatch = ({ from, to }: { from: number; to: number }): void => {
    const batch = labels.slice(from, to)
    db.transact(() => {
      const stays = service.findBuiltOn(batch.map(({ imageId }) => imageId))
      for (const label of batch) if (!stays.has(label.imageId)) undos.takeLabel(label)
    })
  }
  await batchInTurns(labels.length, takeBatch, { size: imagesPerTransaction, signal })
}

async function deleteRows(
  undo: Undo,
  { db, holders, undos, service }: UndoImportDeps,
  { signal, report }: JobContext,
): Promise<void> {
  const images = undos.listUndoing(undo)
  // Those that read stand before those that are read.
  const fromAbove = holders.toReversed()
  const deleteBatch = ({ from, to }: { from: number; to: number }): void => {
    const batch = images.slice(from, to)
    db.transactUnreferenced(() => {
      const stays = service.findBuiltOn(batch.map(({ imageId }) => imageId))
      for (const imageId of stays) undos.keep(imageId)
      const going = batch.filter(({ imageId }) => !stays.has(imageId))
      const ids = going.map(({ imageId }) => imageId)
      for (const { rows } of fromAbove) rows?.delete(ids)
      undos.deleteIssues(undo, going)
    })
    report({ phase: 'Taking images back', done: to, total: images.length })
  }
  await batchInTurns(images.length, deleteBatch, { size: imagesPerTransaction, signal })
}

/** Files, and what was compared with the images. */
async function settle(
  undo: Undo,
  { holders, catalogue, undos }: UndoImportDeps,
  { signal, report }: JobContext,
): Promise<boolean> {
  const images = undos.listUndoing(undo)
  const taken = undos.listTaken(undo)
  const bare = { datasetId: undo.dataset, file: '', isInsideProject: false, identity: null }
  const work: ErasureWork = {
    images: [
      ...images.map(({ copy: _copy, ...image }) => ({ ...bare, ...image })),
      ...taken.map((label) => ({ ...bare, ...label, path: '', pixelSha256: '' })),
    ],
    effects: [],
    names: [],
    signal,
  }
  report({ phase: 'Removing copies and thumbnails', done: 0, total: null })
  for (const holder of holders) if (holder !== catalogue) await holder.settle?.(work)
  const people = [...taken, ...images].flatMap(({ identityId }) => identityId ?? [])
  return undos.settle(undo, { images, people, signal })
}
