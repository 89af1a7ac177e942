import { Checkbox, Group, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { Purpose } from '#shared/contract/purpose.contract.ts'
import { guardedTasks, type GuardedTask } from '#shared/domain/guarded-tasks.ts'
import { FormDialog } from './form-dialog.tsx'
import { taskTitles } from './task-words.ts'

export interface RecordPurposeProps {
  readonly onRecorded?: (purpose: Purpose) => void
  readonly onClose: () => void
}

/** The form that records who asks for which labels, what for and until when. */
export function RecordPurpose({ onRecorded, onClose }: RecordPurposeProps) {
  const api = useApi()
  const queryClient = useQueryClient()
  const [tasks, setTasks] = useState<readonly GuardedTask[]>(['race'])
  const [who, setWho] = useState('')
  const [what, setWhat] = useState('')
  const [until, setUntil] = useState('')
  const record = useMutation(
    api.purpose.record.mutationOptions({
      onSuccess: (made) => {
        void queryClient.invalidateQueries({ queryKey: api.purpose.list.key() })
        onRecorded?.(made)
        onClose()
      },
    }),
  )
  const isComplete = tasks.length > 0 && who.trim() !== '' && what.trim() !== '' && until !== ''
  return (
    <FormDialog
      title="Record a purpose"
      submitTitle="Record"
      isBusy={record.isPending}
      isDisabled={!isComplete}
      error={record.error}
      onSubmit={() => record.mutate({ tasks: [...tasks], who, what, until })}
      onClose={onClose}
    >
      <Checkbox.Group
        label="Labels"
        value={[...tasks]}
        onChange={(values) => setTasks(guardedTasks.filter((task) => values.includes(task)))}
      >
        <Group gap="md" mt={4}>
          {guardedTasks.map((task) => (
            <Checkbox key={task} value={task} label={taskTitles[task]} />
          ))}
        </Group>
      </Checkbox.Group>
      <TextInput
        label="Who is responsible"
        value={who}
        maxLength={200}
        onChange={(event) => setWho(event.currentTarget.value)}
      />
      <TextInput
        label="What for"
        description="Such as measuring bias, or labelling or filtering a data set"
        value={what}
        maxLength={1000}
        onChange={(event) => setWhat(event.currentTarget.value)}
      />
      <TextInput
        type="date"
        label="Until"
        value={until}
        onChange={(event) => setUntil(event.currentTarget.value)}
      />
    </FormDialog>
  )
}
