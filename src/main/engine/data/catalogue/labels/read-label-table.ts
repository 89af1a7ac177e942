import { pipeline } from 'node:stream/promises'
import { CsvError, parse } from 'csv-parse'
import * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import { describeCsvError, longestRecordCharacters } from '#engine/base/kernel/describe-csv-error.ts'
import { openRegularFile } from '#engine/base/kernel/regular-file.ts'
import { readTableDialect, tableHeadBytes, type TableDialect } from '#engine/base/kernel/table-dialect.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'

export interface LabelTable {
  readonly file: string
  readonly columns: readonly string[]
  readonly rows: readonly TableRow[]
}

export interface TableRow {
  /** Where the row ends in the file; the header is line 1. */
  readonly line: number
  readonly cells: readonly string[]
}

const record = z.object({ record: z.array(z.string()), info: z.object({ lines: z.number() }) })

const bad = (message: string, cause?: unknown): AppError =>
  new AppError('INVALID_INPUT', message, cause === undefined ? {} : { cause })

async function readDialect(file: string): Promise<TableDialect> {
  await using handle = await openRegularFile(file)
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(tableHeadBytes), 0, tableHeadBytes, 0)
  if (bytesRead === 0) throw bad(`The label file ${file} is empty. Name another with --labels.`)
  return readTableDialect(buffer.subarray(0, bytesRead), `The label file ${file}`)
}

function explainTableError(error: unknown, file: string): unknown {
  if (!(error instanceof CsvError)) return mapSystemError(error, { action: 'read', path: file })
  const line = 'lines' in error && typeof error.lines === 'number' ? error.lines : '?'
  const what =
    error.code === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH'
      ? 'has another number of columns than the header'
      : `cannot be read as CSV (${describeCsvError(error)})`
  return bad(`Line ${line} of the label file ${file} ${what}. Correct that line and import again.`, error)
}

/** Reads a CSV file with a header: UTF-8 with or without a byte order mark, any line ends, quoted line breaks. */
export async function readLabelTable(file: string, signal?: AbortSignal): Promise<LabelTable> {
  const rows: TableRow[] = []
  let header: readonly string[] | null = null
  try {
    const parser = parse({
      ...(await readDialect(file)),
      info: true,
      skip_empty_lines: true,
      max_record_size: longestRecordCharacters,
    })
    await pipeline(
      (await openRegularFile(file)).createReadStream(),
      parser,
      async (records: AsyncIterable<unknown>) => {
        for await (const item of records) {
          const { record: cells, info } = record.parse(item)
          if (header === null) header = cells.map((name) => name.trim())
          else rows.push({ line: info.lines, cells })
        }
      },
      { signal },
    )
  } catch (error) {
    throw explainTableError(error, file)
  }
  if (header === null)
    throw bad(`The label file ${file} has no header line. Name its columns in the first line.`)
  return { file, columns: header, rows }
}

const mostLetters = 60

/** The columns that a table has. What does not look like a header is not quoted: the file may be any other than was meant. */
export function describeColumns({ columns }: LabelTable): string {
  const isHeader =
    columns.length > 1 &&
    columns.every((column) => column.length <= mostLetters && /^[\p{L}\p{N}\p{M}_ .()#%/-]*$/u.test(column))
  return isHeader
    ? `Its columns are ${columns.map((column) => `"${column}"`).join(', ')}.`
    : 'Its first line is not one of names of columns.'
}

/**
 * Position of a column by its name, first exactly, then whatever its case.
 * @throws AppError INVALID_INPUT that names the columns there are.
 */
export function findColumn(table: LabelTable, name: string): number {
  const exact = table.columns.indexOf(name)
  const index =
    exact === -1 ? table.columns.findIndex((column) => column.toLowerCase() === name.toLowerCase()) : exact
  if (index !== -1) return index
  throw bad(
    `The label file ${table.file} has no column "${name}". ${describeColumns(table)} Name the right one.`,
  )
}
