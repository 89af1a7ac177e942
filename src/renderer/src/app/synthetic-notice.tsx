import { IconInfoCircle } from '@tabler/icons-react'
import styles from './frame.module.css'

export function SyntheticNotice() {
  return (
    <div className={styles['notice']} role="note">
      <IconInfoCircle size={14} aria-hidden />
      Synthetic sample: these numbers mean nothing about people.
    </div>
  )
}
