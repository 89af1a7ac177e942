import { splitRequest } from '#shared/contract/split.contract.ts'
import { answer } from '#engine/base/procedures/handlers.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import { registerJob } from '#engine/base/jobs/job.ts'
import { SplitRepo } from './split.repo.ts'
import { SplitService } from './split.service.ts'

export function openSplits({ db, jobs, workers, now, publishChange }: Lent) {
  const splits = new SplitService({
    splits: new SplitRepo(db),
    jobs,
    catalogue: db.file,
    workers,
    now,
    publishChange,
  })
  return {
    services: {},
    jobs: [
      registerJob({
        kind: 'split',
        input: splitRequest,
        title: ({ name }) => (name === undefined ? 'Make a split' : `Make split ${name}`),
        run: (request, context) => splits.make(request, context),
      }),
    ],
    handlers: answer({
      'split.create': (request) => ({ jobId: splits.create(request) }),
      'split.list': () => splits.list(),
      'split.get': ({ splitId }) => splits.get(splitId),
      'split.export': ({ splitId, file }) => splits.exportCsv(splitId, file),
    }),
  }
}
