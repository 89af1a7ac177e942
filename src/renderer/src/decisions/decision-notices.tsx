import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { pluralise } from '#renderer/components/format.ts'
import type { ActId, DecisionOutcome } from '#shared/contract/decision.contract.ts'
import type { Host } from '#renderer/host/host.ts'
import styles from './decision-notices.module.css'

/** More of them than this are told together. */
const mostNotices = 3

/** What the engine refused stays on screen until it is closed, since nothing else tells of it. */
export function showConflicts({ conflicts, conflictCount }: DecisionOutcome, host: Host): void {
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
      title: `${pluralise(others, 'more image')} ${others === 1 ? 'was left as it is' : 'were left as they are'}`,
      message: 'Somebody changed them after this window had read them.',
      autoClose: false,
    })
  }
}

/** What was done, on a screen that has no line for it; with `undo` it can be taken back from there. */
export function showDone({ actId, title }: DecisionOutcome, undo?: (actId: ActId) => void): void {
  if (actId === null) return
  const id = `act-${actId}`
  const takeBack = () => {
    notifications.hide(id)
    undo?.(actId)
  }
  notifications.show({
    id,
    title,
    message:
      undo === undefined ? null : (
        <Button size="compact-xs" variant="default" onClick={takeBack}>
          Undo
        </Button>
      ),
  })
}
