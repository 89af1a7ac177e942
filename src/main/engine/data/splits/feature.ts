import { splitRequest } from '#shared/contract/split.contract.ts'
import { answer } from '#engine/base/procedures/handlers.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import { registerJob } from '#engine/base/jobs/job.ts'
import type { ErasureRecordService } from '#engine/data/erasures/erasure-record.service.ts'
import type { SnapshotSeals } from '#engine/data/snapshots/snapshot-seals.ts'
import { SplitRepo } from './split.repo.ts'
import { SplitSealRepo } from './split-seal.repo.ts'
import { SplitSeals } from './split-seals.ts'
import { SplitStandings } from './split-standings.ts'
import { SplitService } from './split.service.ts'

interface SplitsLent extends Lent {
  readonly erasures: ErasureRecordService
  readonly snapshotSeals: SnapshotSeals
}

export function openSplits(lent: SplitsLent) {
  const { db, jobs, workers, now, closers, erasures, verifiedOnce, snapshotSeals } = lent
  const splitSeals = new SplitSeals({ repo: new SplitSealRepo(db), verified: verifiedOnce })
  const splitStandings = new SplitStandings({ catalogue: db.file, workers })
  closers.defer(() => splitStandings.dispose())
  const splits = new SplitService({
    splits: new SplitRepo(db),
    seals: splitSeals,
    snapshotSeals,
    jobs,
    catalogue: db.file,
    workers,
    now,
  })
  return {
    services: { splitSeals, splitStandings },
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
      'split.get': async ({ splitId }, signal) => ({
        ...(await splits.getVerified(splitId, signal)),
        ...erasures.mark('split', splitId),
      }),
      'split.cells': ({ splitId }, signal) => splitStandings.cells(splits.get(splitId).splitId, signal),
      'split.compare': ({ splitId, otherId }, signal) =>
        splitStandings.compare(splits.get(splitId).splitId, splits.get(otherId).splitId, signal),
      'split.standings': (_, signal) => splitStandings.list(signal),
      'split.again': ({ splitId, name }) => ({ jobId: splits.again(splitId, name) }),
      'split.export': ({ splitId, ...target }) => splits.export(splitId, target),
    }),
  }
}
