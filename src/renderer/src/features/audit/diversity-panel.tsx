import { NativeSelect, SegmentedControl } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import { Panel } from '#renderer/components/panel.tsx'
import type { PlotColors } from '#renderer/components/plot/plot-figure.ts'
import { Plot } from '#renderer/components/plot/plot.tsx'
import { taskTitles } from '#renderer/components/task-words.ts'
import type { DatasetAudit, DiversityAudit } from '#shared/contract/audit.contract.ts'
import { describeDifference, isScanned, listDifferences, notScanned } from '#shared/derived/describe-audit.ts'
import { auditMeasureNames, auditMeasures, measureCriteria } from '#shared/domain/audit-measures.ts'
import { formatCount } from '#shared/domain/format.ts'
import { tasks } from '#shared/domain/tasks.ts'
import { spreadFigure } from './audit-view.ts'
import styles from './audit.module.css'

interface DiversityPanelProps {
  readonly datasets: readonly DatasetAudit[]
  readonly selected: DatasetAudit
}

/** Told in words, those that explain most first. */
const shownDifferences = 12

/** In what pictures differ, and whether they differ by group. */
export function DiversityPanel({ datasets, selected }: DiversityPanelProps) {
  const search = useSearch({ from: '/audit' })
  const navigate = useNavigate({ from: '/audit' })
  const differences = listDifferences(selected)
  const measure = search.measure ?? differences[0]?.measure ?? 'faceWidth'
  const by = search.by ?? differences[0]?.axis ?? 'race'
  const choose = (changed: Partial<typeof search>) =>
    void navigate({ search: (before) => ({ ...before, ...changed }), replace: true })
  return (
    <Panel title="How pictures differ by group">
      <div className={styles['controls']}>
        <NativeSelect
          label="Measure"
          value={measure}
          onChange={(event) =>
            choose({ measure: auditMeasureNames.find((one) => one === event.currentTarget.value), by })
          }
          data={measureGroups}
        />
        <SegmentedControl
          aria-label="Groups of the measure by"
          value={by}
          onChange={(value) => choose({ by: tasks.find((one) => one === value), measure })}
          data={tasks.map((value) => ({ value, label: taskTitles[value] }))}
        />
        <p className={styles['about']}>
          {auditMeasures[measure].title}: {auditMeasures[measure].about}.
        </p>
      </div>
      <div className={styles['columns']}>
        {datasets.map((dataset) => {
          const one = dataset.diversity.find((found) => found.measure === measure && found.axis === by)
          return one === undefined ? null : (
            <OneSpread key={dataset.datasetId} dataset={dataset} diversity={one} />
          )
        })}
      </div>
      <h3 className={styles['title']}>Where groups of {selected.name} differ beyond chance</h3>
      {differences.length === 0 ? (
        <p className={styles['said']}>
          {isScanned(selected)
            ? 'In nothing that was measured.'
            : `Not known: ${notScanned}. Curate begins one.`}
        </p>
      ) : (
        <ul className={styles['list']}>
          {differences.slice(0, shownDifferences).map((one) => (
            <li key={`${one.measure} ${one.axis}`}>{describeDifference(one)}</li>
          ))}
        </ul>
      )}
      {differences.length > shownDifferences && (
        <p className={styles['said']}>
          And {formatCount(differences.length - shownDifferences)} more, each explaining less; the files hold
          all.
        </p>
      )}
      <p className={styles['note']}>
        Kruskal and Wallis's test of one median for each person, corrected by Holm for all measures and groups
        of the data set. What is no chance may still be small: the share of the spread tells.
      </p>
    </Panel>
  )
}

const measureGroups = Object.entries(measureCriteria).map(([criterion, group]) => ({
  group,
  items: auditMeasureNames.flatMap((value) =>
    auditMeasures[value].criterion === criterion ? [{ value, label: auditMeasures[value].title }] : [],
  ),
}))

const rowPx = 26
const marginPx = 56

function OneSpread({
  dataset,
  diversity,
}: {
  readonly dataset: DatasetAudit
  readonly diversity: DiversityAudit
}) {
  const figure = useCallback(
    (colors: PlotColors) => spreadFigure(dataset, diversity, colors),
    [dataset, diversity],
  )
  if (diversity.all.n === 0) {
    return (
      <p className={styles['said']}>
        {dataset.name}: {auditMeasures[diversity.measure].title.toLowerCase()} was not measured yet.
      </p>
    )
  }
  return (
    <div>
      <Plot figure={figure} heightPx={diversity.groups.length * rowPx + marginPx} />
      <p className={styles['said']}>{describeDifference(diversity)}.</p>
    </div>
  )
}
