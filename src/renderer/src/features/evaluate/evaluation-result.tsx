import { SegmentedControl } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useMemo, useState } from 'react'
import {
  formatBounds,
  formatCount,
  formatEstimate,
  formatPercent,
  formatShare,
} from '#shared/domain/format.ts'
import { formatCategory, formatTime } from '#renderer/components/format.ts'
import { describeSource } from '#renderer/components/evaluation-source.ts'
import { HashText } from '#renderer/components/hash-text.tsx'
import { ErasedNote } from '#renderer/components/erased-note.tsx'
import { NoteList } from '#renderer/components/note-list.tsx'
import { OvertakenNote } from '#renderer/components/overtaken-note.tsx'
import { Panel } from '#renderer/components/panel.tsx'
import type { PlotColors } from '#renderer/components/plot/plot-figure.ts'
import { Plot } from '#renderer/components/plot/plot.tsx'
import { StatList } from '#renderer/components/stat-list.tsx'
import { EmptyState } from '#renderer/components/states.tsx'
import { partTitles, tasksForReading, taskTitles } from '#renderer/components/task-words.ts'
import type { EvaluationDetail, GroupEstimate, TaskEvaluation } from '#shared/contract/evaluation.contract.ts'
import { tasks, type Task } from '#shared/domain/tasks.ts'
import { CellImages } from './cell-images.tsx'
import { ConfusionTable } from './confusion-table.tsx'
import styles from './evaluate.module.css'
import {
  describeComputing,
  describeScores,
  fewestForEstimate,
  findGap,
  groupings,
  groupsOf,
  weighSample,
  type Grouping,
} from './evaluate-view.ts'
import { groupFigure } from './group-figure.ts'
import { RoundingResult } from './rounding-result.tsx'
import { YearsResult } from './years-result.tsx'

export interface EvaluationResultProps {
  readonly evaluation: EvaluationDetail
}

export function EvaluationResult({ evaluation }: EvaluationResultProps) {
  const search = useSearch({ from: '/evaluate' })
  const navigate = useNavigate({ from: '/evaluate' })
  const available = tasksForReading.filter((task) => evaluation.tasks[task] !== null)
  const task = available.find((one) => one === search.task) ?? available[0]
  const result = task === undefined ? null : evaluation.tasks[task]
  const chooseTask = (chosen: Task | undefined) =>
    void navigate({
      search: (before) => ({
        ...before,
        task: chosen,
        labelled: undefined,
        predicted: undefined,
        image: undefined,
      }),
      replace: true,
    })
  return (
    <Panel
      title={`${evaluation.model} on ${evaluation.split}, ${partTitles[evaluation.part].toLowerCase()} part`}
      note={formatTime(evaluation.createdAt)}
    >
      <div className={styles['summary']}>
        <TaskTable evaluation={evaluation} />
        <StatList
          stats={[
            { term: 'Images', value: formatCount(evaluation.images) },
            { term: 'Weights', value: <HashText hash={evaluation.weightsSha256} of="the weights" /> },
            { term: 'Split', value: <HashText hash={evaluation.splitHash} of="the split" /> },
            { term: 'Intervals', value: evaluation.intervals },
            { term: 'Computed by', value: describeComputing(evaluation) },
          ]}
        />
      </div>
      <OvertakenNote
        split={{ splitId: evaluation.splitId, name: evaluation.split }}
        use={{
          title: 'Show the new split',
          run: (made) => void navigate({ to: '/splits', search: { split: made } }),
        }}
      />
      <NoteList label="About these figures" notes={evaluation.notes} />
      <ErasedNote images={evaluation.erasedImages} what="counted" />
      {evaluation.rounding !== null && <RoundingResult rounding={evaluation.rounding} />}
      {task === undefined || result === null ? (
        <EmptyState text="No image of this part has a label that the model predicts." />
      ) : (
        <>
          <SegmentedControl
            aria-label="Task"
            value={task}
            onChange={(value) => chooseTask(tasks.find((one) => one === value))}
            data={available.map((one) => ({ value: one, label: taskTitles[one] }))}
          />
          <TaskResult key={task} evaluation={evaluation} task={task} result={result} />
        </>
      )}
    </Panel>
  )
}

