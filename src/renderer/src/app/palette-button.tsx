import { UnstyledButton } from '@mantine/core'
import { spotlight } from '@mantine/spotlight'
import { IconSearch } from '@tabler/icons-react'
import styles from './frame.module.css'

const isApple = /Mac|iPhone|iPad/.test(navigator.platform)

export function PaletteButton() {
  return (
    <UnstyledButton className={styles['palette']} onClick={spotlight.open}>
      <IconSearch size={14} aria-hidden />
      <span>Commands</span>
      <kbd>{isApple ? '⌘K' : 'Ctrl K'}</kbd>
    </UnstyledButton>
  )
}
