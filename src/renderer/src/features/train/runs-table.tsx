import { Checkbox, Progress, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { useMemo } from 'react'
import { formatBounds, formatPercent, formatCount } from '#shared/domain/format.ts'
import { formatFigure, formatTime } from '#renderer/components/format.ts'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import { tasksForReading, taskTitles } from '#renderer/components/task-words.ts'
import type { Estimate } from '#shared/domain/intervals.ts'
import type { RunSummary } from '#shared/contract/run.contract.ts'
import { describeConfig, findDifferingColumns } from './config-words.ts'
import { runStateWords } from './runs-view.ts'
import styles from './runs.module.css'

export interface RunsTableProps {
  readonly runs: readonly RunSummary[]
  /** The run that the others are held against. */
  readonly reference: RunSummary | null
  readonly compared: readonly number[]
  readonly onSelect: (runId: number) => void
  readonly onCompare: (runIds: readonly number[]) => void
}

/** Runs with their results; of the settings, those that are not alike in all of them. */
export function RunsTable({ runs, reference, compared, onSelect, onCompare }: RunsTableProps) {
  const columns = useMemo(() => findDifferingColumns(runs.map(({ config }) => config)), [runs])
  const words = useMemo(() => new Map(runs.map((run) => [run.id, describeConfig(run.config)])), [runs])
  const referenceWords = reference === null ? undefined : words.get(reference.id)
  const hasYears = runs.some((run) => (run.best?.age?.years ?? null) !== null)
  return (
    <ScrollRegion label="Runs" className={styles['tableScroll']}>
      <table className={`ev-table ${styles['table']}`}>
        <thead>
          <tr>
            <th scope="col">
              <VisuallyHidden>Compare</VisuallyHidden>
            </th>
            <th scope="col">Run</th>
            <th scope="col">State</th>
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
            {columns.map(({ path, title }) => (
              <th key={path} scope="col" className="num">
                {title}
              </th>
            ))}
            <th scope="col" className="num">
              Images/s
            </th>
            <th scope="col" className="num">
              Made
            </th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr
              key={run.id}
              data-selected={run.id === reference?.id || undefined}
              data-faint={run.archived || undefined}
            >
              <td>
                <Checkbox
                  aria-label={`Compare ${run.name}`}
                  checked={compared.includes(run.id)}
                  onChange={(event) =>
                    onCompare(
                      event.currentTarget.checked
                        ? [...compared, run.id]
                        : compared.filter((id) => id !== run.id),
                    )
                  }
                />
              </td>
              <th scope="row">
                <UnstyledButton
                  className={styles['link']}
                  aria-current={run.id === reference?.id}
                  onClick={() => onSelect(run.id)}
                >
                  {run.name}
                </UnstyledButton>
                {run.tags.map((tag) => (
                  <span key={tag} className={styles['tag']}>
                    {tag}
                  </span>
                ))}
              </th>
              <td>
                <StateCell run={run} />
              </td>
              {tasksForReading.map((task) => (
                <td key={task} className="num">
                  <Result accuracy={run.best?.[task]?.accuracy ?? null} />
                </td>
              ))}
              {hasYears && <td className="num">{run.best?.age?.years?.mae.toFixed(2) ?? '–'}</td>}
              {columns.map(({ path }) => {
                const text = words.get(run.id)?.get(path)
                const differs = referenceWords !== undefined && text !== referenceWords.get(path)
                return (
                  <td key={path} className="num">
                    <span className={differs ? styles['differs'] : undefined}>{text ?? '–'}</span>
                  </td>
                )
              })}
              <td className="num">
                {run.imagesPerSecond === null ? '–' : formatFigure(run.imagesPerSecond)}
              </td>
              <td className="num">{formatTime(run.createdAt)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  )
}

function StateCell({ run }: { readonly run: RunSummary }) {
  const epochs = `${run.epochsDone}/${run.config.epochs}`
  return (
    <span className={styles['stateCell']} data-state={run.state}>
      {runStateWords[run.state]}
      {run.state === 'queued' ? (
        run.queuePosition !== null && <span className={styles['dim']}>no. {run.queuePosition}</span>
      ) : (
        <span className={styles['dim']}>{epochs}</span>
      )}
      {run.state === 'running' && (
        <Progress
          className={styles['progress']}
          aria-label={`Epochs done by ${run.name}`}
          size={4}
          value={(run.epochsDone / run.config.epochs) * 100}
        />
      )}
    </span>
  )
}

/** "71.4" with its interval and n below. */
export function Result({ accuracy }: { readonly accuracy: Estimate | null }) {
  if (accuracy === null || accuracy.value === null) return <>–</>
  return (
    <span className={styles['result']}>
      {formatPercent(accuracy.value)}
      {accuracy.low !== null && accuracy.high !== null && (
        <span className={styles['dim']}>
          {formatBounds(accuracy.low, accuracy.high)}, n {formatCount(accuracy.n)}
        </span>
      )}
    </span>
  )
}
