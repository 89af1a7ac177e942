import { useQuery } from '@tanstack/react-query'
import { formatTime } from '../format.ts'
import { Quiet } from '../quiet.tsx'
import { ErrorState } from '../states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import styles from './image-history.module.css'
import { describeChanges } from './detail-view.ts'

const shown = 50

/** What people decided about the image, newest first. */
export function History({ imageId }: { readonly imageId: number }) {
  const api = useApi()
  const history = useQuery(api.decision.history.queryOptions({ input: { imageId, limit: shown } }))
  if (history.error !== null) return <ErrorState error={history.error} compact />
  const entries = history.data?.items ?? []
  return (
    <>
      <h3>History</h3>
      {history.data !== undefined && entries.length === 0 && (
        <Quiet>Nobody has decided about this image.</Quiet>
      )}
      <ol className={styles['history']}>
        {entries.map((entry) => (
          <li key={entry.actId} data-undone={entry.isUndone || undefined}>
            <span>
              {describeChanges(entry.changes)}
              {entry.kind === 'undo' && ' (undo)'}
              {entry.kind === 'redo' && ' (redo)'}
              {entry.isUndone && ' (taken back)'}
            </span>
            <span className={styles['who']}>
              {entry.reviewer}, {formatTime(entry.at)}
            </span>
          </li>
        ))}
      </ol>
    </>
  )
}
