import type { ReactNode } from 'react'
import styles from './panel.module.css'

export interface PanelProps {
  readonly title?: ReactNode
  /** Small figures or words beside the title. */
  readonly note?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
  readonly padded?: boolean
  readonly className?: string | undefined
}

export function Panel({ title, note, actions, children, padded = true, className }: PanelProps) {
  return (
    <section className={[styles['panel'], className].filter(Boolean).join(' ')}>
      {title !== undefined && (
        <header className={styles['head']}>
          <h2>{title}</h2>
          {note !== undefined && <span className={styles['note']}>{note}</span>}
          {actions !== undefined && <div className={styles['actions']}>{actions}</div>}
        </header>
      )}
      <div className={padded ? styles['body'] : undefined}>{children}</div>
    </section>
  )
}
