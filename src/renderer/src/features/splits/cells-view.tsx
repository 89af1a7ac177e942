import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { SplitId } from '#shared/contract/base.contract.ts'
import type { SplitCell, SplitCells } from '#shared/contract/split.contract.ts'
import { formatCount, formatShare } from '#shared/domain/format.ts'
import { ErrorState } from '#renderer/components/states.tsx'
import { partTitles } from '#renderer/components/task-words.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import styles from './splits.module.css'

const parts = ['train', 'val', 'test'] as const
const shownAtFirst = 12

const nameCell = ({ race, gender, age }: SplitCell): string =>
  [race, gender, age].map((label) => label ?? 'unlabelled').join(', ')

/** The parts against the whole, cell by cell, the worst first. */
export function CellsView({ splitId }: { readonly splitId: SplitId }) {
  const api = useApi()
  const cells = useQuery(api.split.cells.queryOptions({ input: { splitId } }))
  const [isWhole, setIsWhole] = useState(false)
  if (cells.error !== null) return <ErrorState error={cells.error} compact />
  if (cells.data === undefined) return null
  const { data } = cells
  const shown = isWhole ? data.cells : data.cells.slice(0, shownAtFirst)
  return (
    <section className={styles['certificate']} aria-label="Cells">
      <h3>Cells, the worst first</h3>
      <div className="ev-scroll-x">
        <table className="ev-table">
          <thead>
            <tr>
              <th scope="col">Labelled</th>
              <th scope="col" className="num">
                Whole
              </th>
              {parts.map((part) => (
                <th key={part} scope="col" className="num">
                  {partTitles[part]}
                </th>
              ))}
              <th scope="col" className="num">
                Worst difference
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((cell) => (
              <CellRow key={nameCell(cell)} cell={cell} whole={data} splitId={splitId} />
            ))}
          </tbody>
        </table>
      </div>
      {data.cells.length > shownAtFirst && (
        <Button variant="default" size="compact-xs" mt={8} onClick={() => setIsWhole(!isWhole)}>
          {isWhole ? 'Show fewer' : `Show all ${formatCount(data.cells.length)} cells`}
        </Button>
      )}
      <p className={styles['explain']}>
        Shares of each part with the number of images. The difference is that of a share of a part and the
        share of the whole, in percentage points.
      </p>
    </section>
  )
}

interface CellRowProps {
  readonly cell: SplitCell
  readonly whole: SplitCells
  readonly splitId: SplitId
}

function CellRow({ cell, whole, splitId }: CellRowProps) {
  const points = cell.worst.difference * 100
  const labels = { race: [cell.race], gender: [cell.gender], age: [cell.age] }
  return (
    <tr>
      <th scope="row">{nameCell(cell)}</th>
      <td className="num">
        {formatShare(cell.images / whole.images, 2)} ({formatCount(cell.images)})
      </td>
      {parts.map((part) => {
        const figure = `${formatShare(cell.parts[part] / whole.parts[part], 2)} (${formatCount(cell.parts[part])})`
        return (
          <td key={part} className="num">
            {whole.parts[part] > 0 && (
              <Link
                to="/catalogue"
                search={{ split: splitId, parts: [part], ...labels }}
                aria-label={`${figure} images labelled ${nameCell(cell)} in ${partTitles[part]}`}
              >
                {figure}
              </Link>
            )}
          </td>
        )
      })}
      <td className="num">
        {points >= 0 ? '+' : '−'}
        {Math.abs(points).toFixed(2)} in {partTitles[cell.worst.part]}
      </td>
    </tr>
  )
}
