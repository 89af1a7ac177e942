import type { ReactNode } from 'react'
import styles from './stat-list.module.css'

export interface Stat {
  readonly term: string
  readonly value: ReactNode
  readonly note?: string
}

/** A row of named figures. */
export function StatList({ stats }: { readonly stats: readonly Stat[] }) {
  return (
    <dl className={styles['stats']}>
      {stats.map(({ term, value, note }) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>
            {value}
            {note !== undefined && <span>{note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  )
}
