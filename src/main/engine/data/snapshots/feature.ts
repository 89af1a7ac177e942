import { answer } from '#engine/base/procedures/handlers.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import type { ErasureRecordService } from '#engine/data/erasures/erasure-record.service.ts'
import { SnapshotRepo } from './snapshot.repo.ts'
import { SnapshotSealRepo } from './snapshot-seal.repo.ts'
import { SnapshotSeals } from './snapshot-seals.ts'
import { SnapshotService } from './snapshot.service.ts'

export function openSnapshots(lent: Lent & { readonly erasures: ErasureRecordService }) {
  const { db, workers, now, publishChange, settings, closers, erasures, verifiedOnce } = lent
  const snapshotSeals = new SnapshotSeals({ repo: new SnapshotSealRepo(db), verified: verifiedOnce })
  const snapshots = new SnapshotService({
    snapshots: new SnapshotRepo(db),
    seals: snapshotSeals,
    catalogue: db.file,
    workers,
    now,
    publishChange,
  })
  closers.defer(() => snapshots.dispose())
  return {
    services: { snapshotSeals },
    holder: snapshots.holder,
    jobs: [],
    handlers: answer({
      'snapshot.create': async ({ name, note, reviewer }, signal) =>
        snapshots.create({ name, note, actor: await settings.nameReviewer(reviewer), signal }),
      'snapshot.list': () =>
        snapshots.list().map((one) => ({ ...one, ...erasures.mark('snapshot', one.id) })),
      'snapshot.get': async ({ snapshotId }, signal) => ({
        ...(await snapshots.getVerified(snapshotId, signal)),
        ...erasures.mark('snapshot', snapshotId),
      }),
      'snapshot.diff': (request, signal) => snapshots.diff(request, signal),
    }),
  }
}
