import * as z from 'zod'
import { checkIds, checks, type CheckId } from './checks.ts'

export interface ColumnSpec {
  readonly title: string
  readonly type: 'text' | 'integer' | 'number' | 'boolean'
}

const plainColumns = {
  id: { title: 'Number', type: 'integer' },
  dataset: { title: 'Data set', type: 'text' },
  path: { title: 'File', type: 'text' },
  race: { title: 'Race, as labelled', type: 'text' },
  gender: { title: 'Gender, as labelled', type: 'text' },
  age_years: { title: 'Age in years', type: 'number' },
  age_bin: { title: 'Age bin', type: 'text' },
  identity: { title: 'Identity', type: 'text' },
  status: { title: 'Status', type: 'text' },
  identity_suspect: { title: 'Identity suspect', type: 'boolean' },
  /** Names of the checks that flag the image, joined by blanks. */
  findings: { title: 'Findings', type: 'text' },
  part: { title: 'Split part', type: 'text' },
  width: { title: 'Width in px', type: 'integer' },
  height: { title: 'Height in px', type: 'integer' },
  bytes: { title: 'Bytes', type: 'integer' },
  format: { title: 'Format', type: 'text' },
  sha256: { title: 'SHA-256 of file', type: 'text' },
  pixel_sha256: { title: 'SHA-256 of pixels', type: 'text' },
  imported_at: { title: 'Imported', type: 'text' },
} as const satisfies Record<string, ColumnSpec>

export type PlainColumn = keyof typeof plainColumns
/** A fact about an image, or the score that a check gives it. */
export type ImageColumn = PlainColumn | `score:${CheckId}`

const plainNames = Object.keys(plainColumns) as PlainColumn[]

export const imageColumns: readonly [ImageColumn, ...ImageColumn[]] = [
  'id',
  ...plainNames.filter((name) => name !== 'id'),
  ...checkIds.map((check) => `score:${check}` as const),
]

export const imageColumnSchema = z.enum(imageColumns)

/** What an export writes, and a table shows, unless told otherwise. */
export const defaultColumns: readonly ImageColumn[] = [
  'id',
  'dataset',
  'path',
  'race',
  'gender',
  'age_years',
  'age_bin',
  'identity',
  'status',
  'findings',
  'part',
]

/** The check whose score the column shows, or null for a plain column. */
export const checkOfColumn = (column: ImageColumn): CheckId | null =>
  checkIds.find((check) => column === `score:${check}`) ?? null

export function describeColumn(column: ImageColumn): ColumnSpec {
  const check = checkOfColumn(column)
  if (check !== null) return { title: `Score: ${checks[check].title.toLowerCase()}`, type: 'number' }
  const plain = plainNames.find((name) => name === column)
  if (plain === undefined) throw new Error(`There is no column ${column}`)
  return plainColumns[plain]
}
