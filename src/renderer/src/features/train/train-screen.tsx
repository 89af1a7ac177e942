import { Button, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { Panel } from '#renderer/components/panel.tsx'
import { NeedsProject, Page } from '#renderer/components/screen.tsx'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { RunSummary } from '#shared/contract/run.contract.ts'
import type { SplitSummary } from '#shared/contract/split.contract.ts'
import { CrossvalsPanel } from './crossvals-panel.tsx'
import { ImportedCurvesPanel, useOverlaidCurves, type CurveChoice } from './imported-curves.tsx'
import { RunComparisonPanel } from './run-comparison.tsx'
import { RunDetailPanel } from './run-detail.tsx'
import { QueuePanel, RunsPanel } from './runs-panel.tsx'
import { SweepsPanel } from './sweeps-panel.tsx'
import { firstSource } from './train-form-state.ts'
import { TrainFormPanel } from './train-form.tsx'
import styles from './train.module.css'

export function TrainScreen() {
  return (
    <NeedsProject>
      <Train />
    </NeedsProject>
  )
}

function Train() {
  const api = useApi()
  const navigate = useNavigate({ from: '/train' })
  const splits = useQuery(api.split.list.queryOptions())
  const runs = useQuery(api.run.list.queryOptions())
  const failure = splits.error ?? runs.error
  if (failure !== null) {
    return (
      <Page>
        <ErrorState error={failure} />
      </Page>
    )
  }
  if (splits.data === undefined || runs.data === undefined) return <TrainSkeleton />
  if (splits.data.length === 0) {
    return (
      <EmptyState
        text="Training needs a split: the train part teaches, the validation part judges, the test part stays sealed."
        action={<Button onClick={() => void navigate({ to: '/splits' })}>Make a split</Button>}
      />
    )
  }
  return (
    <TrainColumns
      runs={runs.data.toSorted((a, b) => b.id - a.id)}
      splits={splits.data.toSorted((a, b) => b.splitId - a.splitId)}
    />
  )
}

interface TrainColumnsProps {
  /** Newest first. */
  readonly runs: readonly RunSummary[]
  readonly splits: readonly SplitSummary[]
}

function TrainColumns({ runs, splits }: TrainColumnsProps) {
  const search = useSearch({ from: '/train' })
  const navigate = useNavigate({ from: '/train' })
  const selected =
    runs.find((run) => run.id === search.run) ?? runs.find((run) => !run.archived) ?? runs[0] ?? null
  // The form keeps what it was opened with: a run that starts meanwhile must not change it.
  const [opened, setOpened] = useState(() => ({ times: 0, source: firstSource(selected ?? undefined) }))
  const reuse = (run: RunSummary) =>
    setOpened(({ times }) => ({ times: times + 1, source: { kind: 'run', run } }))
  const showRun = (run: number) => void navigate({ search: { run } })
  return (
    <Page>
      <div className={styles['columns']}>
        <Panel title="New run" className={styles['formPanel']} padded={false}>
          {opened.source !== null && (
            <TrainFormPanel
              key={opened.times}
              splits={splits}
              source={opened.source}
              onStarted={showRun}
              onSweepStarted={(sweep) => void navigate({ search: { sweep } })}
            />
          )}
        </Panel>
        <Results runs={runs} selected={selected} onSelect={showRun} onReuse={reuse} />
      </div>
    </Page>
  )
}

interface ResultsProps {
  readonly runs: readonly RunSummary[]
  readonly selected: RunSummary | null
  readonly onSelect: (runId: number) => void
  readonly onReuse: (run: RunSummary) => void
}

function Results({ runs, selected, onSelect, onReuse }: ResultsProps) {
  const api = useApi()
  const search = useSearch({ from: '/train' })
  const navigate = useNavigate({ from: '/train' })
  const sweeps = useQuery(api.run.sweeps.queryOptions())
  const imported = useQuery(api.run.importedCurves.queryOptions())
  const [choices, setChoices] = useState<readonly CurveChoice[]>([])
  const overlaid = useOverlaidCurves(choices, imported.data ?? [])
  const compared = (search.compare ?? []).filter((id) => runs.some((run) => run.id === id))
  const compare = (runIds: readonly number[]) =>
    void navigate({
      search: (before) => ({ ...before, compare: runIds.length === 0 ? undefined : [...runIds] }),
    })
  const isComparing = compared.length >= 2 || (compared.length === 1 && overlaid.length > 0)
  return (
    <div className={styles['right']}>
      {isComparing ? (
        <RunComparisonPanel runIds={compared} curves={overlaid} onClose={() => compare([])} />
      ) : selected === null ? (
        <Panel>
          <EmptyState text="No run yet. Start one at the left; its curves appear here as it trains." />
        </Panel>
      ) : (
        <RunDetailPanel runId={selected.id} onReuse={onReuse} />
      )}
      <QueuePanel runs={runs} />
      {runs.length > 0 && (
        <RunsPanel
          runs={runs}
          reference={selected}
          compared={compared}
          onSelect={onSelect}
          onCompare={compare}
        />
      )}
      {sweeps.data !== undefined && sweeps.data.length > 0 && (
        <SweepsPanel
          sweeps={sweeps.data}
          chosen={search.sweep ?? null}
          onChoose={(sweep) => void navigate({ search: (before) => ({ ...before, sweep }) })}
          onSelectRun={onSelect}
          onCompare={compare}
        />
      )}
      <CrossvalsPanel run={selected} />
      {imported.data !== undefined && (
        <ImportedCurvesPanel imported={imported.data} choices={choices} onChoose={setChoices} />
      )}
    </div>
  )
}

function TrainSkeleton() {
  return (
    <Page>
      <div className={styles['columns']} aria-busy="true">
        <Skeleton h={560} />
        <div className={styles['right']}>
          <Skeleton h={420} />
          <Skeleton h={120} />
        </div>
      </div>
    </Page>
  )
}
