import { SegmentedControl } from '@mantine/core'
import { useCallback, useState } from 'react'
import type { PlotColors, PlotFigure } from '#renderer/components/plot/plot-figure.ts'
import { Plot } from '#renderer/components/plot/plot.tsx'
import { taskTitles } from '#renderer/components/task-words.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { accuracyFigure, hasYears, yearsFigure } from './figures/accuracy-figures.ts'
import {
  gradientFigure,
  hasGradientNorms,
  hasLossWeights,
  learningRateFigure,
  lossWeightsFigure,
  speedFigure,
} from './figures/course-figures.ts'
import { groupFigure, tasksByRace } from './figures/group-figure.ts'
import { lossFigure, taskLossFigure } from './figures/loss-figures.ts'
import { describeRunSource } from './runs-view.ts'
import type { RunDetail } from '#shared/contract/run.contract.ts'
import type { RunCurves } from './figures/run-curves.ts'
import { SmoothingChoice } from './smoothing-choice.tsx'
import styles from './train.module.css'

interface RunPlotProps {
  readonly run: RunCurves
  readonly draw: (run: RunCurves, colors: PlotColors) => PlotFigure
  readonly heightPx?: number
  readonly source: string
}

function RunPlot({ run, draw, heightPx = 240, source }: RunPlotProps) {
  const figure = useCallback((colors: PlotColors) => draw(run, colors), [run, draw])
  return <Plot figure={figure} heightPx={heightPx} source={source} />
}

/** A run's curves as it trains: losses, accuracies with their intervals, accuracies by race, and its course. */
export function RunCurvesView({ run }: { readonly run: RunDetail }) {
  const source = describeRunSource(run)
  const [isCourseOpen, setIsCourseOpen] = useState(false)
  const [smoothing, setSmoothing] = useState(0)
  const drawLoss = useCallback(
    (curves: RunCurves, colors: PlotColors) => lossFigure(curves, colors, smoothing),
    [smoothing],
  )
  return (
    <div className={styles['curves']}>
      <SmoothingChoice value={smoothing} onChange={setSmoothing} />
      <div className={styles['plots']}>
        <RunPlot run={run} source={source} draw={drawLoss} heightPx={260} />
        <RunPlot run={run} source={source} draw={taskLossFigure} heightPx={260} />
        <RunPlot run={run} source={source} draw={accuracyFigure} heightPx={280} />
        <GroupPlot run={run} source={source} />
        {hasYears(run) && <RunPlot run={run} source={source} draw={yearsFigure} heightPx={280} />}
      </div>
      <details
        className={styles['fold']}
        open={isCourseOpen}
        onToggle={(event) => setIsCourseOpen(event.currentTarget.open)}
      >
        <summary>Learning rate, gradients, loss weights and speed</summary>
        {isCourseOpen && (
          <div className={styles['plots']}>
            <RunPlot run={run} source={source} draw={learningRateFigure} />
            {hasGradientNorms(run) && <RunPlot run={run} source={source} draw={gradientFigure} />}
            {hasLossWeights(run) && <RunPlot run={run} source={source} draw={lossWeightsFigure} />}
            <RunPlot run={run} source={source} draw={speedFigure} />
          </div>
        )}
      </details>
    </div>
  )
}

const drawGroups: Readonly<Record<Task, RunPlotProps['draw']>> = {
  race: (run, colors) => groupFigure(run, colors, 'race'),
  gender: (run, colors) => groupFigure(run, colors, 'gender'),
  age: (run, colors) => groupFigure(run, colors, 'age'),
}

function GroupPlot({ run, source }: Pick<RunPlotProps, 'run' | 'source'>) {
  const tasks = tasksByRace(run)
  const [chosen, setChosen] = useState<Task>('race')
  const task = tasks.includes(chosen) ? chosen : (tasks[0] ?? 'race')
  return (
    <div className={styles['groupPlot']}>
      <RunPlot run={run} source={source} draw={drawGroups[task]} heightPx={tasks.length > 1 ? 248 : 280} />
      {tasks.length > 1 && (
        <SegmentedControl
          aria-label="Accuracy by race of"
          value={task}
          onChange={(value) => setChosen(tasks.find((one) => one === value) ?? 'race')}
          data={tasks.map((one) => ({ value: one, label: taskTitles[one] }))}
        />
      )}
    </div>
  )
}
