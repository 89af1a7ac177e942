import { Button, Skeleton, UnstyledButton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { formatCount } from '#shared/domain/format.ts'
import { formatTime } from '#renderer/components/format.ts'
import { HashText } from '#renderer/components/hash-text.tsx'
import { Panel } from '#renderer/components/panel.tsx'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import styles from './history-screen.module.css'
import { describeDifference } from './history-words.ts'

export interface SnapshotsPanelProps {
  readonly chosen: number | null
  readonly onChoose: (snapshotId: number) => void
  readonly onNew: () => void
}

/** States of the catalogue that were kept, and what has changed since one of them. */
export function SnapshotsPanel({ chosen, onChoose, onNew }: SnapshotsPanelProps) {
  const api = useApi()
  const list = useQuery(api.snapshot.list.queryOptions())
  const create = (
    <Button size="compact-xs" variant="default" onClick={onNew}>
      New snapshot
    </Button>
  )
  return (
    <Panel title="Snapshots" padded={false} actions={create}>
      {list.error !== null && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
      {list.isPending && list.error === null && <Skeleton h={120} />}
      {list.data?.length === 0 && (
        <EmptyState text="No state of the catalogue has been kept yet. Keep one before a large clean-up, to see afterwards what it changed." />
      )}
      {list.data !== undefined && list.data.length > 0 && (
        <table className="ev-table">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Kept</th>
              <th scope="col" className="num">
                Images
              </th>
              <th scope="col">Hash</th>
            </tr>
          </thead>
          <tbody>
            {list.data.map(({ id, name, note, reviewer, createdAt, images, hash }) => (
              <tr key={id}>
                <th scope="row">
                  <UnstyledButton
                    className={chosen === id ? styles['chosen'] : undefined}
                    aria-pressed={chosen === id}
                    title={note}
                    onClick={() => onChoose(id)}
                  >
                    {name}
                  </UnstyledButton>
                </th>
                <td>
                  {formatTime(createdAt)} by {reviewer}
                </td>
                <td className="num">{formatCount(images)}</td>
                <td>
                  <HashText hash={hash} of={`the snapshot ${name}`} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {chosen !== null && <Difference snapshotId={chosen} />}
    </Panel>
  )
}

function Difference({ snapshotId }: { readonly snapshotId: number }) {
  const api = useApi()
  const diff = useQuery(api.snapshot.diff.queryOptions({ input: { a: snapshotId } }))
  if (diff.error !== null) return <ErrorState error={diff.error} compact />
  if (diff.data === undefined) return <Skeleton h={64} />
  const { text, items, nextCursor } = diff.data
  return (
    <section aria-label="Changed since this snapshot">
      <p className={styles['diff']}>Since then: {text}</p>
      <ul className={styles['differences']}>
        {items.map((item) => (
          <li key={item.imageId}>
            <Link to="/catalogue" search={{ image: item.imageId, status: ['undecided', 'kept', 'removed'] }}>
              Image {item.imageId}
            </Link>
            <span>{item.path}</span>
            <span>{describeDifference(item)}</span>
          </li>
        ))}
      </ul>
      {nextCursor !== null && (
        <p className={styles['diff']}>
          These are the first {formatCount(items.length)}; <code>evenhand snapshot diff</code> lists them all.
        </p>
      )}
    </section>
  )
}
