import { Button, Checkbox, Popover } from '@mantine/core'
import { IconColumns3 } from '@tabler/icons-react'
import { describeColumn, imageColumns, type ImageColumn } from '#shared/domain/image-columns.ts'
import styles from '#renderer/components/choice-list.module.css'

export interface ColumnChoiceProps {
  readonly columns: readonly ImageColumn[]
  readonly onChange: (columns: readonly ImageColumn[]) => void
}

/** Which columns a table shows or a file gets; the last one cannot be taken away. */
export function ColumnChoice({ columns, onChange }: ColumnChoiceProps) {
  return (
    <Popover position="bottom-end" shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<IconColumns3 size={14} aria-hidden />}>
          Columns
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <ColumnList columns={columns} onChange={onChange} />
      </Popover.Dropdown>
    </Popover>
  )
}

export function ColumnList({ columns, onChange }: ColumnChoiceProps) {
  return (
    <fieldset className={styles['list']} aria-label="Columns">
      {imageColumns.map((column) => (
        <Checkbox
          key={column}
          size="xs"
          label={describeColumn(column).title}
          checked={columns.includes(column)}
          disabled={columns.length === 1 && columns.includes(column)}
          onChange={(event) => {
            const isWanted = event.currentTarget.checked
            onChange(imageColumns.filter((one) => (one === column ? isWanted : columns.includes(one))))
          }}
        />
      ))}
    </fieldset>
  )
}
