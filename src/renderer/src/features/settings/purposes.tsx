import { Button, Checkbox, Group, Stack, VisuallyHidden } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { RecordPurpose } from '#renderer/components/record-purpose.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { taskTitles } from '#renderer/components/task-words.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { useProject } from '#renderer/engine/use-project.ts'
import type { Purpose } from '#shared/contract/purpose.contract.ts'
import styles from './settings.module.css'

const stateWords = { open: 'Open', expired: 'Past', ended: 'Ended' } as const

/** What race, and gender where the project says so, may be answered for outside of the window. */
export function Purposes() {
  const { project } = useProject()
  if (project === null) return <p className={styles['text']}>Open a project to see its purposes.</p>
  return <OpenPurposes />
}

function OpenPurposes() {
  const api = useApi()
  const queryClient = useQueryClient()
  const [isRecording, setIsRecording] = useState(false)
  const found = useQuery(api.purpose.list.queryOptions())
  const refresh = () => void queryClient.invalidateQueries({ queryKey: api.purpose.list.key() })
  const end = useMutation(api.purpose.end.mutationOptions({ onSuccess: refresh }))
  const guard = useMutation(api.purpose.guard.mutationOptions({ onSuccess: refresh }))
  const failure = found.error ?? end.error ?? guard.error
  return (
    <Stack gap="md">
      <p className={styles['text']}>
        Exported models, the service and the command line answer race only under a recorded purpose. This
        window, its evaluations and its fairness figures need none. This is no legal advice.
      </p>
      <Group justify="space-between">
        <Checkbox
          label="Gender wants a purpose too"
          checked={found.data?.guarded.includes('gender') === true}
          disabled={found.data === undefined || guard.isPending}
          onChange={(event) =>
            guard.mutate({ tasks: event.currentTarget.checked ? ['race', 'gender'] : ['race'] })
          }
        />
        <Button variant="default" onClick={() => setIsRecording(true)}>
          Record a purpose
        </Button>
      </Group>
      {failure !== null && <ErrorState error={failure} compact />}
      {found.data?.purposes.length === 0 && <p className={styles['text']}>No purpose is recorded yet.</p>}
      {found.data !== undefined && found.data.purposes.length > 0 && (
        <PurposeTable
          purposes={found.data.purposes}
          isBusy={end.isPending}
          onEnd={({ id }) => end.mutate({ purposeId: id })}
        />
      )}
      {isRecording && <RecordPurpose onClose={() => setIsRecording(false)} />}
    </Stack>
  )
}

interface PurposeTableProps {
  readonly purposes: readonly Purpose[]
  readonly isBusy: boolean
  readonly onEnd: (purpose: Purpose) => void
}

function PurposeTable({ purposes, isBusy, onEnd }: PurposeTableProps) {
  return (
    <table className="ev-table">
      <thead>
        <tr>
          <th scope="col" className="num">
            Number
          </th>
          <th scope="col">Labels</th>
          <th scope="col">Who</th>
          <th scope="col">What for</th>
          <th scope="col">Until</th>
          <th scope="col">
            <VisuallyHidden>State</VisuallyHidden>
          </th>
        </tr>
      </thead>
      <tbody>
        {purposes.map((purpose) => (
          <tr key={purpose.id}>
            <td className="num">{purpose.id}</td>
            <td>{purpose.tasks.map((task) => taskTitles[task]).join(', ')}</td>
            <td>{purpose.who}</td>
            <td>{purpose.what}</td>
            <td>{purpose.until}</td>
            <td>
              {purpose.state === 'open' ? (
                <Button
                  size="compact-sm"
                  variant="default"
                  disabled={isBusy}
                  aria-label={`End purpose ${purpose.id}`}
                  onClick={() => onEnd(purpose)}
                >
                  End
                </Button>
              ) : (
                stateWords[purpose.state]
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
