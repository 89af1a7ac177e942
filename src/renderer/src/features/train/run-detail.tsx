import { Button, Skeleton } from '@mantine/core'
import { IconAlertTriangle, IconCheck, IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useCallback } from 'react'
import { formatCount, formatEstimate } from '#shared/domain/format.ts'
import { HashText } from '#renderer/components/hash-text.tsx'
import { NoteList } from '#renderer/components/note-list.tsx'
import { Panel } from '#renderer/components/panel.tsx'
import type { PlotColors } from '#renderer/components/plot/plot-figure.ts'
import { Plot } from '#renderer/components/plot/plot.tsx'
import { StatList } from '#renderer/components/stat-list.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { tasksForReading, taskTitles } from '#renderer/components/task-words.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { isJobActive } from '#renderer/engine/engine-events.ts'
import { useCancelJob } from '#renderer/engine/use-jobs.ts'
import type { RunDetail, SanityChecks } from '#shared/contract/run.contract.ts'
import { canResumeRun, describeRunState, describeSpeed } from './runs-view.ts'
import { accuracyFigure, groupFigure, lossFigure } from './train-figures.ts'
import styles from './train.module.css'

export interface RunDetailPanelProps {
  readonly runId: number
}

export function RunDetailPanel({ runId }: RunDetailPanelProps) {
  const api = useApi()
  const run = useQuery(api.run.get.queryOptions({ input: { runId } }))
  if (run.error !== null) return <ErrorState error={run.error} onRetry={() => void run.refetch()} />
  if (run.isPending) return <RunSkeleton />
  return (
    <Panel
      title={run.data.name}
      note={`${run.data.device} · ${run.data.engine}`}
      actions={<RunActions run={run.data} />}
    >
      <output className={styles['state']} data-state={run.data.state}>
        {describeRunState(run.data)}
      </output>
      <RunFigures run={run.data} />
      <NoteList label="About this run" notes={run.data.notes} />
      {run.data.sanity !== null && <Sanity sanity={run.data.sanity} />}
      <RunCurves run={run.data} />
    </Panel>
  )
}

function RunSkeleton() {
  return (
    <Panel title={<Skeleton h={14} w={160} />}>
      <Skeleton h={40} mb={16} />
      <Skeleton h={240} mb={16} />
      <div className={styles['plots']}>
        <Skeleton h={280} />
        <Skeleton h={280} />
      </div>
    </Panel>
  )
}

function RunActions({ run }: { readonly run: RunDetail }) {
  const api = useApi()
  const cancel = useCancelJob()
  const resume = useMutation(api.run.resume.mutationOptions())
  const { jobId } = run
  if (jobId !== null && isJobActive(run.state)) {
    return (
      <Button
        variant="default"
        leftSection={<IconPlayerStop size={14} aria-hidden />}
        loading={cancel.isPending}
        onClick={() => cancel.mutate({ jobId })}
      >
        Stop
      </Button>
    )
  }
  return (
    <>
      {canResumeRun(run) && (
        <Button
          leftSection={<IconPlayerPlay size={14} aria-hidden />}
          loading={resume.isPending}
          onClick={() => resume.mutate({ runId: run.id })}
        >
          Resume
        </Button>
      )}
      {run.modelId !== null && (
        <Link to="/evaluate" className={styles['link']}>
          Evaluate
        </Link>
      )}
    </>
  )
}

function RunFigures({ run }: { readonly run: RunDetail }) {
  const speed = describeSpeed(run)
  return (
    <div className={styles['figures']}>
      <StatList
        stats={[
          ...tasksForReading.flatMap((task) => {
            const accuracy = run.best?.[task]?.accuracy
            return accuracy === undefined
              ? []
              : [{ term: `${taskTitles[task]}, best epoch`, value: formatEstimate(accuracy) }]
          }),
          { term: 'Speed', value: speed.imagesPerSecond, note: 'images/s' },
          { term: 'Waiting for images', value: speed.feederWait, note: 'of the time' },
          { term: 'An epoch', value: speed.secondsPerEpoch },
          { term: 'Elapsed', value: speed.elapsed },
          { term: 'Configuration', value: <HashText hash={run.configHash} of="the configuration" /> },
        ]}
      />
    </div>
  )
}

function Sanity({ sanity }: { readonly sanity: SanityChecks }) {
  const lines = [
    {
      ok: sanity.embedding.ok,
      text: `Embedding of a dummy input: ${sanity.embedding.shape.join(' × ')} numbers`,
    },
    {
      ok: sanity.gradients.ok,
      text: sanity.gradients.ok
        ? `Gradients reach all ${formatCount(sanity.gradients.checked)} backbone tensors`
        : `No gradient in ${sanity.gradients.failed.join(', ')}`,
    },
  ]
  return (
    <ul className={styles['sanity']} aria-label="Sanity checks before training">
      {lines.map(({ ok, text }) => (
        <li key={text} data-ok={ok}>
          {ok ? <IconCheck size={14} aria-hidden /> : <IconAlertTriangle size={14} aria-hidden />}
          {ok ? text : `Failed: ${text}`}
        </li>
      ))}
    </ul>
  )
}

function RunCurves({ run }: { readonly run: RunDetail }) {
  const loss = useCallback((colors: PlotColors) => lossFigure(run, colors), [run])
  const accuracy = useCallback((colors: PlotColors) => accuracyFigure(run, colors), [run])
  const groups = useCallback((colors: PlotColors) => groupFigure(run, colors), [run])
  return (
    <div className={styles['curves']}>
      <Plot figure={loss} heightPx={240} />
      <div className={styles['plots']}>
        <Plot figure={accuracy} heightPx={280} />
        <Plot figure={groups} heightPx={280} />
      </div>
    </div>
  )
}
