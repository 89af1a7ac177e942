import { answer } from '#engine/base/procedures/handlers.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import { SnapshotRepo } from './snapshot.repo.ts'
import { SnapshotService } from './snapshot.service.ts'

export function openSnapshots({ db, workers, now, publishChange, settings, closers }: Lent) {
  const snapshots = new SnapshotService({
    snapshots: new SnapshotRepo(db),
    catalogue: db.file,
    workers,
    now,
    publishChange,
  })
  closers.defer(() => snapshots.dispose())
  return {
    services: {},
    jobs: [],
    handlers: answer({
      'snapshot.create': async ({ name, note, reviewer }, signal) =>
        snapshots.create({ name, note, actor: await settings.nameReviewer(reviewer), signal }),
      'snapshot.list': () => snapshots.list(),
      'snapshot.get': ({ snapshotId }) => snapshots.get(snapshotId),
      'snapshot.diff': (request, signal) => snapshots.diff(request, signal),
    }),
  }
}
