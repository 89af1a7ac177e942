import { Button, NativeSelect, Skeleton } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { formatPercent } from '#shared/domain/format.ts'
import { pluralise } from '#renderer/components/format.ts'
import { Panel } from '#renderer/components/panel.tsx'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { tasksForReading, taskTitles } from '#renderer/components/task-words.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { isJobActive } from '#renderer/engine/engine-events.ts'
import type { SweepResults } from '#shared/contract/run.contract.ts'
import { sweepMetric, type SweepMetric, type SweepSummary } from '#shared/contract/sweep.contract.ts'
import { Result } from './runs-table.tsx'
import { canResumeRun, runStateWords } from './runs-view.ts'
import styles from './runs.module.css'

const metricWords: Readonly<Record<SweepMetric, string>> = {
  mean: 'Mean accuracy of the tasks',
  race: 'Race accuracy',
  gender: 'Gender accuracy',
  age: 'Accuracy of age bins',
  ageMae: 'Age MAE (years), least first',
}

export interface SweepsPanelProps {
  readonly sweeps: readonly SweepSummary[]
  /** Null for the newest. */
  readonly chosen: number | null
  readonly onChoose: (sweepId: number) => void
  readonly onSelectRun: (runId: number) => void
  readonly onCompare: (runIds: readonly number[]) => void
}

/** One sweep's runs, best first. */
export function SweepsPanel({ sweeps, chosen, onChoose, onSelectRun, onCompare }: SweepsPanelProps) {
  const api = useApi()
  const [metric, setMetric] = useState<SweepMetric>('mean')
  const sweep = sweeps.find(({ id }) => id === chosen) ?? sweeps[0]
  const results = useQuery(
    api.run.sweepResults.queryOptions({
      input: { sweepId: sweep?.id ?? 0, metric },
      enabled: sweep !== undefined,
    }),
  )
  if (sweep === undefined) return null
  return (
    <Panel
      title="Sweeps"
      note={pluralise(sweep.runIds.length, 'run')}
      padded={false}
      actions={results.data !== undefined && <SweepActions results={results.data} />}
    >
      <div className={styles['toolbar']}>
        <NativeSelect
          aria-label="Sweep"
          value={String(sweep.id)}
          data={sweeps.map((one) => ({ value: String(one.id), label: one.name }))}
          onChange={(event) => onChoose(Number(event.currentTarget.value))}
        />
        <NativeSelect
          aria-label="Sorted by"
          value={metric}
          data={sweepMetric.options.map((value) => ({ value, label: metricWords[value] }))}
          onChange={(event) => setMetric(sweepMetric.parse(event.currentTarget.value))}
        />
        <Button
          variant="default"
          size="compact-xs"
          disabled={sweep.runIds.length < 2}
          onClick={() => onCompare(sweep.runIds.slice(0, 8))}
        >
          Compare curves
        </Button>
      </div>
      {results.error !== null && <ErrorState error={results.error} compact />}
      {results.data === undefined ? (
        results.error === null && <Skeleton h={120} />
      ) : (
        <SweepTable results={results.data} onSelectRun={onSelectRun} />
      )}
    </Panel>
  )
}

function SweepActions({ results }: { readonly results: SweepResults }) {
  const api = useApi()
  const stop = useMutation(api.run.stopSweep.mutationOptions())
  const resume = useMutation(api.run.resumeSweep.mutationOptions())
  const sweepId = results.sweep.id
  const failure = stop.error ?? resume.error
  return (
    <>
      {failure !== null && <ErrorState error={failure} compact />}
      {results.rows.some(({ state }) => isJobActive(state)) ? (
        <Button variant="default" loading={stop.isPending} onClick={() => stop.mutate({ sweepId })}>
          Stop the sweep
        </Button>
      ) : (
        results.rows.some(canResumeRun) && (
          <Button variant="default" loading={resume.isPending} onClick={() => resume.mutate({ sweepId })}>
            Go on with the sweep
          </Button>
        )
      )}
    </>
  )
}

interface SweepTableProps {
  readonly results: SweepResults
  readonly onSelectRun: (runId: number) => void
}

function SweepTable({ results, onSelectRun }: SweepTableProps) {
  const { rows, axes, metric } = results
  const hasYears = rows.some((row) => (row.best?.age?.years ?? null) !== null)
  return (
    <ScrollRegion label="Sweep results" className={styles['tableScroll']}>
      <table className="ev-table">
        <thead>
          <tr>
            <th scope="col">Run</th>
            {axes.map(({ path, title }) => (
              <th key={path} scope="col" className="num">
                {title}
              </th>
            ))}
            <th scope="col" className="num">
              {metric === 'ageMae' ? 'Age MAE (years)' : 'Score (%)'}
            </th>
            {tasksForReading.map((task) => (
              <th key={task} scope="col" className="num">
                {taskTitles[task]} (%)
              </th>
            ))}
            {hasYears && (
              <th scope="col" className="num">
                Age MAE (years)
              </th>
            )}
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <th scope="row">
                <button type="button" className={styles['rowLink']} onClick={() => onSelectRun(row.id)}>
                  {row.name}
                </button>
              </th>
              {axes.map(({ path }, index) => (
                <td key={path} className="num">
                  {row.values[index] ?? '–'}
                </td>
              ))}
              <td className="num">{formatScore(row.score, metric)}</td>
              {tasksForReading.map((task) => (
                <td key={task} className="num">
                  <Result accuracy={row.best?.[task]?.accuracy ?? null} />
                </td>
              ))}
              {hasYears && <td className="num">{row.best?.age?.years?.mae.toFixed(2) ?? '–'}</td>}
              <td>{runStateWords[row.state]}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  )
}

function formatScore(score: number | null, metric: SweepMetric): string {
  if (score === null) return '–'
  return metric === 'ageMae' ? score.toFixed(2) : formatPercent(score)
}
