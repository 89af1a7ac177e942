import type { ReactNode } from 'react'
import styles from './centered.module.css'

/** In the middle of the room that is left. */
export function Centered({ children }: { readonly children: ReactNode }) {
  return <div className={styles['centered']}>{children}</div>
}
