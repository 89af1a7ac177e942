import { Button, Code } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { describeError } from './error-text.ts'
import { PartError } from './load-part.ts'
import styles from './states.module.css'

export interface EmptyStateProps {
  readonly icon?: ReactNode
  readonly text: string
  readonly action?: ReactNode
}

/** One sentence and one action. */
export function EmptyState(props: EmptyStateProps) {
  return (
    <div className={styles['empty']}>
      {props.icon !== undefined && (
        <span className={styles['icon']} aria-hidden>
          {props.icon}
        </span>
      )}
      <p>{props.text}</p>
      {props.action}
    </div>
  )
}

export interface ErrorStateProps {
  readonly error: unknown
  readonly onRetry?: () => void
  readonly compact?: boolean
}

/** What, where, what to do; the details are folded. */
export function ErrorState(props: ErrorStateProps) {
  const text = describeError(props.error)
  const retry = chooseRetry(props)
  return (
    <div className={styles['error']} role="alert" data-compact={props.compact === true || undefined}>
      <IconAlertTriangle size={18} aria-hidden className={styles['errorIcon']} />
      <div className={styles['errorBody']}>
        <strong>{text.title}</strong>
        <p>{text.message}</p>
        <details>
          <summary>Details</summary>
          <Code block>{text.details}</Code>
        </details>
        {retry !== null && (
          <Button variant="default" onClick={retry.run}>
            {retry.title}
          </Button>
        )}
      </div>
    </div>
  )
}

function chooseRetry({ error, onRetry }: ErrorStateProps) {
  // Not every browser asks again for a module that it once failed to fetch.
  if (error instanceof PartError)
    return { title: 'Reload the window', run: () => globalThis.location.reload() }
  return onRetry === undefined ? null : { title: 'Try again', run: onRetry }
}
