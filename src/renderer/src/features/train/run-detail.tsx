import { Skeleton } from '@mantine/core'
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { formatCount, formatEstimate } from '#shared/domain/format.ts'
import { formatBytes, formatTime } from '#renderer/components/format.ts'
import { HashText } from '#renderer/components/hash-text.tsx'
import { ErasedNote } from '#renderer/components/erased-note.tsx'
import { NoteList } from '#renderer/components/note-list.tsx'
import { Panel } from '#renderer/components/panel.tsx'
import { StatList, type Stat } from '#renderer/components/stat-list.tsx'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { tasksForReading, taskTitles } from '#renderer/components/task-words.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { RunDetail, SanityChecks } from '#shared/contract/run.contract.ts'
import { RunActions, RunNextSteps } from './run-actions.tsx'
import { RunCurvesView } from './run-curves-view.tsx'
import { RunAbout } from './run-about.tsx'
import { describeRunEnd, describeSpeed } from './runs-view.ts'
import styles from './train.module.css'

export interface RunDetailPanelProps {
  readonly runId: number
  readonly onReuse: (run: RunDetail) => void
}

export function RunDetailPanel({ runId, onReuse }: RunDetailPanelProps) {
  const api = useApi()
  const run = useQuery(api.run.get.queryOptions({ input: { runId } }))
  if (run.error !== null) return <ErrorState error={run.error} onRetry={() => void run.refetch()} />
  if (run.isPending) return <RunSkeleton />
  const end = describeRunEnd(run.data)
  return (
    <Panel
      title={run.data.name}
      note={`${run.data.device} · ${run.data.engine}`}
      actions={<RunActions run={run.data} onReuse={() => onReuse(run.data)} />}
    >
      <div className={styles['end']} data-tone={end.tone}>
        <output>
          <strong>{end.title}.</strong> {end.text}
        </output>
        <RunNextSteps run={run.data} />
      </div>
      <RunFigures run={run.data} />
      <NoteList label="About this run" notes={run.data.notes} />
      <ErasedNote images={run.data.erasedImages} what="learned" />
      <ErasedNote images={run.data.erasedValidationImages} what="measured" />
      {run.data.sanity !== null && <Sanity sanity={run.data.sanity} />}
      {run.data.steps.length + run.data.epochs.length === 0 ? (
        <EmptyState text="The curves begin with the first steps." />
      ) : (
        <RunCurvesView run={run.data} />
      )}
      <RunAbout key={run.data.id} run={run.data} />
      <Checkpoints run={run.data} />
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

function RunFigures({ run }: { readonly run: RunDetail }) {
  const speed = describeSpeed(run)
  const years = run.best?.age?.years ?? null
  const stats: Stat[] = [
    ...tasksForReading.flatMap((task) => {
      const accuracy = run.best?.[task]?.accuracy
      const term = task === 'age' ? 'Age bins, best epoch' : `${taskTitles[task]}, best epoch`
      return accuracy === undefined ? [] : [{ term, value: formatEstimate(accuracy) }]
    }),
    ...(years === null
      ? []
      : [
          {
            term: 'Age MAE, best epoch',
            value: `${years.mae.toFixed(2)} years`,
            note: `n = ${formatCount(years.n)}`,
          },
        ]),
    { term: 'Speed', value: speed.imagesPerSecond, note: 'images/s' },
    { term: 'Waiting for images', value: speed.feederWait, note: 'of the time' },
    ...(speed.memory === null ? [] : [{ term: 'Memory at most', value: speed.memory }]),
    { term: 'An epoch', value: speed.secondsPerEpoch },
    { term: 'Elapsed', value: speed.elapsed },
    { term: 'Configuration', value: <HashText hash={run.configHash} of="the configuration" /> },
    ...(run.dataHash === null
      ? []
      : [{ term: 'Data', value: <HashText hash={run.dataHash} of="the data as used" /> }]),
  ]
  return (
    <div className={styles['figures']}>
      <StatList stats={stats} />
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

const checkpointWords = { last: 'Last', best: 'Best', epoch: 'Kept' } as const

function Checkpoints({ run }: { readonly run: RunDetail }) {
  if (run.checkpoints.length === 0) return null
  return (
    <details className={styles['fold']}>
      <summary>Checkpoints ({formatCount(run.checkpoints.length)})</summary>
      <table className="ev-table">
        <thead>
          <tr>
            <th scope="col">Checkpoint</th>
            <th scope="col" className="num">
              Epoch
            </th>
            <th scope="col" className="num">
              Size
            </th>
            <th scope="col" className="num">
              Written
            </th>
          </tr>
        </thead>
        <tbody>
          {run.checkpoints.map((checkpoint) => (
            <tr key={`${checkpoint.kind}-${checkpoint.epoch ?? ''}`}>
              <th scope="row">{checkpointWords[checkpoint.kind]}</th>
              <td className="num">{checkpoint.epoch ?? '–'}</td>
              <td className="num">{formatBytes(checkpoint.bytes)}</td>
              <td className="num">{formatTime(checkpoint.at)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  )
}
