import { CsvError, parse } from 'csv-parse/sync'
import { stringify } from 'csv-stringify/sync'
import * as z from 'zod'
import { imageId, task, type ImageId } from '#shared/contract/base.contract.ts'
import { escapeControls } from '#shared/domain/escape-controls.ts'
import { AppError } from '#shared/contract/errors.ts'
import { readingAction, type ReadingImage } from '#shared/contract/reading.contract.ts'
import { PathEnds, settleClaims, type PathClaim } from '#shared/domain/path-ends.ts'
import { readTableDialect } from '#engine/base/kernel/table-dialect.ts'
import { describeCsvError } from '#engine/base/kernel/describe-csv-error.ts'

const columns = ['image', 'file', 'race', 'gender', 'age', 'answer', 'task', 'value'] as const

/** A CSV table with empty cells for the answers. Cells that a spreadsheet would take for a formula begin with an apostrophe. */
export const writeRows = (images: readonly ReadingImage[]): string =>
  stringify(
    [
      [...columns],
      ...images.map(({ imageId: image, file, imported: { race, gender, age } }) => [
        String(image),
        file,
        race ?? '',
        gender ?? '',
        age ?? '',
        '',
        '',
        '',
      ]),
    ],
    { escape_formulas: true, cast: { string: escapeControls } },
  )

const answerCells = z.object({
  image: z.string(),
  answer: z.string(),
  task: z.string().default(''),
  value: z.string().default(''),
})

interface GivenAnswer {
  readonly imageId: ImageId
  readonly action: z.infer<typeof readingAction>
  readonly task?: z.infer<typeof task>
  readonly value?: string | null
}

/** @throws AppError INVALID_INPUT */
export function readAnswer(cells: z.input<typeof answerCells>): GivenAnswer {
  const { image, answer, task: named, value } = answerCells.parse(cells)
  const id = z.coerce.number().pipe(imageId).safeParse(image.trim())
  if (!id.success) throw new AppError('INVALID_INPUT', `"${image}" is no number of an image.`)
  const action = readingAction.safeParse(answer.trim().toLowerCase())
  if (!action.success) {
    throw new AppError(
      'INVALID_INPUT',
      `"${answer}" is no answer. Answers: ${readingAction.options.join(', ')}.`,
    )
  }
  if (action.data !== 'relabel') return { imageId: id.data, action: action.data }
  const known = task.safeParse(named.trim().toLowerCase())
  const label = value.trim()
  if (!known.success || label === '') {
    throw new AppError(
      'INVALID_INPUT',
      'A relabel names a task (race, gender or age) and a value, which may be "none".',
    )
  }
  return {
    imageId: id.data,
    action: action.data,
    task: known.data,
    value: label === 'none' ? null : label,
  }
}

const parsedRow = z.object({
  record: z.record(z.string(), z.string()),
  info: z.object({ lines: z.number() }),
})

interface ReadAnswers {
  readonly answers: (GivenAnswer & { readonly line: number })[]
  readonly problems: { readonly line: number; readonly message: string }[]
}

const rowCells = z.object({
  image: z.string().default(''),
  file: z.string().default(''),
  answer: z.string(),
  task: z.string().default(''),
  value: z.string().default(''),
})
type RowCells = z.output<typeof rowCells>

const indexFiles = (images: readonly ReadingImage[]): PathEnds<ImageId> =>
  new PathEnds(
    images.map(({ imageId: id, file }) => {
      const at = file.indexOf('/')
      return { file: id, folder: file.slice(0, Math.max(0, at)), path: file.slice(at + 1) }
    }),
  )

interface NamedRow extends PathClaim<string> {
  readonly line: number
  readonly cells: RowCells
}

const refuseName = (written: string, why: string): AppError =>
  new AppError(
    'INVALID_INPUT',
    `"${written}" ${why}. Give its number in the column "image", or its whole path in "file".`,
  )
const severalMeant = 'may be more than one image of this reading'

/** The number in the column `image`; what is none is a path, as the column `file` holds one too. */
function findImage({ image, file }: RowCells, ends: PathEnds<ImageId>): PathClaim<string> {
  const number = image.trim()
  if (/^\d+$/.test(number)) return { written: number, file: number, folder: '', isSure: true }
  const written = (number === '' ? file.trim() : number).replace(/^'(?=[=+\-@])/, '')
  const found = ends.find(written)
  if (found.kind === 'one') return { ...found, written, file: String(found.file) }
  throw refuseName(written, found.kind === 'none' ? 'is no image of this reading' : severalMeant)
}

const fold = (text: string): string => text.toLowerCase().replaceAll(/[\s_-]+/g, '')
const meaningOf = ({ action, task: named, value }: GivenAnswer): string =>
  [action, named, value === undefined || value === null ? value : fold(value)].join()

/** Answers of one image that differ are told, each with the others' lines, and none is taken; equal ones are one. */
function settleRows(read: ReadAnswers): ReadAnswers {
  const settled: ReadAnswers = { answers: [], problems: read.problems }
  for (const [id, given] of Map.groupBy(read.answers, ({ imageId: image }) => image)) {
    const [first] = given
    if (first === undefined) continue
    if (new Set(given.map(meaningOf)).size === 1) {
      settled.answers.push(first)
      continue
    }
    const lines = given.map(({ line }) => line).join(', ')
    const message = `The file contradicts itself about image ${id} (lines ${lines}). None of its answers was taken. Correct the file and import again.`
    for (const { line } of given) settled.problems.push({ line, message })
  }
  settled.problems.sort((a, b) => a.line - b.line)
  return settled
}

/**
 * Rows without an answer are left for later.
 * @param options.file what the table is called in messages
 * @param options.images those of the reading
 */
export function readAnswers(
  table: Buffer,
  { file, images }: { readonly file: string; readonly images: readonly ReadingImage[] },
): ReadAnswers {
  const read: ReadAnswers = { answers: [], problems: [] }
  const named: NamedRow[] = []
  const ends = indexFiles(images)
  const attempt = (line: number, take: () => void): void => {
    try {
      take()
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      read.problems.push({ line, message: error.message })
    }
  }
  for (const row of parseRows(table, file)) {
    const { record, info } = parsedRow.parse(row)
    const cells = rowCells.safeParse(record)
    if (!cells.success || !('image' in record || 'file' in record)) {
      throw new AppError(
        'INVALID_INPUT',
        `${file} has no columns "image" (or "file") and "answer" in its first line.`,
      )
    }
    if (cells.data.answer.trim() === '') continue
    const { lines: line } = info
    attempt(line, () => named.push({ line, cells: cells.data, ...findImage(cells.data, ends) }))
  }
  const { held, refused } = settleClaims(named)
  for (const { line, written } of refused)
    read.problems.push({ line, message: refuseName(written, severalMeant).message })
  for (const { line, cells, file: image } of held)
    attempt(line, () => read.answers.push({ line, ...readAnswer({ ...cells, image }) }))
  return settleRows(read)
}

function parseRows(table: Buffer, file: string): unknown[] {
  try {
    return parse(table, {
      ...readTableDialect(table, file),
      columns: (header: readonly string[]) => header.map((name) => name.trim().toLowerCase()),
      info: true,
      skip_empty_lines: true,
    })
  } catch (error) {
    if (error instanceof CsvError)
      throw new AppError('INVALID_INPUT', `${file} is no CSV table: ${describeCsvError(error)}`)
    throw error
  }
}
