import { ActionIcon, Button, Input, NativeSelect, NumberInput, TextInput } from '@mantine/core'
import { IconPlus, IconX } from '@tabler/icons-react'
import { formatCategory } from '#renderer/components/format.ts'
import { tasksForReading, taskTitles } from '#renderer/components/task-words.ts'
import type { RunDetail } from '#shared/contract/run.contract.ts'
import type { FieldValue, Oversampling } from './fields/train-field.ts'
import styles from './train-form.module.css'

export interface OversamplingFieldProps {
  readonly label: string
  readonly description: string
  readonly error: string | undefined
  readonly value: FieldValue
  readonly labels: RunDetail['labels'] | null
  readonly onChange: (value: readonly Oversampling[]) => void
}

function readRows(value: FieldValue): readonly Oversampling[] {
  return Array.isArray(value) ? value.filter((row) => typeof row === 'object') : []
}

/** Classes drawn more often, one row each. */
export function OversamplingField({
  label,
  description,
  error,
  value,
  labels,
  onChange,
}: OversamplingFieldProps) {
  const rows = readRows(value)
  const change = (index: number, part: Partial<Oversampling>) =>
    onChange(rows.map((row, at) => (at === index ? { ...row, ...part } : row)))
  return (
    <Input.Wrapper label={label} description={description} error={error} labelElement="div">
      {rows.map((row, index) => (
        <OversamplingRow
          // Rows have no identity of their own: two may be equal while they are edited.
          // oxlint-disable-next-line react/no-array-index-key
          key={index}
          row={row}
          place={index + 1}
          known={labels?.[row.task] ?? null}
          onChange={(part) => change(index, part)}
          onRemove={() => onChange(rows.filter((_, at) => at !== index))}
        />
      ))}
      <Button
        variant="default"
        size="compact-xs"
        className={styles['add']}
        leftSection={<IconPlus size={12} aria-hidden />}
        onClick={() => onChange([...rows, { task: 'race', label: labels?.race?.[0] ?? '', factor: 2 }])}
      >
        Add a class
      </Button>
    </Input.Wrapper>
  )
}

interface OversamplingRowProps {
  readonly row: Oversampling
  readonly place: number
  readonly known: readonly string[] | null
  readonly onChange: (part: Partial<Oversampling>) => void
  readonly onRemove: () => void
}

function OversamplingRow({ row, place, known, onChange, onRemove }: OversamplingRowProps) {
  return (
    <div className={styles['oversample']}>
      <NativeSelect
        aria-label={`Task of class ${place}`}
        value={row.task}
        data={tasksForReading.map((task) => ({ value: task, label: taskTitles[task] }))}
        onChange={(event) => {
          const task = tasksForReading.find((one) => one === event.currentTarget.value)
          if (task !== undefined) onChange({ task, label: '' })
        }}
      />
      {known === null ? (
        <TextInput
          aria-label={`Label of class ${place}`}
          placeholder="Label"
          value={row.label}
          onChange={(event) => onChange({ label: event.currentTarget.value })}
        />
      ) : (
        <NativeSelect
          aria-label={`Label of class ${place}`}
          value={row.label}
          data={[
            ...(known.includes(row.label) ? [] : [{ value: row.label, label: row.label || 'Choose' }]),
            ...known.map((label) => ({ value: label, label: formatCategory(label) })),
          ]}
          onChange={(event) => onChange({ label: event.currentTarget.value })}
        />
      )}
      <NumberInput
        aria-label={`Factor of class ${place}`}
        prefix="× "
        min={1}
        step={0.5}
        value={row.factor}
        onChange={(next) => onChange({ factor: Number(next) })}
      />
      <ActionIcon aria-label={`Remove class ${place}`} onClick={onRemove}>
        <IconX size={14} aria-hidden />
      </ActionIcon>
    </div>
  )
}
