import { useQuery } from '@tanstack/react-query'
import { checks, type CheckId } from '#shared/domain/checks.ts'
import { Quiet } from '#renderer/components/quiet.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { describeProgress } from './finding-words.ts'
import styles from './queue-progress.module.css'

/** How far a queue is decided, how long the rest takes at this pace, and under whose name. */
export function QueueProgress({ check }: { readonly check: CheckId }) {
  const api = useApi()
  const progress = useQuery(api.decision.progress.queryOptions({ input: { check } }))
  const state = useQuery(api.decision.state.queryOptions({ input: {} }))
  if (progress.data === undefined) return null
  const { decided, total } = progress.data
  return (
    <section className={styles['progress']} aria-label="Progress">
      <strong>{checks[check].title}</strong>
      <p>{describeProgress(progress.data)}</p>
      <div className={styles['track']} aria-hidden>
        <span style={{ width: `${total === 0 ? 0 : (decided / total) * 100}%` }} />
      </div>
      {state.data !== undefined && <Quiet>Deciding as {state.data.reviewer}</Quiet>}
    </section>
  )
}
