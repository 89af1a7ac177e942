import { UnstyledButton } from '@mantine/core'
import { useEffect, useRef, type ReactNode } from 'react'
import styles from './count-row.module.css'

export interface CountRowProps {
  readonly title: string
  readonly help?: string
  readonly count: ReactNode
  /** Of the longest bar; without it there is none. */
  readonly share?: number
  /** For what is chosen among several. */
  readonly isChosen?: boolean
  readonly onChoose: () => void
}

/** A choice with how many images it holds; the one that is chosen comes into sight. */
export function CountRow({ title, help, count, share, isChosen, onChoose }: CountRowProps) {
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (isChosen === true) button.current?.scrollIntoView({ block: 'nearest' })
  }, [isChosen])
  return (
    <UnstyledButton
      ref={button}
      className={styles['row']}
      aria-pressed={isChosen}
      title={help}
      onClick={onChoose}
    >
      {share !== undefined && <span className={styles['bar']} style={{ width: `${share * 100}%` }} />}
      <span className={styles['title']}>{title}</span> <span className={styles['count']}>{count}</span>
    </UnstyledButton>
  )
}
