import { UnstyledButton } from '@mantine/core'
import { Key } from '#renderer/components/key.tsx'
import styles from './action-buttons.module.css'
import { formatChord, type Chord } from './keys/chord.ts'

export interface ActionButton {
  readonly title: string
  /** As stored; null for an action without a key. */
  readonly chord: Chord | null
  readonly run: () => void
  readonly isDisabled?: boolean
  readonly tone?: 'danger'
  /** For what is chosen among several. */
  readonly isChosen?: boolean
}

/** What can be done now, each with its key. */
export function ActionButtons({ actions }: { readonly actions: readonly ActionButton[] }) {
  return actions.map(({ title, chord, run, isDisabled, tone, isChosen }) => (
    <UnstyledButton
      key={title}
      className={styles['action']}
      data-tone={tone}
      aria-pressed={isChosen}
      disabled={isDisabled === true}
      onClick={run}
    >
      {chord !== null && <Key>{formatChord(chord)}</Key>}
      {title}
    </UnstyledButton>
  ))
}
