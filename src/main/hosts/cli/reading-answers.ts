import { CsvError, parse } from 'csv-parse/sync'
import { stringify } from 'csv-stringify/sync'
import * as z from 'zod'
import { imageId, task, type ImageId } from '#shared/contract/base.contract.ts'
import { escapeControls } from '#shared/domain/escape-controls.ts'
import { AppError } from '#shared/contract/errors.ts'
import { readingAction, type ReadingImage } from '#shared/contract/reading.contract.ts'
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

/** Rows without an answer are left for later. */
export function readAnswers(text: string, file: string): ReadAnswers {
  const read: ReadAnswers = { answers: [], problems: [] }
  for (const row of parseRows(text, file)) {
    const { record, info } = parsedRow.parse(row)
    const cells = answerCells.safeParse(record)
    if (!cells.success) {
      throw new AppError('INVALID_INPUT', `${file} has no columns "image" and "answer" in its first line.`)
    }
    if (cells.data.answer.trim() === '') continue
    try {
      read.answers.push({ line: info.lines, ...readAnswer(cells.data) })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      read.problems.push({ line: info.lines, message: error.message })
    }
  }
  return read
}

function parseRows(text: string, file: string): unknown[] {
  try {
    return parse(text, { columns: true, bom: true, info: true, skip_empty_lines: true })
  } catch (error) {
    if (error instanceof CsvError)
      throw new AppError('INVALID_INPUT', `${file} is no CSV table: ${describeCsvError(error)}`)
    throw error
  }
}
