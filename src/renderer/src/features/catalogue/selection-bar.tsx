import { ActionIcon, Button, Kbd, Tooltip } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { pluralise } from '#renderer/components/format.ts'
import styles from './catalogue.module.css'

export interface SelectionBarProps {
  readonly count: number
  readonly total: number
  readonly isBusy: boolean
  readonly onKeep: () => void
  readonly onRemove: () => void
  readonly onRelabel: () => void
  readonly onRestore: () => void
  readonly onExport: () => void
  readonly onSelectAll: () => void
  readonly onClear: () => void
}

/** What can be done with the selected images, each with its key. */
export function SelectionBar(props: SelectionBarProps) {
  const { count, total, isBusy } = props
  const actions = [
    { label: 'Keep', key: 'K', act: props.onKeep },
    { label: 'Remove', key: 'X', act: props.onRemove },
    { label: 'Relabel', key: 'L', act: props.onRelabel },
    { label: 'Restore', key: null, act: props.onRestore },
    { label: 'Export', key: null, act: props.onExport },
  ] as const
  return (
    <div className={styles['selectionBar']} role="toolbar" aria-label="Selected images">
      <output>{pluralise(count, 'image')} selected</output>
      {actions.map(({ label, key, act }) => (
        <Button
          key={label}
          size="compact-sm"
          variant="default"
          disabled={isBusy}
          onClick={act}
          rightSection={key === null ? undefined : <Kbd size="xs">{key}</Kbd>}
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
