import { ActionIcon, Button, Checkbox, TextInput } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconX } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { pluralise } from '#renderer/components/format.ts'
import { Panel } from '#renderer/components/panel.tsx'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { RunSummary } from '#shared/contract/run.contract.ts'
import { FreeDisk } from './free-disk.tsx'
import { RunsTable } from './runs-table.tsx'
import { filterRuns } from './runs-view.ts'
import styles from './runs.module.css'

export interface RunsPanelProps {
  readonly runs: readonly RunSummary[]
  readonly reference: RunSummary | null
  readonly compared: readonly number[]
  readonly onSelect: (runId: number) => void
  readonly onCompare: (runIds: readonly number[]) => void
}

/** The registry: search, archive, results, and what differs between the runs. */
export function RunsPanel({ runs, reference, compared, onSelect, onCompare }: RunsPanelProps) {
  const [text, setText] = useState('')
  const [showsArchived, setShowsArchived] = useState(false)
  const shown = filterRuns(runs, { text, showsArchived })
  const archived = runs.filter((run) => run.archived).length
  return (
    <Panel
      title="Runs"
      note="only settings that differ have a column; marked where they are not the selected run's"
      padded={false}
    >
      <div className={styles['toolbar']}>
        <TextInput
          className={styles['search']}
          aria-label="Search runs"
          placeholder="Name, tag, note or state"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {archived > 0 && (
          <Checkbox
            label={`Show archived (${archived})`}
            checked={showsArchived}
            onChange={(event) => setShowsArchived(event.currentTarget.checked)}
          />
        )}
        {showsArchived && <FreeDisk />}
        <span className={styles['count']}>
          {compared.length === 1 ? 'Choose another run to compare. ' : ''}
          {pluralise(shown.length, 'run')}
        </span>
        {compared.length > 0 && (
          <Button variant="default" size="compact-xs" onClick={() => onCompare([])}>
            Clear the choice
          </Button>
        )}
      </div>
      {shown.length === 0 ? (
        <EmptyState text="No run matches." />
      ) : (
        <RunsTable
          runs={shown}
          reference={reference}
          compared={compared}
          onSelect={onSelect}
          onCompare={onCompare}
        />
      )}
    </Panel>
  )
}

/** Runs that wait, in their order, and those that an earlier session left. */
export function QueuePanel({ runs }: { readonly runs: readonly RunSummary[] }) {
  const api = useApi()
  const queue = useQuery(api.run.queue.queryOptions())
  const move = useMutation(api.run.moveInQueue.mutationOptions())
  const pause = useMutation(api.run.pause.mutationOptions())
  const goOn = useMutation(api.run.continueQueue.mutationOptions())
  const { waiting = [], leftOver = [] } = queue.data ?? {}
  if (waiting.length === 0 && leftOver.length === 0) return null
  const nameOf = (id: number) => runs.find((run) => run.id === id)?.name ?? `Run ${id}`
  const failure = move.error ?? pause.error ?? goOn.error
  return (
    <Panel title="Queue" note={`${pluralise(waiting.length, 'run')} waiting`} padded={false}>
      {failure !== null && <ErrorState error={failure} compact />}
      <ol className={styles['queue']} aria-label="Waiting runs">
        {waiting.map((runId, index) => (
          <li key={runId}>
            <span>
              {index + 1}. {nameOf(runId)}
            </span>
            <ActionIcon
              aria-label={`Move ${nameOf(runId)} up`}
              disabled={index === 0}
              onClick={() => move.mutate({ runId, position: index })}
            >
              <IconArrowUp size={14} aria-hidden />
            </ActionIcon>
            <ActionIcon
              aria-label={`Move ${nameOf(runId)} down`}
              disabled={index === waiting.length - 1}
              onClick={() => move.mutate({ runId, position: index + 2 })}
            >
              <IconArrowDown size={14} aria-hidden />
            </ActionIcon>
            <ActionIcon
              aria-label={`Take ${nameOf(runId)} out of the queue`}
              onClick={() => pause.mutate({ runId })}
            >
              <IconX size={14} aria-hidden />
            </ActionIcon>
          </li>
        ))}
      </ol>
      {leftOver.length > 0 && (
        <p className={styles['leftOver']}>
          {pluralise(leftOver.length, 'run')} left from an earlier session: {leftOver.map(nameOf).join(', ')}.
          <Button
            variant="default"
            size="compact-xs"
            loading={goOn.isPending}
            onClick={() => goOn.mutate(undefined)}
          >
            Go on with them
          </Button>
        </p>
      )}
    </Panel>
  )
}
