import { UnstyledButton } from '@mantine/core'
import { formatShare } from '#shared/domain/format.ts'
import { formatTime } from '#renderer/components/format.ts'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import { tasksForReading, taskTitles } from '#renderer/components/task-words.ts'
import type { RunSummary } from '#shared/contract/run.contract.ts'
import { differingColumns, runColumns, runStateWords } from './runs-view.ts'
import styles from './train.module.css'

export interface RunsTableProps {
  readonly runs: readonly RunSummary[]
  readonly selectedId: number | null
  readonly onSelect: (runId: number) => void
}

/** All runs; settings that differ from the selected run's are marked. */
export function RunsTable({ runs, selectedId, onSelect }: RunsTableProps) {
  const selected = runs.find((run) => run.id === selectedId)
  return (
    <ScrollRegion label="Runs" className="ev-scroll-x">
      <table className="ev-table">
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">State</th>
            {tasksForReading.map((task) => (
              <th key={task} scope="col" className="num">
                {taskTitles[task]} (%)
              </th>
            ))}
            <th scope="col" className="num">
              Epochs
            </th>
            {runColumns.map((column) => (
              <th key={column.key} scope="col" className="num">
                {column.title}
              </th>
            ))}
            <th scope="col" className="num">
              Images/s
            </th>
            <th scope="col" className="num">
              Started
            </th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => {
            const differs =
              selected === undefined ? new Set<string>() : differingColumns(run.config, selected.config)
            return (
              <tr key={run.id} data-selected={run.id === selectedId || undefined}>
                <th scope="row">
                  <UnstyledButton
                    className={styles['link']}
                    aria-current={run.id === selectedId}
                    onClick={() => onSelect(run.id)}
                  >
                    {run.name}
                  </UnstyledButton>
                </th>
                <td>{runStateWords[run.state]}</td>
                {tasksForReading.map((task) => (
                  <td key={task} className="num">
                    {formatShare(run.best?.[task]?.accuracy.value ?? null).replace('%', '')}
                  </td>
                ))}
                <td className="num">
                  {run.epochsDone}/{run.config.epochs}
                </td>
                {runColumns.map(({ key, read }) => (
                  <td key={key} className="num">
                    <span className={differs.has(key) ? styles['differs'] : undefined}>
                      {read(run.config)}
                    </span>
                  </td>
                ))}
                <td className="num">
                  {run.imagesPerSecond === null ? '–' : Math.round(run.imagesPerSecond)}
                </td>
                <td className="num">{formatTime(run.createdAt)}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </ScrollRegion>
  )
}
