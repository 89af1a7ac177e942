import { pipeline } from 'node:stream/promises'
import { setImmediate as yieldToEvents } from 'node:timers/promises'
import { CsvError, parse } from 'csv-parse'
import { stringify } from 'csv-stringify/sync'
import * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import { escapeControls, readControls } from '#shared/domain/escape-controls.ts'
import { task } from '#shared/contract/base.contract.ts'
import { describeCsvError, longestRecordCharacters } from '#engine/base/kernel/describe-csv-error.ts'
import { openRegularFile } from '#engine/base/kernel/regular-file.ts'
import { readTableDialect, tableHeadBytes, type TableDialect } from '#engine/base/kernel/table-dialect.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'
import {
  readAction,
  readReason,
  readTime,
  type EffectiveDecision,
  type FileDecision,
  type FileProblem,
  type ReadDecisions,
} from './file-decision.ts'

const columns = [
  'image',
  'sha256',
  'action',
  'reason',
  'note',
  'task',
  'from',
  'to',
  'reviewer',
  'time',
] as const

const row = z.object({
  record: z.record(z.string(), z.string()),
  info: z.object({ lines: z.number() }),
})

export const writeCsvHeader = (): string => stringify([[...columns]])

/** Cells that a spreadsheet would take for a formula begin with an apostrophe. */
export const writeCsvRows = (decisions: readonly EffectiveDecision[]): string =>
  stringify(
    decisions.map((one) => [
      `${one.dataset}/${one.path}`,
      one.sha256,
      one.action,
      one.reason ?? '',
      one.note ?? '',
      one.task ?? '',
      one.from ?? '',
      one.to ?? '',
      one.reviewer,
      one.time,
    ]),
    { escape_formulas: true, cast: { string: escapeControls } },
  )

/** Takes the apostrophe away that writing put before a formula. */
const unescape = (cell: string): string => (/^'[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell)

function readRow(cells: Readonly<Record<string, string>>, place: string): FileDecision | FileProblem {
  const cell = (name: (typeof columns)[number]): string | null => {
    const text = unescape(cells[name] ?? '').trim()
    return text === '' ? null : text
  }
  const action = readAction(cell('action') ?? '')
  if (action === null) {
    return {
      at: place,
      message: `"${cell('action') ?? ''}" is no action: keep, remove, relabel, suspect, ...`,
    }
  }
  const named = task.safeParse(cell('task')?.toLowerCase())
  if (action === 'relabel' && !named.success) {
    return { at: place, message: `"${cell('task') ?? ''}" is none of the tasks age, gender and race.` }
  }
  const reason = cell('reason')
  const known = reason === null ? null : readReason(reason)
  const note = [reason !== null && known === null ? reason : null, cell('note')].filter((one) => one !== null)
  return {
    place,
    path: readControls(cell('image') ?? '') || null,
    sha256: cell('sha256')?.toLowerCase() ?? null,
    action,
    reason: known,
    note: note.length === 0 ? null : note.join('; '),
    task: action === 'relabel' && named.success ? named.data : null,
    from: cell('from'),
    to: cell('to'),
    reviewer: cell('reviewer'),
    time: readTime(cell('time')),
  }
}

const rowsBetweenYields = 2000

async function readDialect(file: string): Promise<TableDialect> {
  try {
    await using handle = await openRegularFile(file)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(tableHeadBytes), 0, tableHeadBytes, 0)
    return readTableDialect(buffer.subarray(0, bytesRead), file)
  } catch (error) {
    throw mapSystemError(error, { action: 'read', path: file })
  }
}

/** Reads a table with a header; `action` and one of `image` and `sha256` must be among its columns. */
export async function readCsvDecisions(file: string, signal: AbortSignal): Promise<ReadDecisions> {
  const decisions: FileDecision[] = []
  const problems: FileProblem[] = []
  let hasHeader = false
  const parser = parse({
    ...(await readDialect(file)),
    columns: (header: readonly unknown[]) => {
      hasHeader = true
      return checkHeader(file, header)
    },
    info: true,
    skip_empty_lines: true,
    max_record_size: longestRecordCharacters,
    relax_column_count: true,
  })
  const take = async (rows: AsyncIterable<unknown>): Promise<void> => {
    let seen = 0
    for await (const read of rows) {
      const { record, info } = row.parse(read)
      const found = readRow(record, `line ${info.lines}`)
      if ('message' in found) problems.push(found)
      else decisions.push(found)
      seen += 1
      if (seen % rowsBetweenYields === 0) await yieldToEvents()
    }
  }
  try {
    // Closes the file and tells every failure, also one of the file's own stream.
    await pipeline((await openRegularFile(file)).createReadStream(), parser, take, { signal })
  } catch (error) {
    if (error instanceof CsvError)
      throw new AppError('INVALID_INPUT', `${file} cannot be read as CSV: ${describeCsvError(error)}`, {
        cause: error,
      })
    throw mapSystemError(error, { action: 'read', path: file })
  }
  // Nothing was there to be checked.
  if (!hasHeader) checkHeader(file, [])
  return { decisions, problems }
}

/** What is no table of decisions is not quoted: it may be any file of the machine. */
function checkHeader(file: string, header: readonly unknown[]): string[] {
  const names = header.map((name) => String(name).trim().toLowerCase())
  if (names.includes('action') && (names.includes('image') || names.includes('sha256'))) return names
  throw new AppError(
    'INVALID_INPUT',
    `${file} is no table of decisions: those have the columns action and image or sha256 in their first line.`,
  )
}
