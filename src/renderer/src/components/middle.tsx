import type { ReactNode } from 'react'
import styles from './middle.module.css'

/** What the screen is about, before the panel at the right. */
export function Middle({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <section className={styles['middle']} aria-label={label}>
      {children}
    </section>
  )
}

export interface ToolbarProps {
  /** Before the line that says where one is. */
  readonly start?: ReactNode
  readonly position: ReactNode
  readonly children?: ReactNode
}

export function Toolbar({ start, position, children }: ToolbarProps) {
  return (
    <div className={styles['toolbar']}>
      {start}
      <span className={styles['position']}>{position}</span>
      {children}
    </div>
  )
}
