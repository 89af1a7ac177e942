import { useState } from 'react'
import { Button } from '@mantine/core'
import { formatCount } from '#shared/domain/format.ts'
import type { ImportResult } from '#shared/contract/dataset.contract.ts'
import styles from './home.module.css'

export type ImportReportProps = Pick<ImportResult, 'skipped' | 'repaired'>

const rowsAtFirst = 50

/** Every skipped file with its reason, and every value that was put right. */
export function ImportReport({ skipped, repaired }: ImportReportProps) {
  if (skipped.length === 0 && repaired.length === 0) {
    return <p className={styles['summary']}>No file was skipped and no value repaired.</p>
  }
  return (
    <>
      {skipped.length > 0 && (
        <IssueTable
          title="Skipped files"
          head={['File', 'Reason']}
          rows={skipped.map((s) => [s.file, s.reason])}
        />
      )}
      {repaired.length > 0 && (
        <IssueTable
          title="Repaired values"
          head={['File', 'Field', 'From', 'To', 'Reason']}
          rows={repaired.map((r) => [r.file, r.field, r.from, r.to ?? 'missing', r.reason])}
        />
      )}
    </>
  )
}

interface IssueTableProps {
  readonly title: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

function IssueTable({ title, head, rows }: IssueTableProps) {
  const [limit, setLimit] = useState(rowsAtFirst)
  return (
    <div className={styles['issueTable']}>
      <table className="ev-table">
        <caption>
          {title} ({formatCount(rows.length)})
        </caption>
        <thead>
          <tr>
            {head.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, limit).map((row) => (
            <tr key={row.join('\n')}>
              {row.map((cell, column) => (
                <td key={head[column]} className={column === 0 ? 'path' : undefined}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > limit && (
        <Button variant="subtle" onClick={() => setLimit((shown) => shown * 10)}>
          Show more
        </Button>
      )}
    </div>
  )
}
