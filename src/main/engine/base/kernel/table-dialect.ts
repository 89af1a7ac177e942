import { AppError } from '#shared/contract/errors.ts'
import { refuseStandIn } from './refuse-stand-in.ts'

/** As much of a table's beginning as its dialect is read from. */
export const tableHeadBytes = 4096

/** Excel's own first line, which names the separator and is no header. */
const separatorLine = /^sep=([,;\t|])\r?\n/i

/** How a table is written, as the options of the parser name it. */
export interface TableDialect {
  readonly delimiter: string
  /** That of the header, counted from 1. */
  readonly from_line: number
  readonly bom: true
}

/**
 * How a table's cells are parted: as Excel's own line says; else by commas as the standard has it (RFC 4180), or by semicolons,
 * tabs or bars, as spreadsheets of many countries write them, whichever the header has most of outside of quotes.
 *
 * @param bytes the table or its first `tableHeadBytes`
 * @param name what the file is called in messages, as "The label file /x.csv"
 * @throws AppError INVALID_INPUT where the file is in UTF-16, or stands for another that was never fetched
 */
export function readTableDialect(bytes: Uint8Array, name: string): TableDialect {
  const [first, second] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    throw new AppError('INVALID_INPUT', `${name} is in UTF-16. Save it as CSV in UTF-8 and import again.`)
  refuseStandIn(bytes, name)
  const head = Buffer.from(bytes.subarray(0, tableHeadBytes))
    .toString('utf8')
    .replace(/^\u{feff}/u, '')
  const named = separatorLine.exec(head)?.[1]
  if (named !== undefined) return { delimiter: named, from_line: 2, bom: true }
  const header = (head.split(/\r?\n/, 1)[0] ?? '').replaceAll(/"[^"]*"/g, '')
  const counts = [',', ';', '\t', '|'].map((mark) => ({ mark, count: header.split(mark).length }))
  const { mark } = counts.reduce((best, next) => (next.count > best.count ? next : best))
  return { delimiter: mark, from_line: 1, bom: true }
}
