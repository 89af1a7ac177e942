import { UnstyledButton, VisuallyHidden } from '@mantine/core'
import type { CheckPreview } from '#shared/contract/check.contract.ts'
import { describeGroupRates, differByGroup, readGroupRates } from '#shared/domain/describe-group-rates.ts'
import { formatBounds, formatCount, formatEstimate, formatShare } from '#shared/domain/format.ts'
import { formatCategory } from '#renderer/components/format.ts'
import { groupStyleOf } from '#renderer/components/group-style.ts'
import { taskTitles } from '#renderer/components/task-words.ts'
import { labelFacets, type CurateSearch, type LabelFacet } from './curate-search.ts'
import styles from './group-rates.module.css'
import { IntervalBar } from './interval-bar.tsx'

export interface GroupRatesProps {
  readonly preview: CheckPreview
  readonly search: CurateSearch
  readonly onToggle: (facet: LabelFacet, value: string | null) => void
}

/** How often a check flags each group: a check can be biased itself. A click narrows the queue to the group. */
export function GroupRates({ preview, search, onToggle }: GroupRatesProps) {
  const rates = labelFacets.flatMap((facet) => preview[facet].map(({ rate }) => rate.high ?? rate.value ?? 0))
  const widest = Math.max(0.01, ...rates)
  const isUneven = labelFacets.some((facet) => differByGroup(preview.tests[facet]))
  const tables = labelFacets.map((facet) =>
    preview[facet].length === 0 ? null : (
      <table key={facet} className={styles['rates']}>
        <caption>
          {taskTitles[facet]}, share flagged
          <span className={styles['verdict']} data-differs={differByGroup(preview.tests[facet])}>
            {describeGroupRates(facet, { rates: preview[facet], test: preview.tests[facet] })}
          </span>
        </caption>
        <thead>
          <tr>
            <th scope="col">Labelled</th>
            <th scope="col">Share</th>
            <th scope="col">
              <VisuallyHidden>Share and 95% interval drawn</VisuallyHidden>
            </th>
            <th scope="col">n</th>
          </tr>
        </thead>
        <tbody>
          {preview[facet].map(({ group, rate }) => (
            <tr key={group ?? ''} title={formatEstimate(rate)}>
              <th scope="row">
                <UnstyledButton
                  className={styles['group']}
                  aria-pressed={search[facet] === group}
                  onClick={() => onToggle(facet, group)}
                >
                  {group === null ? 'no label' : formatCategory(group)}
                </UnstyledButton>
              </th>
              <td className="num">{formatShare(rate.value)}</td>
              <td>
                {rate.low !== null && rate.high !== null && (
                  <IntervalBar
                    estimate={rate}
                    widest={widest}
                    color={facet === 'race' && group !== null ? groupStyleOf(group).color : '#7f858e'}
                    label={`95% interval ${formatBounds(rate.low, rate.high)}%`}
                  />
                )}
              </td>
              <td className="num">{formatCount(rate.n)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    ),
  )
  return (
    <>
      {isUneven && <p className={styles['uneven']}>{readGroupRates}</p>}
      {tables}
    </>
  )
}
