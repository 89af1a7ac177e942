import { IconInfoCircle } from '@tabler/icons-react'
import styles from './frame.module.css'

export function SyntheticNotice() {
  return (
    <aside className={styles['notice']} aria-label="Sample project">
      <IconInfoCircle size={14} aria-hidden />
      Synthetic sample: these numbers mean nothing about people.
    </aside>
  )
}
