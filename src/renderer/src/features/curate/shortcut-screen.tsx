import { Button, Skeleton } from '@mantine/core'
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { ShortcutReport } from '#shared/contract/shortcut.contract.ts'
import { tasksForReading, taskTitles } from '#renderer/components/task-words.ts'
import { formatCategory, formatTime } from '#renderer/components/format.ts'
import { Panel } from '#renderer/components/panel.tsx'
import { Quiet } from '#renderer/components/quiet.tsx'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { formatEstimate, formatShare } from '#shared/domain/format.ts'
import { Centered } from './centered.tsx'
import { IntervalBar } from './interval-bar.tsx'
import { Toolbar } from '#renderer/components/middle.tsx'
import { Report } from './report.tsx'
import styles from './shortcut-screen.module.css'
import { adviseShortcut, describeProperty, describeShortcut } from './shortcut-words.ts'

type ShortcutOfTask = ShortcutReport['tasks'][number]

export interface ShortcutScreenProps {
  readonly onScan: () => void
  readonly tools: React.ReactNode
}

/** Whether properties of file and picture give a label away: what a model could learn in place of the face. */
export function ShortcutScreen({ onScan, tools }: ShortcutScreenProps) {
  const api = useApi()
  const report = useQuery(api.check.shortcuts.queryOptions())
  const made = report.data?.madeAt ?? null
  return (
    <section className={styles['shortcuts']} aria-label="Shortcuts">
      <Toolbar position={made === null ? '' : `Measured ${formatTime(made)}`}>{tools}</Toolbar>
      {report.error !== null && <ErrorState error={report.error} onRetry={() => void report.refetch()} />}
      {report.isPending && <Skeleton flex={1} radius={0} />}
      {report.data !== undefined && made === null && (
        <Nothing
          text="Shortcuts have not been measured yet. A scan of all picture checks over at least 100 images measures them."
          onScan={onScan}
        />
      )}
      {report.data !== undefined && made !== null && report.data.tasks.length === 0 && (
        <Nothing
          text="No label can be judged: that takes two values with at least 20 images each. Import or label more images, then scan again."
          onScan={onScan}
        />
      )}
      {report.data !== undefined && report.data.tasks.length > 0 && (
        <Report label="Shortcuts by label">
          <Quiet>
            Each figure is the mean share of right answers over the labels, from file and picture alone, on
            images that were not learned from; with its 95% interval. A property may differ between groups
            because the world does: a high figure is a reason to look, not a proof of a mistake.
          </Quiet>
          {tasksForReading.flatMap((task) =>
            report.data.tasks
              .filter((one) => one.task === task)
              .map((one) => <TaskShortcuts key={task} shortcut={one} />),
          )}
        </Report>
      )}
    </section>
  )
}

function Nothing({ text, onScan }: { readonly text: string; readonly onScan: () => void }) {
  return (
    <Centered>
      <EmptyState text={text} action={<Button onClick={onScan}>Scan the images</Button>} />
    </Centered>
  )
}

function TaskShortcuts({ shortcut }: { readonly shortcut: ShortcutOfTask }) {
  const { task, labels, chance, together, isRisk, properties } = shortcut
  return (
    <Panel title={taskTitles[task]} note={`labelled ${labels.map(formatCategory).join(', ')}`} padded={false}>
      <div className={styles['verdict']} data-risk={isRisk || undefined}>
        {isRisk ? <IconAlertTriangle size={16} aria-hidden /> : <IconCheck size={16} aria-hidden />}
        <div>
          <p>{describeShortcut(shortcut)}</p>
          <Quiet>{adviseShortcut(shortcut)}</Quiet>
        </div>
      </div>
      <table className="ev-table">
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col" className={styles['rangeColumn']}>
              0 to 100%, line: blind guessing {formatShare(chance)}
            </th>
            <th scope="col" className="num">
              Right answers
            </th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">
              <strong>all properties together</strong>
            </th>
            <td>
              <IntervalBar estimate={together} chance={chance} />
            </td>
            <td className="num">{formatEstimate(together)}</td>
          </tr>
          {properties.map(({ name, accuracy }) => (
            <tr key={name}>
              <th scope="row">{describeProperty(name)}</th>
              <td>
                <IntervalBar estimate={accuracy} chance={chance} />
              </td>
              <td className="num">{formatEstimate(accuracy)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  )
}
