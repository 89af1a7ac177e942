import type { ReactNode } from 'react'
import { ActionButtons, type ActionButton } from './action-buttons.tsx'
import styles from './action-bar.module.css'

export interface ActionBarProps {
  readonly label: string
  /** The labels to choose from, where it is labels that are decided. */
  readonly picker?: ReactNode
  readonly actions: readonly ActionButton[]
  readonly children?: ReactNode
}

/** What is done with what is in view, below it. */
export function ActionBar({ label, picker, actions, children }: ActionBarProps) {
  return (
    <footer className={styles['actions']} aria-label={label}>
      {picker}
      <div className={styles['row']}>
        <ActionButtons actions={actions} />
      </div>
      {children}
    </footer>
  )
}
