import { Button, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import { formatCategory } from '#renderer/components/format.ts'
import { NoteList } from '#renderer/components/note-list.tsx'
import { Panel } from '#renderer/components/panel.tsx'
import type { PlotColors } from '#renderer/components/plot/plot-figure.ts'
import { Plot } from '#renderer/components/plot/plot.tsx'
import { NeedsProject, Page } from '#renderer/components/screen.tsx'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { FairnessResult, GroupLabels } from '#shared/contract/fairness.contract.ts'
import { describeAggregate, describeGapByChance } from '#shared/derived/describe-fairness.ts'
import { fairnessMetrics } from '#shared/domain/fairness-metrics.ts'
import { formatCount } from '#shared/domain/format.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { listSources, type AnswerSource } from './answer-sources.ts'
import { BaselinesPanel } from './baselines-panel.tsx'
import { ComparisonPanel } from './comparison-panel.tsx'
import { CrossPanel } from './cross-panel.tsx'
import { ErrorTreePanel } from './error-tree-panel.tsx'
import { FairnessControls } from './fairness-controls.tsx'
import { GroupTable, PairTable } from './fairness-tables.tsx'
import {
  fairnessFigure,
  findMetric,
  isGroupedBy,
  keepShown,
  listShown,
  readBy,
  readOptions,
  sourceOf,
} from './fairness-view.ts'
import styles from './fairness.module.css'
import { GroupImages } from './group-images.tsx'
import { SensitivityPanel } from './sensitivity-panel.tsx'

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
  const baselines = useQuery(api.baseline.list.queryOptions())
  const error = evaluations.error ?? baselines.error
  if (error !== null) {
    return (
      <Page>
        <ErrorState error={error} />
      </Page>
    )
  }
  if (evaluations.data === undefined || baselines.data === undefined) {
    return (
      <Page>
        <Skeleton h={480} />
      </Page>
    )
  }
  const sources = listSources(evaluations.data, baselines.data)
  const wanted =
    search.baseline === undefined ? `evaluation ${search.evaluation}` : `baseline ${search.baseline}`
  const selected = sources.find(({ key }) => key === wanted) ?? sources[0]
  const task = selected?.tasks.find((one) => one === search.task) ?? selected?.tasks[0]
  if (selected === undefined || task === undefined) {
    return (
      <Page>
        <div className={styles['page']}>
          <EmptyState
            text="There is no evaluation yet whose groups could be compared."
            action={
              <Button onClick={() => void navigate({ to: '/evaluate', search: {} })}>Evaluate a model</Button>
            }
          />
          <BaselinesPanel baselines={baselines.data} />
        </div>
      </Page>
    )
  }
  return (
    <Page>
      <div className={styles['page']}>
        <FairnessControls sources={sources} selected={selected} task={task} />
        <Groups source={selected} task={task} />
        <ErrorTreePanel source={selected} task={task} />
        <SensitivityPanel source={selected} task={task} />
        <ComparisonPanel sources={sources} selected={selected} task={task} />
        <CrossPanel evaluations={evaluations.data} task={task} />
        <BaselinesPanel baselines={baselines.data} />
      </div>
    </Page>
  )
}

const draws = 2000
const progressEveryMs = 500
const noneDrawn = { done: 0, total: 0 }

function Groups({ source, task }: { readonly source: AnswerSource; readonly task: Task }) {
  const api = useApi()
  const search = useSearch({ from: '/fairness' })
  const metric = findMetric(source, task, search.metric)
  const label = fairnessMetrics[metric].ofLabel
    ? source.labelsOf(task).find((one) => one === search.label)
    : undefined
  const asked = {
    ...source.asked,
    task,
    metric,
    by: readBy(search.by),
    ...(label === undefined ? {} : { label }),
    ...readOptions(search),
  }
  // Figures come at once; what chance gives follows, and ends where something else is asked for.
  const figures = useQuery(
    api.fairness.get.queryOptions({
      input: { ...asked, draws: 0 },
      placeholderData: (shown) => keepShown(shown, { ...source.asked, task }),
    }),
  )
  const drawn = useQuery(api.fairness.get.queryOptions({ input: { ...asked, draws } }))
  const progress = useQuery({
    ...api.fairness.progress.queryOptions(),
    enabled: drawn.isFetching,
    refetchInterval: progressEveryMs,
  })
  const error = figures.error ?? drawn.error
  if (error !== null) return <ErrorState error={error} />
  const result = drawn.data ?? figures.data
  if (result === undefined) return <Skeleton h={480} />
  return (
    <GroupResult
      result={result}
      drawing={drawn.isPending ? (progress.data ?? noneDrawn) : null}
      source={source.description}
    />
  )
}

const describeDrawing = ({ done, total }: { readonly done: number; readonly total: number }): string =>
  `Shuffling labels among people to see what chance alone would give${total === 0 ? '' : `: ${formatCount(done)} of ${formatCount(total)}`}.`

function GroupResult({
  result,
  drawing,
  source,
}: {
  readonly result: FairnessResult
  /** How far the shuffles are, null once they are done. */
  readonly drawing: { readonly done: number; readonly total: number } | null
  readonly source: string
}) {
  const search = useSearch({ from: '/fairness' })
  const navigate = useNavigate({ from: '/fairness' })
  const open = (group: GroupLabels | undefined) =>
    void navigate({ search: (before) => ({ ...before, group }) })
  const figure = useCallback((colors: PlotColors) => fairnessFigure(result, colors), [result])
  const shown = listShown(result)
  const withFigure = shown.filter(({ value }) => value !== null).length
  const chance = drawing === null ? describeGapByChance(result) : describeDrawing(drawing)
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
          <GroupTable result={result} onShow={open} />
        </div>
        <p className={styles['method']}>{result.method}</p>
        <NoteList label="About these figures" notes={result.notes} />
      </Panel>
      {result.pairs.length > 0 && (
        <Panel title="Pairs of groups" padded={false}>
          <PairTable result={result} />
        </Panel>
      )}
      {search.group !== undefined && isGroupedBy(search.group, result) && (
        <GroupImages
          of={sourceOf(result)}
          task={result.task}
          group={search.group}
          onClose={() => open(undefined)}
        />
      )}
    </>
  )
}
