import { ActionIcon, Button, Kbd, Tooltip } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { pluralise } from '#renderer/components/format.ts'
import { formatChord } from '#renderer/decisions/keys/chord.ts'
import type { KeyBindings } from '#renderer/decisions/keys/key-bindings.ts'
import styles from './selection-bar.module.css'

export interface SelectionBarProps {
  readonly count: number
  readonly total: number
  readonly isBusy: boolean
  readonly bindings: KeyBindings
  readonly onKeep: () => void
  readonly onRemove: () => void
  readonly onRelabel: () => void
  readonly onRestore: () => void
  readonly onExport: () => void
  readonly onErase: () => void
  readonly onSelectAll: () => void
  readonly onClear: () => void
}

/** What can be done with the selected images, each with its key. */
export function SelectionBar(props: SelectionBarProps) {
  const { count, total, isBusy, bindings } = props
  const actions = [
    { label: 'Keep', chord: bindings.keep, act: props.onKeep },
    { label: 'Remove', chord: bindings.remove, act: props.onRemove },
    { label: 'Relabel', chord: bindings.relabel, act: props.onRelabel },
    { label: 'Restore', chord: null, act: props.onRestore },
    { label: 'Export', chord: null, act: props.onExport },
    { label: 'Erase', chord: null, act: props.onErase },
  ]
  return (
    <div className={styles['bar']} role="toolbar" aria-label="Selected images">
      <output>{pluralise(count, 'image')} selected</output>
      {actions.map(({ label, chord, act }) => (
        <Button
          key={label}
          size="compact-sm"
          variant="default"
          disabled={isBusy}
          onClick={act}
          rightSection={chord === null ? undefined : <Kbd size="xs">{formatChord(chord)}</Kbd>}
        >
          {label}
        </Button>
      ))}
      {count < total && (
        <Button size="compact-sm" variant="subtle" onClick={props.onSelectAll}>
          Select all {pluralise(total, 'image')}
        </Button>
      )}
      <Tooltip label="Select nothing (Esc)">
        <ActionIcon aria-label="Select nothing" onClick={props.onClear}>
          <IconX size={16} />
        </ActionIcon>
      </Tooltip>
    </div>
  )
}
