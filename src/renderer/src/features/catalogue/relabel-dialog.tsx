import { NativeSelect, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ageBinLabels, labelSchemes } from '#shared/domain/label-schemes.ts'
import { tasks, type Task } from '#shared/domain/tasks.ts'
import { FormDialog } from '#renderer/components/form-dialog.tsx'
import { formatCategory, pluralise } from '#renderer/components/format.ts'
import { taskTitles } from '#renderer/components/task-words.ts'
import type { Choice } from '#renderer/decisions/decision-order.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'

export interface RelabelDialogProps {
  readonly count: number
  readonly onDecide: (choice: Choice) => void
  readonly onClose: () => void
}

const missing = ''

/** Another label for images; the one they had stays in their history. */
export function RelabelDialog({ count, onDecide, onClose }: RelabelDialogProps) {
  const api = useApi()
  const datasets = useQuery(api.dataset.list.queryOptions())
  const [task, setTask] = useState<Task>('race')
  const [value, setValue] = useState<string | null>(null)
  const schemes = [...new Set((datasets.data ?? []).map(({ labelScheme }) => labelScheme))]
  const labels =
    task === 'age'
      ? ageBinLabels
      : [...new Set(schemes.flatMap((scheme): readonly string[] => labelSchemes[scheme][task]))]
  return (
    <FormDialog
      title={`Relabel ${pluralise(count, 'image')}`}
      size="sm"
      submitTitle="Relabel"
      isDisabled={value === null}
      onSubmit={() => {
        if (value !== null) onDecide({ action: 'relabel', task, value: value === missing ? null : value })
      }}
      onClose={onClose}
    >
      <NativeSelect
        label="Label"
        value={task}
        data-autofocus
        onChange={(event) => {
          setTask(tasks.find((one) => one === event.currentTarget.value) ?? 'race')
          setValue(null)
        }}
        data={tasks.map((one) => ({ value: one, label: taskTitles[one] }))}
      />
      <NativeSelect
        label="New value"
        value={value ?? 'unset'}
        onChange={(event) => setValue(event.currentTarget.value)}
        data={[
          { value: 'unset', label: 'Choose', disabled: true },
          ...labels.map((label) => ({ value: label, label: formatCategory(label) })),
          { value: missing, label: 'Not labelled' },
        ]}
      />
      {task === 'age' && (
        <TextInput
          label="Or years"
          inputMode="numeric"
          pattern="\d{1,3}"
          onChange={(event) => setValue(event.currentTarget.value.trim() || null)}
        />
      )}
    </FormDialog>
  )
}
