import { Button, Checkbox, NativeSelect, SegmentedControl, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useState } from 'react'
import { describeSource } from '#renderer/components/evaluation-source.ts'
import { formatCategory } from '#renderer/components/format.ts'
import { NoteList } from '#renderer/components/note-list.tsx'
import { Panel } from '#renderer/components/panel.tsx'
import type { PlotColors } from '#renderer/components/plot/plot-figure.ts'
import { Plot } from '#renderer/components/plot/plot.tsx'
import { NeedsProject, Page } from '#renderer/components/screen.tsx'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { tasksForReading, taskTitles } from '#renderer/components/task-words.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { EvaluationDetail } from '#shared/contract/evaluation.contract.ts'
import type { FairnessResult, GroupLabels } from '#shared/contract/fairness.contract.ts'
import { describeAggregate, describeGapByChance } from '#shared/derived/describe-fairness.ts'
import { fairnessMetrics, type FairnessMetric } from '#shared/domain/fairness-metrics.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { GroupTable, PairTable } from './fairness-tables.tsx'
import {
  fairnessFigure,
  keepShown,
  labellings,
  listMetrics,
  listShown,
  nameEvaluation,
  readBy,
} from './fairness-view.ts'
import styles from './fairness.module.css'
import { GroupImages } from './group-images.tsx'

export function FairnessScreen() {
  return (
    <NeedsProject>
      <Fairness />
    </NeedsProject>
  )
}

function Fairness() {
  const api = useApi()
  const search = useSearch({ from: '/fairness' })
  const navigate = useNavigate({ from: '/fairness' })
  const evaluations = useQuery(api.evaluation.list.queryOptions())
  if (evaluations.error !== null) {
    return (
      <Page>
        <ErrorState error={evaluations.error} />
      </Page>
    )
  }
  if (evaluations.data === undefined) {
    return (
      <Page>
        <Skeleton h={480} />
      </Page>
    )
  }
  const newestFirst = evaluations.data.toSorted((a, b) => b.evaluationId - a.evaluationId)
  const selected = newestFirst.find((one) => one.evaluationId === search.evaluation) ?? newestFirst[0]
  const tasks = tasksForReading.filter((task) => (selected?.tasks[task] ?? null) !== null)
  const task = tasks.find((one) => one === search.task) ?? tasks[0]
  if (selected === undefined || task === undefined) {
    return (
      <EmptyState
        text="There is no evaluation yet whose groups could be compared."
        action={
          <Button onClick={() => void navigate({ to: '/evaluate', search: {} })}>Evaluate a model</Button>
        }
      />
    )
  }
  return (
    <Page>
      <div className={styles['page']}>
        <Controls evaluations={newestFirst} selected={selected} tasks={tasks} task={task} />
        <Groups evaluation={selected} task={task} />
      </div>
    </Page>
  )
}

/** The metric that the address names, where the task and the model have it. */
function useMetric(
  evaluation: EvaluationDetail,
  task: Task,
): { metrics: FairnessMetric[]; metric: FairnessMetric } {
  const search = useSearch({ from: '/fairness' })
  const metrics = listMetrics(task, (evaluation.tasks[task]?.years ?? null) !== null)
  return { metrics, metric: metrics.find((one) => one === search.metric) ?? 'accuracy' }
}

interface ControlsProps {
  readonly evaluations: readonly EvaluationDetail[]
  readonly selected: EvaluationDetail
  readonly tasks: readonly Task[]
  readonly task: Task
}

