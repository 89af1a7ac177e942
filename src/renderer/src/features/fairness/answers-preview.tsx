import { NativeSelect } from '@mantine/core'
import { formatCategory, pluralise } from '#renderer/components/format.ts'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import { StatList } from '#renderer/components/stat-list.tsx'
import { taskTitles } from '#renderer/components/task-words.ts'
import type { BaselineMapping, BaselineReport, BaselineRule } from '#shared/contract/baseline.contract.ts'
import { formatCount } from '#shared/domain/format.ts'
import { ageBinLabels, labelSchemes } from '#shared/domain/label-schemes.ts'
import { changeRule, nameRule } from './baseline-form.ts'
import styles from './fairness.module.css'

const namesShown = 20

interface AnswersPreviewProps {
  readonly report: BaselineReport
  readonly rules: readonly BaselineRule[]
  readonly onRules: (rules: BaselineRule[]) => void
}

/** What answers hold before they are taken in: matched, unknown, doubled and undetected images, and what their words stand for. */
export function AnswersPreview({ report, rules, onRules }: AnswersPreviewProps) {
  const { matchedBy } = report
  return (
    <section aria-label="What would be taken in" className={styles['preview']}>
      <StatList
        stats={[
          { term: 'Answers', value: formatCount(report.rows) },
          {
            term: 'Images',
            value: formatCount(report.matched),
            note: `${formatCount(matchedBy.hash)} by hash, ${formatCount(matchedBy.path)} by path, ${formatCount(matchedBy.name)} by name`,
          },
          { term: 'Of no image here', value: formatCount(report.unmatchedCount) },
          { term: 'Doubled', value: formatCount(report.duplicates), note: 'the first counts' },
          { term: 'No face found', value: formatCount(report.undetected), note: 'an outcome of its own' },
          { term: 'Not asked', value: formatCount(report.notAsked), note: 'left out' },
        ]}
      />
      {report.unreadAges > 0 && (
        <p>{pluralise(report.unreadAges, 'age')} that are neither years nor a bin: they count as wrong.</p>
      )}
      {report.brokenText > 0 && (
        <p>
          {pluralise(report.brokenText, 'answer')} with characters that are no UTF-8. Save the file in UTF-8.
        </p>
      )}
      <Listed
        title={pluralise(report.unmatchedCount, 'answer') + ' about no image of the catalogue'}
        lines={report.unmatched}
        total={report.unmatchedCount}
      />
      <Listed
        title={pluralise(report.problemCount, 'answer') + ' that could not be read or are left out'}
        lines={report.problems.map(({ at, message }) => `${at}: ${message}`)}
        total={report.problemCount}
      />
      {report.mapping.length > 0 && <MappingTable mapping={report.mapping} rules={rules} onRules={onRules} />}
    </section>
  )
}

function Listed({
  title,
  lines,
  total,
}: {
  readonly title: string
  readonly lines: readonly string[]
  readonly total: number
}) {
  if (total === 0) return null
  return (
    <details>
      <summary>{title}</summary>
      <ul>
        {lines.slice(0, namesShown).map((line) => (
          <li key={line} className="path">
            {line}
          </li>
        ))}
        {total > namesShown && <li>and {formatCount(total - Math.min(namesShown, lines.length))} more</li>}
      </ul>
    </details>
  )
}

const labelsOf = ({ task, scheme }: BaselineMapping): readonly string[] =>
  task === 'age' ? ageBinLabels : labelSchemes[scheme][task]

function MappingTable({
  mapping,
  rules,
  onRules,
}: {
  readonly mapping: readonly BaselineMapping[]
  readonly rules: readonly BaselineRule[]
  readonly onRules: (rules: BaselineRule[]) => void
}) {
  return (
    <ScrollRegion label="What its words stand for">
      <table className="ev-table" aria-label="What its words stand for">
        <thead>
          <tr>
            <th scope="col">Task</th>
            <th scope="col">Its word</th>
            <th scope="col">Label</th>
            <th scope="col" className="num">
              Images
            </th>
          </tr>
        </thead>
        <tbody>
          {mapping.map((line) => {
            const { task, scheme, from, to, images } = line
            const rule = rules.find((one) => nameRule(one) === nameRule(line))
            return (
              <tr key={`${task} ${scheme} ${from}`}>
                <td>{taskTitles[task]}</td>
                <th scope="row">{from}</th>
                <td>
                  <NativeSelect
                    size="xs"
                    aria-label={`What ${from} stands for`}
                    value={rule?.to ?? to ?? ''}
                    onChange={(event) => {
                      const label = event.currentTarget.value
                      onRules(changeRule(rules, line, label === '' ? null : label))
                    }}
                    data={[
                      { value: '', label: to === null ? 'None: counts as wrong' : 'As usual' },
                      ...labelsOf(line).map((label) => ({ value: label, label: formatCategory(label) })),
                    ]}
                  />
                </td>
                <td className="num">{formatCount(images)}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </ScrollRegion>
  )
}
