import type { ReactNode } from 'react'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import styles from './report.module.css'

/** Panels of figures, one below the other. */
export function Report({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <ScrollRegion label={label} className={styles['report']}>
      {children}
    </ScrollRegion>
  )
}