function Controls({ evaluations, selected, tasks, task }: ControlsProps) {
  const search = useSearch({ from: '/fairness' })
  const navigate = useNavigate({ from: '/fairness' })
  const { metrics, metric } = useMetric(selected, task)
  const by = readBy(search.by)
  const labels = selected.tasks[task]?.confusion.labels ?? []
  const choose = (changed: Partial<typeof search>) =>
    void navigate({ search: (before) => ({ ...before, ...changed }), replace: true })
  return (
    <Panel>
      <div className={styles['controls']}>
        <NativeSelect
          label="Evaluation"
          value={String(selected.evaluationId)}
          onChange={(event) => choose({ evaluation: Number(event.currentTarget.value) })}
          data={evaluations.map((one) => ({ value: String(one.evaluationId), label: nameEvaluation(one) }))}
        />
        <SegmentedControl
          aria-label="Task"
          value={task}
          onChange={(value) => choose({ task: tasks.find((one) => one === value), label: undefined })}
          data={tasks.map((one) => ({ value: one, label: taskTitles[one] }))}
        />
        <NativeSelect
          label="Metric"
          value={metric}
          onChange={(event) => choose({ metric: metrics.find((one) => one === event.currentTarget.value) })}
          data={metrics.map((one) => ({ value: one, label: fairnessMetrics[one].title }))}
        />
        {fairnessMetrics[metric].ofLabel && (
          <NativeSelect
            label="Of label"
            value={labels.find((one) => one === search.label) ?? labels[0]}
            onChange={(event) => choose({ label: event.currentTarget.value })}
            data={labels.map((one) => ({ value: one, label: formatCategory(one) }))}
          />
        )}
        <Checkbox.Group
          label="Groups by"
          value={by}
          onChange={(names) => choose({ by: labellings.filter((one) => names.includes(one)).join(',') })}
        >
          <div className={styles['by']}>
            {labellings.map((one) => (
              <Checkbox key={one} size="xs" value={one} label={taskTitles[one]} />
            ))}
          </div>
        </Checkbox.Group>
      </div>
    </Panel>
  )
}

const draws = 2000

function Groups({ evaluation, task }: { readonly evaluation: EvaluationDetail; readonly task: Task }) {
  const api = useApi()
  const search = useSearch({ from: '/fairness' })
  const { metric } = useMetric(evaluation, task)
  const labels = evaluation.tasks[task]?.confusion.labels ?? []
  const label = fairnessMetrics[metric].ofLabel ? labels.find((one) => one === search.label) : undefined
  const asked = {
    evaluationId: evaluation.evaluationId,
    task,
    metric,
    by: readBy(search.by),
    ...(label === undefined ? {} : { label }),
  }
  // Figures come at once; what chance gives follows, and ends where something else is asked for.
  const figures = useQuery(
    api.fairness.get.queryOptions({
      input: { ...asked, draws: 0 },
      placeholderData: (shown) => keepShown(shown, asked),
    }),
  )
  const drawn = useQuery(api.fairness.get.queryOptions({ input: { ...asked, draws } }))
  const error = figures.error ?? drawn.error
  if (error !== null) return <ErrorState error={error} />
  const result = drawn.data ?? figures.data
  if (result === undefined) return <Skeleton h={480} />
  return <GroupResult result={result} isDrawing={drawn.isPending} source={describeSource(evaluation)} />
}

function GroupResult({
  result,
  isDrawing,
  source,
}: {
  readonly result: FairnessResult
  readonly isDrawing: boolean
  readonly source: string
}) {
  const [group, setGroup] = useState<GroupLabels | null>(null)
  const figure = useCallback((colors: PlotColors) => fairnessFigure(result, colors), [result])
  const shown = listShown(result)
  const withFigure = shown.filter(({ value }) => value !== null).length
  const chance = isDrawing
    ? 'Shuffling labels among people to see what chance alone would give.'
    : describeGapByChance(result)
  return (
    <>
      <Panel
        title={`${fairnessMetrics[result.metric].title}${result.label === null ? '' : ` of ${formatCategory(result.label)}`}`}
      >
        <output className={styles['said']}>
          {describeAggregate(result)} {chance}
        </output>
        <div className={styles['columns']}>
          {withFigure === 0 ? (
            <EmptyState text="No group has the 30 images that a figure wants. Evaluate on a larger part, or group by one labelling alone." />
          ) : (
            <Plot figure={figure} heightPx={88 + withFigure * 26} source={source} />
          )}
          <GroupTable result={result} onShow={setGroup} />
        </div>
        <p className={styles['method']}>{result.method}</p>
        <NoteList label="About these figures" notes={result.notes} />
      </Panel>
      {group !== null && (
        <GroupImages
          evaluationId={result.evaluationId}
          task={result.task}
          group={group}
          onClose={() => setGroup(null)}
        />
      )}
      {result.pairs.length > 0 && (
        <Panel title="Pairs of groups" padded={false}>
          <PairTable result={result} />
        </Panel>
      )}
    </>
  )
}
