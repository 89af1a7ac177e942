import { SegmentedControl } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import { Panel } from '#renderer/components/panel.tsx'
import type { PlotColors } from '#renderer/components/plot/plot-figure.ts'
import { Plot } from '#renderer/components/plot/plot.tsx'
import type { DatasetAudit, ParityAudit } from '#shared/contract/audit.contract.ts'
import { describeParity } from '#shared/derived/describe-audit.ts'
import { titleOfAxis } from '#shared/domain/audit-measures.ts'
import { parityFigure, parityOf } from './audit-view.ts'
import styles from './audit.module.css'

const axes = ['race', 'gender', 'age', 'raceGender'] as const

/** How evenly each data set fills the groups of one labelling. */
export function ParityPanel({ datasets }: { readonly datasets: readonly DatasetAudit[] }) {
  const search = useSearch({ from: '/audit' })
  const navigate = useNavigate({ from: '/audit' })
  const axis = search.axis ?? 'race'
  return (
    <Panel
      title="Parity"
      actions={
        <SegmentedControl
          aria-label="Groups by"
          size="xs"
          value={axis}
          onChange={(value) =>
            void navigate({
              search: (before) => ({ ...before, axis: axes.find((one) => one === value) }),
              replace: true,
            })
          }
          data={axes.map((value) => ({ value, label: titleOfAxis(value) }))}
        />
      }
    >
      <div className={styles['columns']}>
        {datasets.map((dataset) => {
          const parity = parityOf(dataset, axis)
          return parity === undefined ? null : (
            <OneParity key={dataset.datasetId} dataset={dataset} parity={parity} />
          )
        })}
      </div>
    </Panel>
  )
}

const rowPx = 26
const marginPx = 56

function OneParity({ dataset, parity }: { readonly dataset: DatasetAudit; readonly parity: ParityAudit }) {
  const figure = useCallback((colors: PlotColors) => parityFigure(dataset, parity, colors), [dataset, parity])
  return (
    <div>
      {parity.labelled > 0 && <Plot figure={figure} heightPx={parity.groups * rowPx + marginPx} />}
      <p className={styles['said']}>{describeParity(parity)}</p>
    </div>
  )
}
