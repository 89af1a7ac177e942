import { formatGroup } from '#renderer/components/format.ts'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Button } from '@mantine/core'
import { NoteList } from '#renderer/components/note-list.tsx'
import { Panel } from '#renderer/components/panel.tsx'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { EvaluationDetail } from '#shared/contract/evaluation.contract.ts'
import type { CrossResult } from '#shared/contract/fairness.contract.ts'
import { formatFigure, formatFigureBounds } from '#shared/derived/describe-fairness.ts'
import { formatCount } from '#shared/domain/format.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { readBy } from './fairness-view.ts'
import styles from './fairness.module.css'

/** Every model on every split that it was evaluated on; nothing where there is one split alone. */
export function CrossPanel({
  evaluations,
  task,
}: {
  readonly evaluations: readonly EvaluationDetail[]
  readonly task: Task
}) {
  const api = useApi()
  const search = useSearch({ from: '/fairness' })
  const part = evaluations.find(({ evaluationId }) => evaluationId === search.evaluation)?.part ?? 'val'
  const fitting = evaluations.filter((one) => one.part === part && one.tasks[task] !== null)
  const isWanted = new Set(fitting.map(({ splitId }) => splitId)).size > 1
  const found = useQuery({
    ...api.fairness.cross.queryOptions({ input: { task, part, by: readBy(search.by) } }),
    enabled: isWanted,
  })
  if (!isWanted) return null
  return (
    <Panel title="Across data sets" padded={found.data === undefined}>
      {found.error !== null && <ErrorState error={found.error} compact />}
      {found.data !== undefined && <CrossTable result={found.data} />}
    </Panel>
  )
}

type Figure = CrossResult['cells'][number]['overall']

function CrossTable({ result }: { readonly result: CrossResult }) {
  const navigate = useNavigate({ from: '/fairness' })
  const { models, splits, cells } = result
  const tell = (figure: Figure): string =>
    `${formatFigure(figure.value, 'accuracy')} ${formatFigureBounds(figure, 'accuracy')}`
  const count = (figure: Figure) => <span className={styles['why']}> n {formatCount(figure.n)}</span>
  return (
    <>
      <ScrollRegion label="Models across data sets">
        <table className="ev-table" aria-label="Models across data sets">
          <thead>
            <tr>
              <th scope="col">Model</th>
              <th scope="col">Learned on</th>
              {splits.map(({ splitId, name }) => (
                <th key={splitId} scope="col" className="num">
                  On {name}
                </th>
              ))}
            </tr>
          </thead>
          {models.map(({ modelId, name, learnedOn }) => {
            const own = cells.filter((cell) => cell.modelId === modelId)
            const cellOn = (splitId: number) => own.find((cell) => cell.splitId === splitId)
            const groups = [
              ...new Set(own.flatMap((cell) => cell.groups.map(({ group }) => formatGroup(group)))),
            ]
            return (
              <tbody key={modelId}>
                <tr>
                  <th scope="row">{name}</th>
                  <td>{learnedOn ?? 'elsewhere'}</td>
                  {splits.map(({ splitId, name: split }) => {
                    const cell = cellOn(splitId)
                    return (
                      <td key={splitId} className="num">
                        {cell === undefined ? (
                          'not evaluated'
                        ) : (
                          <Button
                            size="compact-xs"
                            variant="subtle"
                            aria-label={`${tell(cell.overall)}: show the groups of ${name} on ${split}`}
                            onClick={() =>
                              void navigate({
                                search: (before) => ({
                                  ...before,
                                  evaluation: cell.evaluationId,
                                  baseline: undefined,
                                }),
                              })
                            }
                          >
                            {tell(cell.overall)}
                          </Button>
                        )}
                        {cell !== undefined && count(cell.overall)}
                        {(cell?.trainedOn ?? 0) > 0 && (
                          <div className={styles['why']}>
                            {formatCount(cell?.trainedOn ?? 0)} of them learned from
                          </div>
                        )}
                      </td>
                    )
                  })}
                </tr>
                {groups.map((group) => (
                  <tr key={group} className={styles['faint']}>
                    <th scope="row">{group}</th>
                    <td>{null}</td>
                    {splits.map(({ splitId }) => {
                      const figure = cellOn(splitId)?.groups.find((one) => formatGroup(one.group) === group)
                      return (
                        <td key={splitId} className="num">
                          {figure !== undefined && (
                            <>
                              {tell(figure)}
                              {count(figure)}
                            </>
                          )}
                        </td>
                      )
                    })}
                  </tr>
                ))}
              </tbody>
            )
          })}
        </table>
      </ScrollRegion>
      <div className={styles['about']}>
        <p className={styles['method']}>{result.method}</p>
        <NoteList label="About these data sets" notes={result.notes} />
      </div>
    </>
  )
}
