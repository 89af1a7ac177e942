import { Button, Skeleton, VisuallyHidden } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { HistoryEntry } from '#shared/contract/decision.contract.ts'
import { formatTime } from '#renderer/components/format.ts'
import { Panel } from '#renderer/components/panel.tsx'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { showDone } from '#renderer/decisions/decision-notices.tsx'
import { useDecide, type Deciding } from '#renderer/decisions/use-decide.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import styles from './history-screen.module.css'
import { canUndo, describeChange, describeReach, describeWhy } from './history-words.ts'

const pageSize = 50

/** Every act, newest first; what is one's own can be taken back by itself. */
export function ActsPanel() {
  const api = useApi()
  const deciding = useDecide()
  const state = useQuery(api.decision.state.queryOptions({ input: {} }))
  const acts = useInfiniteQuery(
    api.decision.history.infiniteOptions({
      input: (cursor: number | undefined) => ({
        limit: pageSize,
        ...(cursor === undefined ? {} : { cursor }),
      }),
      initialPageParam: undefined,
      getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    }),
  )
  const items = acts.data?.pages.flatMap((page) => page.items) ?? []
  const redo = state.data?.redo ?? null
  return (
    <Panel
      title="Acts"
      note={state.data === undefined ? undefined : `you decide as ${state.data.reviewer}`}
      padded={false}
      actions={
        redo !== null && (
          <Button
            size="compact-xs"
            variant="default"
            disabled={deciding.isBusy}
            onClick={() => deciding.redo({ actId: redo.actId, onDone: ({ outcome }) => showDone(outcome) })}
          >
            Redo: {redo.title}
          </Button>
        )
      }
    >
      {acts.error !== null && <ErrorState error={acts.error} onRetry={() => void acts.refetch()} />}
      {acts.isPending && acts.error === null && <Skeleton h={240} />}
      {acts.data !== undefined && items.length === 0 && (
        <EmptyState text="Nothing has been decided yet." action={<Link to="/curate">Open the queues</Link>} />
      )}
      {items.length > 0 && (
        <div className="ev-scroll-x">
          <table className="ev-table">
            <thead>
              <tr>
                <th scope="col">What</th>
                <th scope="col">Who</th>
                <th scope="col">When</th>
                <th scope="col">Images</th>
                <th scope="col">
                  <VisuallyHidden>Take back</VisuallyHidden>
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map((entry) => (
                <ActRow
                  key={entry.actId}
                  entry={entry}
                  reviewer={state.data?.reviewer ?? ''}
                  deciding={deciding}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {acts.hasNextPage && (
        <div className={styles['more']}>
          <Button
            variant="default"
            loading={acts.isFetchingNextPage}
            onClick={() => void acts.fetchNextPage()}
          >
            Show earlier acts
          </Button>
        </div>
      )}
    </Panel>
  )
}

interface ActRowProps {
  readonly entry: HistoryEntry
  readonly reviewer: string
  readonly deciding: Deciding
}

function ActRow({ entry, reviewer, deciding }: ActRowProps) {
  const why = describeWhy(entry)
  return (
    <tr className={styles['act']} data-undone={entry.isUndone || undefined}>
      <th scope="row">
        <span className={styles['title']}>{entry.title}</span>
        {entry.isUndone && ' (undone)'}
        {why !== '' && <span className={styles['why']}> {why}</span>}
        {entry.changes.length > 0 && (
          <details>
            <summary>Changes</summary>
            <ul className={styles['changes']}>
              {entry.changes.map((change) => (
                <li key={`${change.imageId} ${change.field} ${change.check}`}>
                  <Link
                    to="/catalogue"
                    search={{ image: change.imageId, status: ['undecided', 'kept', 'removed'] }}
                  >
                    Image {change.imageId}
                  </Link>{' '}
                  {describeChange(change)}
                </li>
              ))}
            </ul>
          </details>
        )}
      </th>
      <td>{entry.reviewer}</td>
      <td>{formatTime(entry.at)}</td>
      <td>{describeReach(entry)}</td>
      <td>
        {canUndo(entry, reviewer) && (
          <Button
            size="compact-xs"
            variant="default"
            aria-label={`Undo: ${entry.title}`}
            disabled={deciding.isBusy}
            onClick={() => deciding.undo({ actId: entry.actId, onDone: ({ outcome }) => showDone(outcome) })}
          >
            Undo
          </Button>
        )}
      </td>
    </tr>
  )
}
