import { SegmentedControl } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { formatCategory } from '#renderer/components/format.ts'
import { Panel } from '#renderer/components/panel.tsx'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import { taskTitles } from '#renderer/components/task-words.ts'
import type { DatasetAudit } from '#shared/contract/audit.contract.ts'
import { isPortrayed } from '#shared/derived/describe-audit.ts'
import { qualityComponentNames, qualityComponents, smallCell } from '#shared/domain/audit-measures.ts'
import { formatCount } from '#shared/domain/format.ts'
import { tasks } from '#shared/domain/tasks.ts'
import styles from './audit.module.css'
import { Typical } from './skin-panel.tsx'

/** A component is a whole number, and a median of them at most a half. */
const formatComponent = (value: number | null): string => (value === null ? '–' : String(value))

/** The components of face quality that pixels and landmarks give, for each group. */
export function QualityPanel({ selected }: { readonly selected: DatasetAudit }) {
  const search = useSearch({ from: '/audit' })
  const navigate = useNavigate({ from: '/audit' })
  const by = search.by ?? 'race'
  const rows = qualityComponentNames.flatMap((measure) => {
    const found = selected.diversity.find((one) => one.measure === measure && one.axis === by)
    return found === undefined ? [] : [{ ...found, ...qualityComponents[measure] }]
  })
  const groups = rows[0]?.groups ?? []
  return (
    <Panel
      title={`Face quality in ${selected.name}`}
      padded={false}
      actions={
        <SegmentedControl
          aria-label="Groups of face quality by"
          size="xs"
          value={by}
          onChange={(value) =>
            void navigate({
              search: (before) => ({ ...before, by: tasks.find((one) => one === value) }),
              replace: true,
            })
          }
          data={tasks.map((value) => ({ value, label: taskTitles[value] }))}
        />
      }
    >
      {isPortrayed(selected) ? (
        <ScrollRegion label={`Face quality in ${selected.name}`}>
          <table
            className={`ev-table ${styles['quality']}`}
            aria-label={`Face quality in ${selected.name} by ${by}`}
          >
            <thead>
              <tr>
                <th scope="col">Component</th>
                {groups.map(({ group }) => (
                  <th scope="col" className="num" key={group}>
                    {formatCategory(group)}
                  </th>
                ))}
                <th scope="col" className="num">
                  Explained
                </th>
              </tr>
              <tr>
                <th scope="row">Faces</th>
                {groups.map(({ group, n }) => (
                  <td className="num" key={group}>
                    {formatCount(n)}
                  </td>
                ))}
                <td className="num">of the spread</td>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ measure, title, about, groups: own, test }) => (
                <tr key={measure}>
                  <th scope="row">
                    {title}
                    <small>{about}</small>
                  </th>
                  {own.map(({ group, n, typical }) => (
                    <Typical
                      key={group}
                      typical={n < smallCell ? undefined : typical}
                      format={formatComponent}
                    />
                  ))}
                  <td className="num">
                    {test === null
                      ? '–'
                      : test.adjusted < 0.05
                        ? `${(test.epsilonSquared * 100).toFixed(1)}%`
                        : 'no more than chance'}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollRegion>
      ) : (
        <p className={styles['note']}>Not measured yet.</p>
      )}
      <p className={styles['note']}>
        0 to 100, high is good: components of ISO/IEC 29794-5:2025 that pixels and landmarks give, by the
        formulas of its reference OFIQ; medians of people with 95% intervals. Those of luminance, exposure and
        dynamic range read the light and the skin that it falls on as one: a group of darker skin has less of
        them in the same light. Sharpness, compression, expression, what covers face, eyes, mouth or head, and
        the uniformity of the background want networks that are not here, and are not told. The last column is
        the share of the spread that groups explain.
      </p>
    </Panel>
  )
}
