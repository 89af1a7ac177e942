import type { ReactNode } from 'react'
import styles from './quiet.module.css'

/** What explains, and gives way to what it explains. */
export function Quiet({ children, role }: { readonly children: ReactNode; readonly role?: 'alert' }) {
  return (
    <p className={styles['quiet']} role={role}>
      {children}
    </p>
  )
}