function TaskTable({ evaluation }: EvaluationResultProps) {
  return (
    <table className="ev-table">
      <thead>
        <tr>
          <th scope="col">Task</th>
          <th scope="col" className="num">
            Accuracy (%)
          </th>
          <th scope="col" className="num">
            95% interval
          </th>
          <th scope="col" className="num">
            n
          </th>
          <th scope="col" className="num">
            Without label
          </th>
        </tr>
      </thead>
      <tbody>
        {tasksForReading.map((task) => {
          const result = evaluation.tasks[task]
          return (
            <tr key={task} data-faint={result === null || undefined}>
              <th scope="row">{taskTitles[task]}</th>
              <EstimateCells estimate={result?.accuracy ?? { value: null, low: null, high: null, n: 0 }} />
              <td className="num">{result === null ? '–' : formatCount(result.missing)}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

function EstimateCells({ estimate }: { readonly estimate: TaskEvaluation['accuracy'] }) {
  const { value, low, high, n } = estimate
  const isShown = value !== null && weighSample(n) !== 'count-only'
  return (
    <>
      <td className="num">{isShown ? formatPercent(value) : '–'}</td>
      <td className="num">{isShown && low !== null && high !== null ? formatBounds(low, high) : '–'}</td>
      <td className="num">{formatCount(n)}</td>
    </>
  )
}

interface TaskResultProps {
  readonly evaluation: EvaluationDetail
  readonly task: Task
  readonly result: TaskEvaluation
}

function TaskResult({ evaluation, task, result }: TaskResultProps) {
  const search = useSearch({ from: '/evaluate' })
  const navigate = useNavigate({ from: '/evaluate' })
  const { labelled, predicted } = search
  const cell = labelled === undefined || predicted === undefined ? null : { labelled, predicted }
  const chooseCell = (next: { labelled: number; predicted: number } | null) =>
    void navigate({
      search: (before) => ({
        ...before,
        labelled: next?.labelled,
        predicted: next?.predicted,
        image: undefined,
      }),
    })
  return (
    <>
      <div className={styles['scores']}>
        <StatList stats={describeScores(result)} />
      </div>
      <GroupResult task={task} result={result} source={describeSource(evaluation)} />
      {result.years !== null && <YearsResult years={result.years} />}
      <ConfusionTable
        confusion={result.confusion}
        title={`${taskTitles[task]}: what was labelled against what was predicted`}
        note={`n = ${formatCount(result.accuracy.n)}`}
        selected={cell}
        onSelect={chooseCell}
      />
      {cell !== null && (
        <CellImages
          evaluationId={evaluation.evaluationId}
          task={task}
          labels={result.confusion.labels}
          {...cell}
          onClose={() => chooseCell(null)}
        />
      )}
    </>
  )
}

interface GroupResultProps {
  readonly task: Task
  readonly result: TaskEvaluation
  readonly source: string
}

function GroupResult({ task, result, source }: GroupResultProps) {
  const [grouping, setGrouping] = useState<Grouping>('race')
  const groups = useMemo(() => groupsOf(result, grouping), [result, grouping])
  const figure = useCallback(
    (colors: PlotColors) => groupFigure({ task, grouping, groups, overall: result.accuracy }, colors),
    [task, grouping, groups, result],
  )
  return (
    <div className={styles['groups']}>
      <div className={styles['groupHead']}>
        <SegmentedControl
          aria-label="Group by"
          value={grouping}
          onChange={(value) => setGrouping(groupings.find((one) => one === value) ?? 'race')}
          data={groupings.map((one) => ({ value: one, label: `By ${one}` }))}
        />
        <output>{describeGap(groups, result)}</output>
      </div>
      {groups.length === 0 ? (
        <EmptyState text={`No image of this part has a ${grouping} label.`} />
      ) : (
        <div className={styles['groupColumns']}>
          <Plot figure={figure} heightPx={72 + groups.length * 28} source={source} />
          <table className="ev-table" aria-label={`Accuracy by labelled ${grouping}`}>
            <thead>
              <tr>
                <th scope="col">Labelled {grouping}</th>
                <th scope="col" className="num">
                  Accuracy (%)
                </th>
                <th scope="col" className="num">
                  95% interval
                </th>
                <th scope="col" className="num">
                  n
                </th>
              </tr>
            </thead>
            <tbody>
              {groups.map((group) => (
                <tr key={group.group}>
                  <th scope="row">
                    {formatCategory(group.group)}
                    {weighSample(group.n) === 'hollow' && ' ○'}
                  </th>
                  <EstimateCells estimate={group} />
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  )
}

/** One plain sentence on what the picture shows. */
function describeGap(groups: readonly GroupEstimate[], result: TaskEvaluation): string {
  const gap = findGap(groups)
  const overall = `Overall ${formatEstimate(result.accuracy)}.`
  if (gap === null) return `${overall} Too few images per group to compare groups (30 are needed).`
  return `${overall} Of the groups with ${fewestForEstimate} images or more, highest for ${formatCategory(gap.best)}, lowest for ${formatCategory(gap.worst)}: ${formatShare(gap.points / 100).replace('%', '')} points apart, part of which chance alone would give.`
}
