import { Button, Group, Modal, NativeSelect, Stack, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { removeReasonCodes, removeReasons } from '#shared/domain/decision-words.ts'
import { ageBinLabels, labelSchemes } from '#shared/domain/label-schemes.ts'
import { tasks, type Task } from '#shared/domain/tasks.ts'
import { formatCategory, pluralise } from '#renderer/components/format.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { Choice } from './use-decide.tsx'

export interface DecideDialogProps {
  readonly count: number
  readonly onDecide: (choice: Choice) => void
  readonly onClose: () => void
}

/** Why images leave: from the list, and in words where the list does not say it. */
export function RemoveDialog({ count, onDecide, onClose }: DecideDialogProps) {
  const [reason, setReason] = useState<(typeof removeReasonCodes)[number]>('other')
  const [note, setNote] = useState('')
  return (
    <Modal opened onClose={onClose} title={`Remove ${pluralise(count, 'image')}`} size="sm">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          const text = note.trim()
          onDecide({ action: 'remove', reason, ...(text === '' ? {} : { note: text }) })
        }}
      >
        <Stack gap="md">
          <NativeSelect
            label="Reason"
            value={reason}
            data-autofocus
            onChange={(event) =>
              setReason(removeReasonCodes.find((code) => code === event.currentTarget.value) ?? 'other')
            }
            data={removeReasonCodes.map((code) => ({ value: code, label: removeReasons[code] }))}
          />
          <TextInput
            label="Note"
            maxLength={2000}
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
          <Buttons verb="Remove" onClose={onClose} />
        </Stack>
      </form>
    </Modal>
  )
}

const taskTitles = { race: 'Race', gender: 'Gender', age: 'Age' } as const
const missing = ''

/** Another label for images; the one they had stays in their history. */
export function RelabelDialog({ count, onDecide, onClose }: DecideDialogProps) {
  const api = useApi()
  const datasets = useQuery(api.dataset.list.queryOptions())
  const [task, setTask] = useState<Task>('race')
  const [value, setValue] = useState<string | null>(null)
  const schemes = [...new Set((datasets.data ?? []).map(({ labelScheme }) => labelScheme))]
  const labels =
    task === 'age'
      ? ageBinLabels
      : [...new Set(schemes.flatMap((scheme): readonly string[] => labelSchemes[scheme][task]))]
  const isSet = value !== null
  return (
    <Modal opened onClose={onClose} title={`Relabel ${pluralise(count, 'image')}`} size="sm">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (isSet) onDecide({ action: 'relabel', task, value: value === missing ? null : value })
        }}
      >
        <Stack gap="md">
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
          <Buttons verb="Relabel" isReady={isSet} onClose={onClose} />
        </Stack>
      </form>
    </Modal>
  )
}

interface ButtonsProps {
  readonly verb: string
  readonly isReady?: boolean
  readonly onClose: () => void
}

function Buttons({ verb, isReady = true, onClose }: ButtonsProps) {
  return (
    <Group justify="flex-end" gap="sm">
      <Button variant="default" onClick={onClose}>
        Cancel
      </Button>
      <Button type="submit" disabled={!isReady}>
        {verb}
      </Button>
    </Group>
  )
}
