import { splitRequest } from '#shared/contract/split.contract.ts'
import { answer } from '#engine/base/procedures/handlers.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import { registerJob } from '#engine/base/jobs/job.ts'
import { SplitRepo } from './split.repo.ts'
import { SplitService } from './split.service.ts'

export function openSplits({ db, jobs, workers, now }: Lent) {
  const splits = new SplitService({
    splits: new SplitRepo(db),
    jobs,
    catalogue: db.file,
    workers,
    now,
  })
  return {
    services: {},
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
      'split.list': () => splits.list(),
      'split.get': ({ splitId }) => splits.get(splitId),
      'split.export': ({ splitId, file }) => splits.exportCsv(splitId, file),
    }),
  }
}
