import { Button, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Panel } from '#renderer/components/panel.tsx'
import { NeedsProject, Page } from '#renderer/components/screen.tsx'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { RunDetailPanel } from './run-detail.tsx'
import { RunsTable } from './runs-table.tsx'
import { emptyTrainForm, formOfRun } from './train-form-view.ts'
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
  const search = useSearch({ from: '/train' })
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
  const newestFirst = runs.data.toSorted((a, b) => b.id - a.id)
  const newestSplits = splits.data.toSorted((a, b) => b.splitId - a.splitId)
  const selected = newestFirst.find((run) => run.id === search.run) ?? newestFirst[0]
  const initial = {
    ...(selected === undefined ? emptyTrainForm : formOfRun(selected)),
    splitId: newestSplits[0]?.splitId ?? null,
  }
  return (
    <Page>
      <div className={styles['columns']}>
        <Panel title="New run" className={styles['formPanel']}>
          <TrainFormPanel
            splits={newestSplits}
            initial={initial}
            onStarted={(run) => void navigate({ search: { run } })}
          />
        </Panel>
        <div className={styles['right']}>
          {selected === undefined ? (
            <Panel>
              <EmptyState text="No run yet. Start one at the left; its curves appear here as it trains." />
            </Panel>
          ) : (
            <RunDetailPanel runId={selected.id} />
          )}
          {newestFirst.length > 0 && (
            <Panel title="Runs" note="marked settings differ from the selected run" padded={false}>
              <RunsTable
                runs={newestFirst}
                selectedId={selected?.id ?? null}
                onSelect={(run) => void navigate({ search: { run } })}
              />
            </Panel>
          )}
        </div>
      </div>
    </Page>
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
