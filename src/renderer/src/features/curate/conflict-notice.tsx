import { notifications } from '@mantine/notifications'
import { describeError } from '#renderer/components/error-text.ts'
import { pluralise } from '#renderer/components/format.ts'
import { useHost } from '#renderer/engine/engine-context.tsx'
import type { DecisionOutcome } from '#shared/contract/decision.contract.ts'
import type { Host } from '#renderer/host/host.ts'
import styles from './curate.module.css'

/** More of them than this are told together. */
const mostNotices = 3

/** What the engine refused stays on screen until it is closed, since nothing else tells of it. */
export function useConflictNotices() {
  const host = useHost()
  return {
    showConflicts: (outcome: DecisionOutcome) => showConflicts(outcome, host),
    showFailure: (error: unknown) => {
      const text = describeError(error)
      notifications.show({ color: 'red', title: text.title, message: text.message, autoClose: false })
    },
  }
}

function showConflicts({ conflicts, conflictCount }: DecisionOutcome, host: Host): void {
  for (const { imageId, message } of conflicts.slice(0, mostNotices)) {
    notifications.show({
      color: 'yellow',
      title: `Image ${imageId} was left as it is`,
      message: (
        <span className={styles['notice']}>
          <img src={host.imageUrl(imageId)} alt="" />
          {message}
        </span>
      ),
      autoClose: false,
    })
  }
  const others = conflictCount - Math.min(conflicts.length, mostNotices)
  if (others > 0) {
    notifications.show({
      color: 'yellow',
      title: `${pluralise(others, 'more image')} ${others === 1 ? 'was' : 'were'} left as they are`,
      message: 'Somebody changed them after this window had read them.',
      autoClose: false,
    })
  }
}
