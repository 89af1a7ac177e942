import { SegmentedControl } from '@mantine/core'
import { useState } from 'react'
import type { Estimate } from '#shared/domain/intervals.ts'
import type { YearsEvaluation } from '#shared/contract/evaluation.contract.ts'
import { formatCount } from '#shared/domain/format.ts'
import { formatCategory } from '#renderer/components/format.ts'
import { StatList } from '#renderer/components/stat-list.tsx'
import { EmptyState } from '#renderer/components/states.tsx'
import styles from './evaluate.module.css'
import { groupings, hasSmallGroup, smallGroupLegend, weighSample, type Grouping } from './evaluate-view.ts'
import { describeYears, yearsOfGrouping } from './years-view.ts'

export interface YearsResultProps {
  readonly years: YearsEvaluation
}

/** How far the predicted years lie from the labelled ones, as a whole and by group. */
export function YearsResult({ years }: YearsResultProps) {
  const [grouping, setGrouping] = useState<Grouping>('age')
  const groups = yearsOfGrouping(years, grouping)
  return (
    <section className={styles['years']} aria-label="Age in years">
      <h3>Age in years: predicted minus labelled</h3>
      <StatList stats={describeYears(years)} />
      <SegmentedControl
        aria-label="Group errors by"
        value={grouping}
        onChange={(value) => setGrouping(groupings.find((one) => one === value) ?? 'age')}
        data={groupings.map((one) => ({ value: one, label: `By ${one}` }))}
      />
      {groups.length === 0 ? (
        <EmptyState text={`No image of this part has a ${grouping} label.`} />
      ) : (
        <table className="ev-table" aria-label={`Errors in years by labelled ${grouping}`}>
          <thead>
            <tr>
              <th scope="col">Labelled {grouping}</th>
              <th scope="col" className="num">
                Mean absolute error (years)
              </th>
              <th scope="col" className="num">
                95% interval
              </th>
              <th scope="col" className="num">
                Bias (years)
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
            {groups.map(({ group, meanAbsoluteError, bias }) => (
              <tr key={group}>
                <th scope="row">
                  {formatCategory(group)}
                  {weighSample(bias.n) === 'hollow' && ' ○'}
                </th>
                <YearsCells estimate={meanAbsoluteError} />
                <YearsCells estimate={bias} isSigned />
                <td className="num">{formatCount(bias.n)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {hasSmallGroup(groups.map(({ bias }) => bias)) && (
        <p className={styles['legend']}>{smallGroupLegend}</p>
      )}
    </section>
  )
}

interface YearsCellsProps {
  readonly estimate: Estimate
  readonly isSigned?: boolean
}

function YearsCells({ estimate, isSigned = false }: YearsCellsProps) {
  const { value, low, high } = estimate
  const write = (years: number) => `${isSigned && years > 0 ? '+' : ''}${years.toFixed(2)}`
  return (
    <>
      <td className="num">{value === null ? '–' : write(value)}</td>
      <td className="num">{low === null || high === null ? '–' : `${write(low)} to ${write(high)}`}</td>
    </>
  )
}
