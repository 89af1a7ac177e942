import type { EngineImplementer } from '#engine/base/kernel/implementer.ts'
import type { UserSettingsStore } from '#engine/base/settings/user-settings.ts'
import type { SnapshotService } from './snapshot.service.ts'

interface SnapshotHandlerDeps {
  /** Gives the open project's services, or throws PRECONDITION. */
  readonly services: () => { readonly snapshots: SnapshotService }
  readonly settings: UserSettingsStore
}

const whenever = (signal: AbortSignal | undefined): AbortSignal => signal ?? new AbortController().signal

export function createSnapshotHandlers(
  os: EngineImplementer['snapshot'],
  { services, settings }: SnapshotHandlerDeps,
) {
  return {
    create: os.create.handler(async ({ input: { name, note, reviewer }, signal }) => {
      const actor = reviewer ?? (await settings.get()).reviewer
      return services().snapshots.create({ name, note, actor, signal: whenever(signal) })
    }),
    list: os.list.handler(() => services().snapshots.list()),
    get: os.get.handler(({ input }) => services().snapshots.get(input.snapshotId)),
    diff: os.diff.handler(({ input, signal }) => services().snapshots.diff(input, whenever(signal))),
  }
}
