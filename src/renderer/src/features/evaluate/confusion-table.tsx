import { ActionIcon, SegmentedControl, Tooltip } from '@mantine/core'
import { useState } from 'react'
import { formatCount, formatPercent, formatShare } from '#shared/domain/format.ts'
import { formatCategory } from '#renderer/components/format.ts'
import { downloadText } from '#renderer/components/plot/download.ts'
import { toCsv } from '#renderer/components/plot/plot-figure.ts'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import type { TaskEvaluation } from '#shared/contract/evaluation.contract.ts'
import { IconDownload } from '@tabler/icons-react'
import styles from './evaluate.module.css'
import { confusionRows, type ConfusionCell } from './evaluate-view.ts'

export interface ConfusionTableProps {
  readonly confusion: TaskEvaluation['confusion']
  readonly title: string
  readonly note: string
  readonly selected: { readonly labelled: number; readonly predicted: number } | null
  readonly onSelect: (cell: { labelled: number; predicted: number }) => void
}

/** A heat map that is a table: every cell is a button that shows its images. */
export function ConfusionTable({ confusion, title, note, selected, onSelect }: ConfusionTableProps) {
  const [unit, setUnit] = useState<'share' | 'count'>('share')
  const rows = confusionRows(confusion)
  const save = () => {
    const table = {
      columns: ['labelled', ...confusion.labels.map((label) => `predicted ${label}`)],
      rows: rows.map((row) => [row.label, ...row.cells.map((cell) => cell.count)]),
    }
    downloadText(toCsv(table), { name: 'confusion.csv', type: 'text/csv' })
  }
  return (
    <figure className={styles['confusion']}>
      <figcaption>
        <strong>{title}</strong>
        <span>{note}</span>
        <SegmentedControl
          aria-label="Figures in the cells"
          value={unit}
          onChange={(value) => setUnit(value === 'count' ? 'count' : 'share')}
          data={[
            { value: 'share', label: 'Row %' },
            { value: 'count', label: 'Counts' },
          ]}
        />
        <Tooltip label="Counts as CSV">
          <ActionIcon size={24} aria-label={`Export: ${title}`} onClick={save}>
            <IconDownload size={14} />
          </ActionIcon>
        </Tooltip>
      </figcaption>
      <ScrollRegion label={title} className={styles['matrixScroll']}>
        <table className={styles['matrix']}>
          <thead>
            <tr>
              <th scope="col" className={styles['corner']}>
                labelled ↓ predicted →
              </th>
              {confusion.labels.map((label) => (
                <th key={label} scope="col">
                  {formatCategory(label)}
                </th>
              ))}
              <th scope="col">n</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, labelled) => (
              <tr key={row.label}>
                <th scope="row">{formatCategory(row.label)}</th>
                {row.cells.map((cell, predicted) => (
                  <td key={confusion.labels[predicted]}>
                    <Cell
                      cell={cell}
                      text={cellText(cell, unit)}
                      label={`labelled ${row.label}, predicted ${confusion.labels[predicted] ?? ''}`}
                      isSelected={selected?.labelled === labelled && selected.predicted === predicted}
                      onSelect={() => onSelect({ labelled, predicted })}
                    />
                  </td>
                ))}
                <td className={styles['rowTotal']}>{formatCount(row.total)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </figure>
  )
}

function cellText(cell: ConfusionCell, unit: 'share' | 'count'): string {
  if (unit === 'count') return formatCount(cell.count)
  return cell.share === null ? '–' : formatPercent(cell.share)
}

interface CellProps {
  readonly cell: ConfusionCell
  readonly text: string
  readonly label: string
  readonly isSelected: boolean
  readonly onSelect: () => void
}

function Cell({ cell, text, label, isSelected, onSelect }: CellProps) {
  const name = `${formatCount(cell.count)} ${cell.count === 1 ? 'image' : 'images'} ${label}, ${formatShare(cell.share)} of the row`
  return (
    <button
      type="button"
      className={styles['cell']}
      data-correct={cell.isCorrect || undefined}
      aria-pressed={isSelected}
      aria-label={name}
      title={name}
      disabled={cell.count === 0}
      style={{ '--ev-heat': `${Math.round((cell.share ?? 0) * 55)}%` } as React.CSSProperties}
      onClick={onSelect}
    >
      {text}
    </button>
  )
}
