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
      const undo = undos.findByJob(context.jobId) ?? begin(request, deps, context)
      const about = { importJobId: undo.importJobId, datasetId: undo.dataset, dataset: undo.datasetName }
      if (undo.isComplete) {
        const { images, labels } = undo
        return { ...about, images, labels, kept: 0, isDatasetGone: undos.isDatasetGone(undo) }
      }
      const labelled = await takeLabels(undo, deps, context)
      await deleteRows(undo, deps, context)
      const isDatasetGone = await settle(undo, { ...context, labelled }, deps)
      const { images, labels } = undos.complete(undo)
      publishChange(topic.options)
      return { ...about, images, labels, kept: undo.images - images, isDatasetGone }
    },
  }
}

/** Nothing may have been built on it since it was asked for. */
function begin(
  { importJobId, actor }: UndoInput,
  { undos, service, now }: UndoImportDeps,
  { jobId: id }: JobContext,
): Undo {
  const record = undos.get(importJobId)
  service.refuseBuiltOn(record)
  return undos.begin({ jobId: id, record, actor, at: formatTimestamp(now()) })
}

/** @returns the images of earlier imports whose labels it took, with the people that they are no longer of */
async function takeLabels(
  undo: Undo,
  { db, undos, service }: UndoImportDeps,
  { signal }: JobContext,
): Promise<{ imageIds: number[]; people: number[] }> {
  const labels = undos.listLabels(undo)
  const taken = { imageIds: [] as number[], people: [] as number[] }
  const takeBatch = ({ from, to }: { from: number; to: number }): void => {
    const batch = labels.slice(from, to)
    db.transact(() => {
      const stays = service.findBuiltOn(batch.map(({ imageId }) => imageId))
      for (const label of batch.filter(({ imageId }) => !stays.has(imageId))) {
        undos.takeLabel(label)
        taken.imageIds.push(label.imageId)
        if (label.task === 'identity' && label.identityId !== null) taken.people.push(label.identityId)
      }
    })
  }
  await batchInTurns(labels.length, takeBatch, { size: imagesPerTransaction, signal })
  return taken
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
  { labelled, signal, report }: JobContext & { labelled: { imageIds: number[]; people: number[] } },
  { holders, catalogue, undos }: UndoImportDeps,
): Promise<boolean> {
  const images = undos.listUndoing(undo)
  const bare = { datasetId: undo.dataset, file: '', isInsideProject: false, identity: null }
  const work: ErasureWork = {
    images: [
      ...images.map(({ copy: _copy, ...image }) => ({ ...bare, ...image })),
      ...labelled.imageIds.map((imageId) => ({
        ...bare,
        imageId,
        path: '',
        pixelSha256: '',
        identityId: null,
      })),
    ],
    effects: [],
    names: [],
    signal,
  }
  report({ phase: 'Removing copies and thumbnails', done: 0, total: null })
  for (const holder of holders) if (holder !== catalogue) await holder.settle?.(work)
  const people = [...labelled.people, ...images.flatMap(({ identityId }) => identityId ?? [])]
  return undos.settle(undo, { images, people, signal })
}
