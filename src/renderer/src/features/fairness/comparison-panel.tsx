import { formatGroup } from '#renderer/components/format.ts'
import { ActionIcon, NativeSelect, Skeleton } from '@mantine/core'
import { IconPhoto } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { NoteList } from '#renderer/components/note-list.tsx'
import { Panel } from '#renderer/components/panel.tsx'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { EvaluationId } from '#shared/contract/base.contract.ts'
import type { ComparisonResult, GroupLabels, PairedFigures } from '#shared/contract/fairness.contract.ts'
import { describePaired } from '#shared/derived/describe-comparison.ts'
import { formatFigure, formatFigureBounds } from '#shared/derived/describe-fairness.ts'
import { formatConfidence, formatCount } from '#shared/domain/format.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { AnswerSource } from './answer-sources.ts'
import { readBy, readOptions } from './fairness-view.ts'
import styles from './fairness.module.css'
import { GroupImages, type GroupImagesProps } from './group-images.tsx'

interface ComparisonPanelProps {
  readonly sources: readonly AnswerSource[]
  readonly selected: AnswerSource
  readonly task: Task
}

/** The model beside another, or beside the stored answers of another system, on the images that both answered. */
export function ComparisonPanel({ sources, selected, task }: ComparisonPanelProps) {
  const search = useSearch({ from: '/fairness' })
  const navigate = useNavigate({ from: '/fairness' })
  const others = sources.filter(({ key, tasks }) => key !== selected.key && tasks.includes(task))
  const { asked } = selected
  if (!('evaluationId' in asked) || others.length === 0) return null
  const other = others.find(({ key }) => key === search.with)
  return (
    <Panel
      title="Beside another system, on the same images"
      actions={
        <NativeSelect
          aria-label="Compare with"
          size="xs"
          value={other?.key ?? ''}
          onChange={(event) => {
            const key = event.currentTarget.value
            void navigate({
              search: (before) => ({ ...before, with: key === '' ? undefined : key }),
              replace: true,
            })
          }}
          data={[
            { value: '', label: 'Choose a system' },
            ...others.map(({ key, name }) => ({ value: key, label: name })),
          ]}
        />
      }
    >
      {other === undefined ? (
        <p className={styles['method']}>Accuracies on the images that both answered, paired, by group.</p>
      ) : (
        <Comparison evaluationId={asked.evaluationId} other={other} task={task} />
      )}
    </Panel>
  )
}

function Comparison({
  evaluationId,
  other,
  task,
}: {
  readonly evaluationId: EvaluationId
  readonly other: AnswerSource
  readonly task: Task
}) {
  const api = useApi()
  const search = useSearch({ from: '/fairness' })
  const { confidence, correction } = readOptions(search)
  const found = useQuery(
    api.fairness.compare.queryOptions({
      input: {
        evaluationId,
        with: other.asked,
        by: readBy(search.by),
        ...(confidence === undefined ? {} : { confidence }),
        ...(correction === undefined ? {} : { correction }),
      },
    }),
  )
  if (found.error !== null) return <ErrorState error={found.error} compact />
  if (found.data === undefined) return <Skeleton h={160} />
  return <ComparisonTable result={found.data} task={task} evaluationId={evaluationId} other={other} />
}

interface Row {
  readonly name: string
  readonly figures: PairedFigures
  /** Null for rows of all groups. */
  readonly group: GroupLabels | null
}

function listRows({ tasks }: ComparisonResult, task: Task): Row[] {
  const compared = tasks[task]
  if (compared === null) return []
  return [
    { name: 'All', figures: compared, group: null },
    ...(compared.detected === null
      ? []
      : [{ name: 'Where the second found a face', figures: compared.detected, group: null }]),
    ...compared.byGroup.map(({ group, ...figures }) => ({ name: formatGroup(group), figures, group })),
  ]
}

interface ComparisonTableProps {
  readonly result: ComparisonResult
  readonly task: Task
  readonly evaluationId: EvaluationId
  readonly other: AnswerSource
}

function ComparisonTable({ result, task, evaluationId, other }: ComparisonTableProps) {
  const [shown, setShown] = useState<{ of: GroupImagesProps['of']; name: string; group: GroupLabels } | null>(
    null,
  )
  const sides = [
    { of: { evaluationId }, name: result.a.name },
    { of: other.asked, name: result.b.name },
  ] as const
  const level = formatConfidence(result.confidence)
  const years = task === 'age' ? (result.tasks.age?.years ?? null) : null
  return (
    <>
      <ScrollRegion label="Two systems on the same images">
        <table className="ev-table" aria-label="Two systems on the same images">
          <thead>
            <tr>
              <th scope="col">Labelled {result.by.join(', ')}</th>
              <th scope="col" className="num">
                {result.a.name}
              </th>
              <th scope="col" className="num">
                {result.b.name}
              </th>
              <th scope="col" className="num">
                First less second, {level} corrected
              </th>
              <th scope="col" className="num">
                n
              </th>
              <th scope="col">Verdict</th>
            </tr>
          </thead>
          <tbody>
            {listRows(result, task).map(({ name, figures, group }) => {
              const { difference, verdict } = describePaired(figures, 'share')
              return (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  {[figures.a, figures.b].map((one, at) => (
                    <td key={at === 0 ? 'a' : 'b'} className="num">
                      {formatFigure(one.value, 'accuracy')} {formatFigureBounds(one, 'accuracy')}
                      {group !== null && (
                        <ActionIcon
                          size="xs"
                          variant="subtle"
                          aria-label={`Images labelled ${name}, by ${sides[at === 0 ? 0 : 1].name}`}
                          onClick={() => setShown({ ...sides[at === 0 ? 0 : 1], group })}
                        >
                          <IconPhoto size={14} aria-hidden />
                        </ActionIcon>
                      )}
                    </td>
                  ))}
                  <td className="num">{difference || '–'}</td>
                  <td className="num">{formatCount(figures.a.n)}</td>
                  <td>{verdict}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </ScrollRegion>
      {shown !== null && (
        <GroupImages
          of={shown.of}
          by={shown.name}
          task={task}
          group={shown.group}
          onClose={() => setShown(null)}
        />
      )}
      {years !== null && <p className={styles['method']}>{describePaired(years, 'years').sentence}</p>}
      <p className={styles['method']}>{result.method}</p>
      <NoteList label="About this comparison" notes={result.notes} />
    </>
  )
}
