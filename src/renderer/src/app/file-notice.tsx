import { CloseButton } from '@mantine/core'
import { IconLock } from '@tabler/icons-react'
import { useState } from 'react'
import styles from './frame.module.css'

/** What happened to the files of the project when it was opened, until it is closed. */
export function FileNotice({ notice }: { readonly notice: string }) {
  const [closed, setClosed] = useState<string | null>(null)
  if (notice === closed) return null
  return (
    <aside className={styles['notice']} aria-label="Files of the project">
      <IconLock size={14} aria-hidden />
      {notice}
      <CloseButton size="sm" aria-label="Close this notice" onClick={() => setClosed(notice)} />
    </aside>
  )
}
