import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path'
import { AppError } from '#shared/contract/errors.ts'
import type { CsvColumns } from '#shared/contract/dataset.contract.ts'
import type { LabelScheme } from '#shared/domain/label-schemes.ts'
import { isMissingText, readAgeText } from '#engine/data/catalogue/domain/age-text.ts'
import { readGenderText, readRaceText } from '#engine/data/catalogue/domain/category-text.ts'
import { noLabels, type ReadLabels } from '#engine/data/catalogue/domain/image-labels.ts'
import type { LabelSource, LeftOver, SourcedLabels } from './label-source.ts'
import {
  describeColumns,
  findColumn,
  readLabelTable,
  type LabelTable,
  type TableRow,
} from './read-label-table.ts'

export interface TableLabelsOptions {
  readonly source: string
  /** Absolute paths. */
  readonly files: readonly string[]
  /** Left out: recognised by the usual names. */
  readonly columns?: CsvColumns | undefined
  readonly scheme: LabelScheme
  readonly signal?: AbortSignal | undefined
}

type Positions = { readonly [Column in keyof CsvColumns]-?: number | null }

interface Entry {
  readonly table: LabelTable
  readonly positions: Positions
  readonly row: TableRow
  readonly file: string
}

const usualNames: { readonly [Column in keyof CsvColumns]-?: readonly string[] } = {
  file: ['file', 'filename', 'file_name', 'image', 'image_path', 'path', 'img'],
  race: ['race', 'ethnicity'],
  gender: ['gender', 'sex'],
  age: ['age', 'age_group', 'age_bin'],
  identity: ['identity', 'person', 'subject', 'identity_id', 'person_id', 'subject_id'],
}

const guessColumn = (table: LabelTable, names: readonly string[]): number | null => {
  const lowered = table.columns.map((column) => column.toLowerCase())
  const index = names.map((name) => lowered.indexOf(name)).find((position) => position !== -1)
  return index ?? null
}

function guessPositions(table: LabelTable): Positions {
  const guess = (column: keyof CsvColumns): number | null => guessColumn(table, usualNames[column])
  return {
    file: guess('file') ?? findColumn(table, 'file'),
    race: guess('race'),
    gender: guess('gender'),
    age: guess('age'),
    identity: guess('identity'),
  }
}

function locateColumns(table: LabelTable, columns: CsvColumns | undefined): Positions {
  const find = (name: string | undefined): number | null =>
    name === undefined ? null : findColumn(table, name)
  const positions: Positions =
    columns === undefined
      ? guessPositions(table)
      : {
          file: findColumn(table, columns.file),
          race: find(columns.race),
          gender: find(columns.gender),
          age: find(columns.age),
          identity: find(columns.identity),
        }
  const { file: _file, ...labels } = positions
  if (Object.values(labels).some((position) => position !== null)) return positions
  throw new AppError(
    'INVALID_INPUT',
    `No column of the label file ${table.file} is known as a label. ${describeColumns(table)} ` +
      'Say which of them holds the race, gender, age or identity.',
  )
}

const readCell = ({ cells }: TableRow, position: number | null): string =>
  position === null ? '' : (cells[position] ?? '')

function readRow({ row, positions }: Entry, scheme: LabelScheme): ReadLabels {
  const age = readAgeText(readCell(row, positions.age))
  const gender = readGenderText(readCell(row, positions.gender), scheme)
  const race = readRaceText(readCell(row, positions.race), scheme)
  const identity = readCell(row, positions.identity).trim()
  return {
    labels: {
      ageYears: age.value?.years ?? null,
      ageBin: age.value?.bin ?? null,
      gender: gender.value,
      race: race.value,
      identity: isMissingText(identity) ? null : identity,
    },
    repairs: [age.repair, gender.repair, race.repair].filter((repair) => repair !== null),
  }
}

const describeOrigins = ({ table, positions, file }: Entry): SourcedLabels['origins'] => {
  const origin = (position: number | null): SourcedLabels['origins']['age'] => ({
    file,
    column: position === null ? 'none' : (table.columns[position] ?? 'none'),
  })
  return {
    age: origin(positions.age),
    gender: origin(positions.gender),
    race: origin(positions.race),
    identity: origin(positions.identity),
  }
}

