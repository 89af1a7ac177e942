import { Button, Drawer, Skeleton } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { OvertakenNote } from '#renderer/components/overtaken-note.tsx'
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
import { firstSource, type FormSource } from './train-form-state.ts'
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
  const [opened, setOpened] = useState<OpenedForm>(() => ({
    times: 0,
    source: firstSource(selected ?? undefined),
    splitId: undefined,
  }))
  const isFormOpen = search.form ?? runs.length === 0
  const setIsFormOpen = (form: boolean) => void navigate({ search: (before) => ({ ...before, form }) })
  const openForm = (part: Pick<OpenedForm, 'source'> | Pick<OpenedForm, 'splitId'>) => {
    setOpened((before) => ({ ...before, splitId: undefined, ...part, times: before.times + 1 }))
    setIsFormOpen(true)
  }
  const showRun = (run: number) => void navigate({ search: { run, form: false } })
  const split = splits.find(({ splitId }) => splitId === selected?.splitId) ?? splits[0]
  return (
    <Page>
      <div className={styles['head']}>
        <Button leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setIsFormOpen(true)}>
          New run
        </Button>
      </div>
      {split !== undefined && (
        <OvertakenNote
          key={split.splitId}
          split={split}
          use={{ title: 'Train on the new split', run: (splitId) => openForm({ splitId }) }}
        />
      )}
      <Results
        runs={runs}
        selected={selected}
        onSelect={showRun}
        onReuse={(run) => openForm({ source: { kind: 'run', run } })}
      />
      <Drawer
        opened={isFormOpen}
        onClose={() => setIsFormOpen(false)}
        position="right"
        size={440}
        title="New run"
        // What was typed stays while the runs are looked at.
        keepMounted
        classNames={{ body: styles['formBody'] ?? '', content: styles['formContent'] ?? '' }}
      >
        {opened.source !== null && (
          <TrainFormPanel
            key={opened.times}
            splits={splits}
            source={opened.source}
            splitId={opened.splitId}
            onStarted={showRun}
            onSweepStarted={(sweep) => void navigate({ search: { sweep, form: false } })}
          />
        )}
      </Drawer>
    </Page>
  )
}

interface OpenedForm {
  readonly times: number
  readonly source: FormSource | null
  readonly splitId: number | undefined
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
    <div className={styles['results']}>
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
      {isComparing ? (
        <RunComparisonPanel runIds={compared} curves={overlaid} onClose={() => compare([])} />
      ) : selected === null ? (
        <Panel>
          <EmptyState text="No run yet. Start one; its curves appear here as it trains." />
        </Panel>
      ) : (
        <RunDetailPanel runId={selected.id} onReuse={onReuse} />
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
      <div className={styles['results']} aria-busy="true">
        <Skeleton h={180} />
        <Skeleton h={420} />
      </div>
    </Page>
  )
}
