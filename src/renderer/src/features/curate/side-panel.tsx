import type { ReactNode } from 'react'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import styles from './side-panel.module.css'

/** What is known about what stands in the middle. */
export function SidePanel({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <ScrollRegion label={label} className={styles['panel']}>
      {children}
    </ScrollRegion>
  )
}
