import { splitRequest } from '#shared/contract/split.contract.ts'
import { answer } from '#engine/base/procedures/handlers.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import { registerJob } from '#engine/base/jobs/job.ts'
import type { ErasureRecordService } from '#engine/data/erasures/erasure-record.service.ts'
import { SplitRepo } from './split.repo.ts'
import { SplitService } from './split.service.ts'

export function openSplits(lent: Lent & { readonly erasures: ErasureRecordService }) {
  const { db, jobs, workers, now, erasures } = lent
  const splits = new SplitService({
    splits: new SplitRepo(db),
    jobs,
    catalogue: db.file,
    workers,
    now,
  })
  return {
    services: {},
    holder: splits.holder,
    jobs: [
      registerJob({
        kind: 'split',
        input: splitRequest,
        changes: ['splits', 'images', 'project'],
        title: ({ name }) => (name === undefined ? 'Make a split' : `Make split ${name}`),
        run: (request, context) => splits.make(request, context),
      }),
    ],
    handlers: answer({
      'split.create': (request) => ({ jobId: splits.create(request) }),
      'split.list': () => splits.list().map((one) => ({ ...one, ...erasures.mark('split', one.splitId) })),
      'split.get': ({ splitId }) => ({
        ...splits.get(splitId),
        ...erasures.mark('split', splitId),
      }),
      'split.export': ({ splitId, file }) => splits.exportCsv(splitId, file),
    }),
  }
}
