import { crossvalId } from '#shared/contract/base.contract.ts'
import type { ImageHolder } from '#engine/base/holders/image-holder.ts'
import { readingGraceMs, runWorker } from '#engine/base/threads/run-worker.ts'
import type { TrainingDataService } from '#engine/learning/training/training-data.service.ts'
import { addUpFolds } from './add-up-folds.ts'
import { restatedFolds, type FoldsTask } from './compute-folds.ts'
import type { CrossvalSeals } from './crossval-seals.ts'
import type { CrossvalService } from './crossval.service.ts'
import type { StoreFoldsDeps } from './store-folds.ts'

interface CrossvalHolderDeps extends StoreFoldsDeps {
  readonly service: CrossvalService
  readonly seals: CrossvalSeals
  readonly data: TrainingDataService
}

/** How cross-validations let go of images: folds are sealed and answers added up anew over those that are left. */
export function createCrossvalHolder({
  crossvals,
  service,
  seals,
  data,
  workers,
  catalogue,
}: CrossvalHolderDeps): ImageHolder {
  return {
    rows: crossvals.held,
    listUses: (imageIds) => crossvals.uses(imageIds),
    settle: async ({ effects, signal }) => {
      for (const { kind, id } of effects) {
        if (kind !== 'crossval') continue
        const row = service.find(crossvalId.parse(id))
        if (row.foldHash === null) continue
        const { splitId, splitHash, folds, seed } = row
        const input: FoldsTask = {
          kind: 'restate',
          catalogue,
          splitId,
          splitHash,
          folds,
          seed,
          crossvalId: row.id,
        }
        const result = restatedFolds
        crossvals.restate(
          row.id,
          await runWorker({ workers, name: 'folds', input, result, signal, graceMs: readingGraceMs }),
        )
        if (row.results === null) continue
        const text = JSON.stringify(await addUpFolds(row, { service, data }, signal))
        crossvals.setResults(row.id, { text, hash: await seals.hashResults(row.id, text, signal) })
      }
    },
  }
}
