import { CopyButton, Tooltip, UnstyledButton } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { shortenHash } from './format.ts'
import styles from './hash-text.module.css'

export interface HashTextProps {
  readonly hash: string
  /** What the hash is of, for its accessible name. */
  readonly of: string
}

/** A content hash, shortened on screen and whole on the clipboard. */
export function HashText({ hash, of }: HashTextProps) {
  return (
    <CopyButton value={hash} timeout={1500}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? 'Copied' : hash} maw={280} multiline className={styles['tip']}>
          <UnstyledButton
            className={styles['hash']}
            onClick={copy}
            aria-label={`${shortenHash(hash)}: copy the SHA-256 of ${of}`}
          >
            {shortenHash(hash)}
            {copied ? <IconCheck size={12} aria-hidden /> : <IconCopy size={12} aria-hidden />}
          </UnstyledButton>
        </Tooltip>
      )}
    </CopyButton>
  )
}
