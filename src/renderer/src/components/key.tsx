import type { ReactNode } from 'react'
import styles from './key.module.css'

/** A key beside what it does. */
export function Key({ children }: { readonly children: ReactNode }) {
  return <kbd className={styles['key']}>{children}</kbd>
}