/** How a file may be meant in a label file: below the source folder, or below the label file's own folder. */
function readPaths(raw: string, options: { source: string; tableFile: string }): string[] {
  const text = raw.trim().replaceAll('\\', '/')
  const below = [options.source, dirname(options.tableFile)].map((folder) =>
    relative(options.source, resolve(folder, text)).split(sep).join('/'),
  )
  return [...new Set(below)].filter((path) => path !== '' && !path.startsWith('../') && !isAbsolute(path))
}

const nameForPeople = (source: string, file: string): string => {
  const path = relative(source, file).split(sep).join('/')
  return path.startsWith('../') || isAbsolute(path) ? basename(file) : path
}

/** Rows of label files by the image they name. Images that no row names are kept without labels. */
export class TableLabels implements LabelSource {
  readonly #scheme: LabelScheme
  readonly #entries = new Map<string, Entry>()
  /** By the second meaning of the path; counts only where no row means the path first. */
  readonly #fallbacks = new Map<string, Entry>()
  /** Paths that several rows name, with those rows beyond the first. */
  readonly #repeats = new Map<string, Entry[]>()
  readonly #met = new Set<TableRow>()
  readonly #pathless: LeftOver[] = []

  private constructor(scheme: LabelScheme) {
    this.#scheme = scheme
  }

  /** @throws AppError naming the label file, the line or the column, and what to do. */
  static async open({ source, files, columns, scheme, signal }: TableLabelsOptions): Promise<TableLabels> {
    const labels = new TableLabels(scheme)
    for (const file of files) {
      const table = await readLabelTable(file, signal)
      labels.#add(table, { source, columns })
    }
    return labels
  }

  #add(table: LabelTable, { source, columns }: { source: string; columns: CsvColumns | undefined }): void {
    const positions = locateColumns(table, columns)
    const file = nameForPeople(source, table.file)
    for (const row of table.rows) {
      const entry: Entry = { table, positions, row, file }
      const named = readCell(row, positions.file)
      const paths = named.trim() === '' ? [] : readPaths(named, { source, tableFile: table.file })
      if (paths.length === 0) {
        const reason =
          named.trim() === '' ? 'names no image' : `names ${JSON.stringify(named)}, outside the source folder`
        this.#pathless.push({
          file: `${file}, line ${row.line}`,
          reason: `The row ${reason}. Correct or remove it.`,
        })
      }
      const [path, fallback] = paths
      if (path !== undefined) this.#register(path, entry)
      if (fallback !== undefined && !this.#fallbacks.has(fallback)) this.#fallbacks.set(fallback, entry)
    }
  }

  #register(path: string, entry: Entry): void {
    const first = this.#entries.get(path)
    if (first === undefined) this.#entries.set(path, entry)
    else this.#repeats.set(path, [...(this.#repeats.get(path) ?? []), entry])
  }

  read(path: string): SourcedLabels {
    const entry = this.#entries.get(path) ?? this.#fallbacks.get(path)
    const none = { file: null, column: 'none' } as const
    if (entry === undefined) {
      return {
        labels: noLabels,
        repairs: [],
        origins: { age: none, gender: none, race: none, identity: none },
      }
    }
    this.#met.add(entry.row)
    const read = readRow(entry, this.#scheme)
    const repairs = [...read.repairs]
    for (const repeat of this.#repeats.get(path) ?? []) {
      this.#met.add(repeat.row)
      if (JSON.stringify(readRow(repeat, this.#scheme).labels) === JSON.stringify(read.labels)) continue
      repairs.push({
        field: 'labels',
        from: `${repeat.file}, line ${repeat.row.line}`,
        to: `${entry.file}, line ${entry.row.line}`,
        reason: 'Two rows give this image different labels. The first row is kept.',
      })
    }
    return { labels: read.labels, repairs, origins: describeOrigins(entry) }
  }

  listLeftOver(): readonly LeftOver[] {
    const unmet = new Map<TableRow, LeftOver>()
    for (const [path, { row, file }] of this.#entries) {
      if (this.#met.has(row) || unmet.has(row)) continue
      const reason = `Line ${row.line} of ${file} names this file, but no such image was found in the folder.`
      unmet.set(row, { file: path, reason })
    }
    return [...this.#pathless, ...unmet.values()]
  }
}
