import { Button, Code } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { describeError } from './error-text.ts'
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
        {props.onRetry !== undefined && (
          <Button variant="default" onClick={props.onRetry}>
            Try again
          </Button>
        )}
      </div>
    </div>
  )
}
