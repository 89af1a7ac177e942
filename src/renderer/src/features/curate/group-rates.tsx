import { UnstyledButton } from '@mantine/core'
import type { CheckPreview } from '#shared/contract/check.contract.ts'
import { formatBounds, formatCount, formatEstimate, formatShare } from '#shared/domain/format.ts'
import { formatCategory } from '#renderer/components/format.ts'
import { groupStyleOf } from '#renderer/components/group-style.ts'
import { taskTitles } from '#renderer/components/task-words.ts'
import { labelFacets, type CurateSearch, type LabelFacet } from './curate-search.ts'
import styles from './curate.module.css'

export interface GroupRatesProps {
  readonly preview: CheckPreview
  readonly search: CurateSearch
  readonly onToggle: (facet: LabelFacet, value: string | null) => void
}

/** How often a check flags each group: a check can be biased itself. A click narrows the queue to the group. */
export function GroupRates({ preview, search, onToggle }: GroupRatesProps) {
  const rates = labelFacets.flatMap((facet) => preview[facet].map(({ rate }) => rate.high ?? rate.value ?? 0))
  const widest = Math.max(0.01, ...rates)
  return labelFacets.map((facet) =>
    preview[facet].length === 0 ? null : (
      <table key={facet} className={styles['rates']}>
        <caption>{taskTitles[facet]}, share flagged</caption>
        <thead>
          <tr>
            <th scope="col">Labelled</th>
            <th scope="col">Share</th>
            <th scope="col">
              <span className={styles['hidden']}>Share and 95% interval drawn</span>
            </th>
            <th scope="col">n</th>
          </tr>
        </thead>
        <tbody>
          {preview[facet].map(({ group, rate }) => (
            <tr key={group ?? ''} title={formatEstimate(rate)}>
              <th scope="row">
                <UnstyledButton
                  className={styles['rateGroup']}
                  aria-pressed={search[facet] === group}
                  onClick={() => onToggle(facet, group)}
                >
                  {group === null ? 'no label' : formatCategory(group)}
                </UnstyledButton>
              </th>
              <td className="num">{formatShare(rate.value)}</td>
              <td>
                <RateBar
                  rate={rate}
                  widest={widest}
                  color={facet === 'race' && group !== null ? groupStyleOf(group).color : '#7f858e'}
                />
              </td>
              <td className="num">{formatCount(rate.n)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    ),
  )
}

interface RateBarProps {
  readonly rate: CheckPreview['race'][number]['rate']
  readonly widest: number
  readonly color: string
}

function RateBar({ rate, widest, color }: RateBarProps) {
  const { value, low, high } = rate
  if (value === null || low === null || high === null) return null
  const place = (share: number) => `${(100 * share) / widest}%`
  return (
    // Drawn elements that read as one picture.
    // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
    <span className={styles['rateBar']} role="img" aria-label={`95% interval ${formatBounds(low, high)}%`}>
      <span
        className={styles['rateInterval']}
        style={{ left: place(low), width: place(Math.max(high - low, 0)) }}
      />
      <span className={styles['rateDot']} style={{ left: place(value), background: color }} />
    </span>
  )
}
