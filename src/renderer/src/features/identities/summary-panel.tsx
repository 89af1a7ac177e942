import { useCallback, type ReactNode } from 'react'
import { formatCategory } from '#renderer/components/format.ts'
import type { PlotColors } from '#renderer/components/plot/plot-figure.ts'
import { Plot } from '#renderer/components/plot/plot.tsx'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import { StatList } from '#renderer/components/stat-list.tsx'
import { taskTitles } from '#renderer/components/task-words.ts'
import type { IdentityGroups, IdentitySummary } from '#shared/contract/identity.contract.ts'
import {
  describeBasis,
  describeRates,
  describeWorstGroup,
  formatFine,
  whereItErrs,
} from '#shared/domain/describe-identities.ts'
import { formatCount } from '#shared/domain/format.ts'
import styles from './identities-screen.module.css'
import { InferPeople } from './infer-people.tsx'
import { ratesFigure } from './rates-figure.ts'

interface SummaryPanelProps {
  readonly summary: IdentitySummary
  /** What is known of what stands in the middle, before the whole. */
  readonly children?: ReactNode
}

/** How the people were inferred, what it does wrong and for whom. */
export function SummaryPanel({ summary, children }: SummaryPanelProps) {
  const { facts, isStale, people, several, unassigned, images } = summary
  const figure = useCallback(
    (colors: PlotColors) =>
      ratesFigure({ curve: facts?.curve ?? [], threshold: facts?.threshold ?? 0 }, colors),
    [facts],
  )
  return (
    <ScrollRegion label="What is known" className={styles['panel']}>
      {children}
      <section aria-label="How people were inferred" className={styles['evidence']}>
        <h2>How people were inferred</h2>
        <StatList
          stats={[
            { term: 'People', value: formatCount(people) },
            { term: 'In several images', value: formatCount(several) },
            { term: 'Images of nobody', value: formatCount(unassigned), note: ` of ${formatCount(images)}` },
          ]}
        />
        {facts !== null && describeRates(facts).map((line) => <p key={line}>{line}</p>)}
        <p>{whereItErrs}</p>
        {isStale && <p className={styles['stale']}>Descriptors, or what was said, have changed since.</p>}
        <InferPeople title="Infer people anew" />
        {facts !== null && facts.curve.length > 0 && <Plot figure={figure} heightPx={200} />}
        {facts?.byGroup !== undefined && <GroupRates byGroup={facts.byGroup} />}
      </section>
    </ScrollRegion>
  )
}

function GroupRates({ byGroup }: { readonly byGroup: IdentityGroups }) {
  const known = byGroup.groupings.filter(({ groups }) => groups.length > 0)
  return (
    <section aria-label="For whom it errs">
      <h2>For whom it errs</h2>
      <p>{describeBasis(byGroup.basis)}.</p>
      {known.length === 0 && <p>No image is labelled.</p>}
      {known.map((one) => (
        <div key={one.grouping}>
          <table className={`ev-table ${styles['groups']}`}>
            <caption>{taskTitles[one.grouping]}, as labelled</caption>
            <thead>
              <tr>
                <th scope="col">Label</th>
                <th scope="col" className="num">
                  Near, of pairs
                </th>
                <th scope="col" className="num">
                  Share (95%)
                </th>
              </tr>
            </thead>
            <tbody>
              {one.groups
                .toSorted((a, b) => (b.share.value ?? -1) - (a.share.value ?? -1))
                .map(({ group, near, share }) => (
                  <tr key={group}>
                    <th scope="row">{formatCategory(group)}</th>
                    <td className="num">
                      {formatCount(near)}
                      <small>of {formatCount(share.n)}</small>
                    </td>
                    <td className="num">
                      {share.value === null || share.low === null || share.high === null ? (
                        'not estimated'
                      ) : (
                        <>
                          {formatFine(share.value)}
                          <small>
                            {formatFine(share.low)} to {formatFine(share.high)}
                          </small>
                        </>
                      )}
                    </td>
                  </tr>
                ))}
            </tbody>
          </table>
          <p>{describeWorstGroup(one, formatCategory) ?? 'Too few groups or near pairs to compare.'}</p>
        </div>
      ))}
    </section>
  )
}
