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
import type { RunCurves } from './figures/run-curves.ts'
import styles from './train.module.css'

interface RunPlotProps {
  readonly run: RunCurves
  readonly draw: (run: RunCurves, colors: PlotColors) => PlotFigure
  readonly heightPx?: number
}

function RunPlot({ run, draw, heightPx = 240 }: RunPlotProps) {
  const figure = useCallback((colors: PlotColors) => draw(run, colors), [run, draw])
  return <Plot figure={figure} heightPx={heightPx} />
}

/** A run's curves as it trains: losses, accuracies with their intervals, accuracies by race, and its course. */
export function RunCurvesView({ run }: { readonly run: RunCurves }) {
  const [isCourseOpen, setIsCourseOpen] = useState(false)
  return (
    <div className={styles['curves']}>
      <div className={styles['plots']}>
        <RunPlot run={run} draw={lossFigure} heightPx={260} />
        <RunPlot run={run} draw={taskLossFigure} heightPx={260} />
        <RunPlot run={run} draw={accuracyFigure} heightPx={280} />
        <GroupPlot run={run} />
        {hasYears(run) && <RunPlot run={run} draw={yearsFigure} heightPx={280} />}
      </div>
      <details
        className={styles['fold']}
        open={isCourseOpen}
        onToggle={(event) => setIsCourseOpen(event.currentTarget.open)}
      >
        <summary>Learning rate, gradients, loss weights and speed</summary>
        {isCourseOpen && (
          <div className={styles['plots']}>
            <RunPlot run={run} draw={learningRateFigure} />
            {hasGradientNorms(run) && <RunPlot run={run} draw={gradientFigure} />}
            {hasLossWeights(run) && <RunPlot run={run} draw={lossWeightsFigure} />}
            <RunPlot run={run} draw={speedFigure} />
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

function GroupPlot({ run }: { readonly run: RunCurves }) {
  const tasks = tasksByRace(run)
  const [chosen, setChosen] = useState<Task>('race')
  const task = tasks.includes(chosen) ? chosen : (tasks[0] ?? 'race')
  return (
    <div className={styles['groupPlot']}>
      <RunPlot run={run} draw={drawGroups[task]} heightPx={tasks.length > 1 ? 248 : 280} />
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
