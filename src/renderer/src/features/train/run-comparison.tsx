import { Button, SegmentedControl, Skeleton } from '@mantine/core'
import { IconAlertTriangle, IconX } from '@tabler/icons-react'
import { useQueries, useQuery } from '@tanstack/react-query'
import { useCallback, useState } from 'react'
import { pluralise } from '#renderer/components/format.ts'
import { Panel } from '#renderer/components/panel.tsx'
import type { PlotColors } from '#renderer/components/plot/plot-figure.ts'
import { Plot } from '#renderer/components/plot/plot.tsx'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { tasksForReading, taskTitles } from '#renderer/components/task-words.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { runId as runIdSchema } from '#shared/contract/base.contract.ts'
import type { RunComparison, RunDetail } from '#shared/contract/run.contract.ts'
import {
  comparedMeasures,
  comparisonFigure,
  lineStyleOf,
  nameRuns,
  type ComparedMeasure,
  type OverlaidCurve,
} from './figures/comparison-figure.ts'
import { Result } from './runs-table.tsx'
import { SmoothingChoice } from './smoothing-choice.tsx'
import { describeRunSource } from './runs-view.ts'
import styles from './runs.module.css'

export interface RunComparisonPanelProps {
  readonly runIds: readonly number[]
  readonly curves: readonly OverlaidCurve[]
  readonly onClose: () => void
}

/** Chosen runs side by side: results with intervals, the settings that differ, and their curves over each other. */
export function RunComparisonPanel({ runIds, curves, onClose }: RunComparisonPanelProps) {
  const api = useApi()
  const comparison = useQuery(
    api.run.compare.queryOptions({ input: { runIds: runIds.map((id) => runIdSchema.parse(id)) } }),
  )
  const details = useQueries({
    queries: runIds.map((runId) => api.run.get.queryOptions({ input: { runId } })),
    combine: (results) => results.flatMap(({ data }) => data ?? []),
  })
  if (comparison.error !== null) return <ErrorState error={comparison.error} />
  return (
    <Panel
      title={`${pluralise(runIds.length, 'run')} compared`}
      actions={
        <Button
          variant="default"
          leftSection={<IconX size={14} aria-hidden />}
          onClick={onClose}
          aria-label="Close the comparison"
        >
          Close
        </Button>
      }
    >
      {comparison.data === undefined ? (
        <Skeleton h={160} />
      ) : (
        <div className={styles['compare']}>
          <Warnings comparison={comparison.data} />
          <ComparisonTable comparison={comparison.data} />
          <Overlay runs={details} curves={curves} />
        </div>
      )}
    </Panel>
  )
}

function Warnings({ comparison }: { readonly comparison: RunComparison }) {
  if (comparison.warnings.length === 0) return null
  return (
    <ul className={styles['warnings']} aria-label="Before you compare">
      {comparison.warnings.map((warning) => (
        <li key={warning}>
          <IconAlertTriangle size={14} aria-hidden /> {warning}
        </li>
      ))}
    </ul>
  )
}

function ComparisonTable({ comparison }: { readonly comparison: RunComparison }) {
  const { runs, fields } = comparison
  const hasYears = runs.some((run) => (run.best?.age?.years ?? null) !== null)
  return (
    <ScrollRegion label="Compared runs" className="ev-scroll-x">
      <table className="ev-table">
        <thead>
          <tr>
            <th scope="col">Result or setting</th>
            {nameRuns(runs).map((name, index) => (
              <th key={runs[index]?.id ?? index} scope="col" className="num">
                <span
                  className={styles['swatch']}
                  style={{ background: lineStyleOf(index).color }}
                  aria-hidden
                />
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {tasksForReading.map((task) => (
            <tr key={task}>
              <th scope="row">{task === 'age' ? 'Age bins' : taskTitles[task]} (%)</th>
              {runs.map((run) => (
                <td key={run.id} className="num">
                  <Result accuracy={run.best?.[task]?.accuracy ?? null} />
                </td>
              ))}
            </tr>
          ))}
          {hasYears && (
            <tr>
              <th scope="row">Age MAE (years)</th>
              {runs.map((run) => (
                <td key={run.id} className="num">
                  {run.best?.age?.years?.mae.toFixed(2) ?? '–'}
                </td>
              ))}
            </tr>
          )}
          <tr>
            <th scope="row">Best epoch</th>
            {runs.map((run) => (
              <td key={run.id} className="num">
                {run.bestEpoch ?? '–'}
              </td>
            ))}
          </tr>
          {fields.map((field) => (
            <tr key={field.path}>
              <th scope="row">{field.title}</th>
              {field.values.map((value, index) => (
                <td key={runs[index]?.id ?? index} className="num">
                  <span className={value === field.values[0] ? undefined : styles['differs']}>
                    {value ?? '–'}
                  </span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {fields.length === 0 && <p className={styles['dim']}>All settings are alike.</p>}
    </ScrollRegion>
  )
}

interface OverlayProps {
  readonly runs: readonly RunDetail[]
  readonly curves: readonly OverlaidCurve[]
}

function Overlay({ runs, curves }: OverlayProps) {
  const [smoothing, setSmoothing] = useState(0)
  const [measure, setMeasure] = useState<ComparedMeasure>('race')
  const figure = useCallback(
    (colors: PlotColors) => comparisonFigure({ runs, curves, measure, smoothing }, colors),
    [runs, curves, measure, smoothing],
  )
  return (
    <div>
      <SegmentedControl
        aria-label="Measure"
        value={measure}
        onChange={(value) => setMeasure(comparedMeasures.find((one) => one.value === value)?.value ?? 'race')}
        data={comparedMeasures.map(({ value, label }) => ({ value, label }))}
        mb={8}
      />
      <SmoothingChoice value={smoothing} onChange={setSmoothing} />
      <Plot figure={figure} heightPx={320} source={runs.map(describeRunSource).join('; ')} />
    </div>
  )
}
