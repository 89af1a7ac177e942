import { formatGroup } from '#renderer/components/format.ts'
import { Link } from '@tanstack/react-router'
import { NoteList } from '#renderer/components/note-list.tsx'
import { Panel } from '#renderer/components/panel.tsx'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import { taskTitles } from '#renderer/components/task-words.ts'
import type { AuditDocument } from '#shared/contract/audit.contract.ts'
import { formatEstimate } from '#shared/domain/format.ts'
import styles from './audit.module.css'

type Crossing = AuditDocument['generalisation'][number]

/** Models on the splits that they did and did not learn by, from stored evaluations; without one there is nothing to tell. */
export function GeneralisationPanel({ crossings }: { readonly crossings: readonly Crossing[] }) {
  return (
    <Panel title="Generalisation" padded={crossings.length === 0}>
      {crossings.length === 0 && (
        <p className={styles['said']}>
          No model was evaluated on a split that it did not learn by. Evaluate says how it does there.
        </p>
      )}
      {crossings.map((crossing) => (
        <CrossingTable key={`${crossing.task} ${crossing.part}`} crossing={crossing} />
      ))}
    </Panel>
  )
}

function CrossingTable({ crossing }: { readonly crossing: Crossing }) {
  const { task, part, models, splits, cells, notes, method } = crossing
  const label = `${taskTitles[task]} on parts ${part}: models across data sets`
  return (
    <>
      <ScrollRegion label={label}>
        <table className="ev-table" aria-label={label}>
          <thead>
            <tr>
              <th scope="col">
                {taskTitles[task]}, {part}
              </th>
              <th scope="col">Learned on</th>
              {splits.map(({ splitId, name }) => (
                <th key={splitId} scope="col" className="num">
                  On {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {models.map(({ modelId, name, learnedOn }) => (
              <tr key={modelId}>
                <th scope="row">{name}</th>
                <td>{learnedOn ?? 'elsewhere'}</td>
                {splits.map(({ splitId }) => {
                  const cell = cells.find((one) => one.modelId === modelId && one.splitId === splitId)
                  return (
                    <td key={splitId} className="num">
                      {cell === undefined ? (
                        'not evaluated'
                      ) : (
                        <>
                          <Link to="/fairness" search={{ evaluation: cell.evaluationId, task }}>
                            {formatEstimate(cell.overall)}
                          </Link>
                          {cell.groups.map(({ group, ...figure }) => (
                            <small className={styles['bounds']} key={formatGroup(group)}>
                              {formatGroup(group)} {formatEstimate(figure)}
                            </small>
                          ))}
                        </>
                      )}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      <div className={styles['note']}>
        <p>{method}</p>
        <NoteList label={`About ${label}`} notes={notes} />
      </div>
    </>
  )
}
