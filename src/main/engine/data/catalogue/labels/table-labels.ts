import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path'
import { AppError } from '#shared/contract/errors.ts'
import type { CsvColumns } from '#shared/contract/dataset.contract.ts'
import type { LabelScheme } from '#shared/domain/label-schemes.ts'
import { isMissingText, readAgeText, readDottedBin } from '#engine/data/catalogue/domain/age-text.ts'
import { readGenderText, readRaceText } from '#engine/data/catalogue/domain/category-text.ts'
import { noLabels, type ReadLabels } from '#engine/data/catalogue/domain/image-labels.ts'
import { PathEnds, settleClaims, type PathClaim } from '#shared/domain/path-ends.ts'
import type { LabelSource, LeftOver, SourcedLabels } from './label-source.ts'
import { mergeRows, type RowLabels } from './merge-rows.ts'
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
  /** Why the ages of the table are left missing; null where they are read. */
  readonly ageDoubt: string | null
  /** Whether other ages of the table are bins, so that 10.19 is one too. */
  readonly hasAgeBins: boolean
  readonly table: LabelTable
  readonly positions: Positions
  readonly row: TableRow
  readonly file: string
}

const usualNames: { readonly [Column in keyof CsvColumns]-?: readonly string[] } = {
  file: [
    'file',
    'filename',
    'file_name',
    'filepath',
    'file_path',
    'image',
    'image_path',
    'image_name',
    'image_id',
    'img',
    'img_path',
    'img_name',
    'path',
    'face_name_align',
  ],
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

/** The columns that would be read for each field, by their names; those that are not there are left out. */
export function nameReadColumns(table: LabelTable, columns: CsvColumns | undefined): Partial<CsvColumns> {
  const fields = ['file', 'race', 'gender', 'age', 'identity'] as const
  const lowered = table.columns.map((column) => column.toLowerCase())
  const find = (field: (typeof fields)[number]): string | undefined => {
    const names = columns === undefined ? usualNames[field] : [columns[field] ?? '']
    const position = guessColumn(table, names) ?? lowered.indexOf(names[0]?.toLowerCase() ?? '')
    return table.columns[position]
  }
  return Object.fromEntries(
    fields.flatMap((field) => {
      const found = find(field)
      return found === undefined ? [] : [[field, found] as const]
    }),
  )
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

const fewestCodes = 5

/** FairFace's own tables have these columns, whatever they are called. */
const isFairfaceTable = ({ columns, file }: LabelTable): boolean =>
  columns.includes('service_test') || /fair[ _-]?face/i.test(basename(file))

/** Whether a column of words holds nothing but single digits. */
const isCoded =
  (table: LabelTable) =>
  (position: number | null): boolean => {
    const words = listValues(table, position)
    return words.length > 0 && words.every((text) => /^\d$/.test(text))
  }

/**
 * Single digits from 0 to 8 and nothing else are the codes of FairFace's nine bins far more often than the ages of children;
 * read as years, every grown-up would become a child without a word.
 */
function doubtAges(table: LabelTable, { age, race, gender }: Positions): string | null {
  const ages = listValues(table, age)
  const least = isFairfaceTable(table) || [race, gender].some(isCoded(table)) ? 1 : fewestCodes
  if (ages.length < least || !ages.every((text) => /^[0-8]$/.test(text))) return null
  return 'The ages of this table never leave 0 to 8, so that they may be codes of age bins. The label is left missing. Write the bins (0-2, 3-9, ...), or years with a decimal (4.0).'
}

const listValues = (table: LabelTable, position: number | null): string[] =>
  position === null
    ? []
    : table.rows.map((row) => readCell(row, position).trim()).filter((text) => !isMissingText(text))

const isBin = (text: string): boolean => {
  const { value } = readAgeText(text)
  return value !== null && value.years === null
}

function readAge({ row, positions, ageDoubt, hasAgeBins }: Entry) {
  const text = readCell(row, positions.age)
  const dotted = hasAgeBins ? readDottedBin(text) : null
  if (dotted !== null) return dotted
  if (ageDoubt === null || isMissingText(text)) return readAgeText(text)
  return { value: null, repair: { field: 'age' as const, from: text, to: null, reason: ageDoubt } }
}

function readRow(entry: Entry, scheme: LabelScheme): ReadLabels {
  const { row, positions } = entry
  const age = readAge(entry)
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

const listSome = (paths: readonly string[]): string =>
  `${paths.slice(0, 3).join(', ')}${paths.length > 3 ? ' and others' : ''}`

const describeElsewhere = (namesake: string | null): string =>
  namesake === null
    ? 'lies outside the source folder'
    : `lies in another folder than ${namesake}, which has this name`

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
  /** Rows with the paths that they may mean below the source folder. */
  readonly #named: { readonly entry: Entry; readonly written: string; readonly paths: readonly string[] }[] =
    []
  readonly #folder: string

  private constructor(scheme: LabelScheme, folder: string) {
    this.#scheme = scheme
    this.#folder = folder
  }

  /** @throws AppError naming the label file, the line or the column, and what to do. */
  static async open({ source, files, columns, scheme, signal }: TableLabelsOptions): Promise<TableLabels> {
    const labels = new TableLabels(scheme, basename(source))
    for (const file of files) {
      const table = await readLabelTable(file, signal)
      labels.#add(table, { source, columns })
    }
    return labels
  }

  #add(table: LabelTable, { source, columns }: { source: string; columns: CsvColumns | undefined }): void {
    const positions = locateColumns(table, columns)
    const file = nameForPeople(source, table.file)
    const ageDoubt = doubtAges(table, positions)
    const hasAgeBins = listValues(table, positions.age).some(isBin)
    for (const row of table.rows) {
      const entry: Entry = { table, positions, row, file, ageDoubt, hasAgeBins }
      const written = readCell(row, positions.file).trim()
      if (written === '') {
        this.#pathless.push({
          file: `${file}, line ${row.line}`,
          reason: 'The row names no image. Correct or remove it.',
        })
        continue
      }
      const paths = readPaths(written, { source, tableFile: table.file })
      this.#named.push({ entry, written, paths })
      const [path, fallback] = paths
      if (path !== undefined) this.#register(path, entry)
      if (fallback !== undefined && !this.#fallbacks.has(fallback)) this.#fallbacks.set(fallback, entry)
    }
  }

  /** Rows that name no image as they stand are matched by the ends of their paths, with images that no row names. */
  meet(images: readonly string[]): void {
    const here = new Set(images)
    const isHere = ({ paths }: { readonly paths: readonly string[] }): boolean =>
      paths.some((path) => here.has(path))
    const strays = this.#named.filter((named) => !isHere(named))
    const free = images.filter((path) => !this.#entries.has(path) && !this.#fallbacks.has(path))
    const ends = new PathEnds(
      free.map((path) => ({ file: path, folder: this.#folder, path })),
      images,
    )
    const claims: (PathClaim<string> & { readonly entry: Entry })[] = []
    for (const { entry, written, paths } of strays) {
      const found = ends.find(written)
      if (found.kind === 'one') claims.push({ entry, written, ...found })
      else if (found.kind === 'several')
        this.#leaveOut(entry, written, `which could mean ${listSome(found.files)}`)
      else if (paths.length === 0)
        this.#leaveOut(entry, written, `which ${describeElsewhere(found.namesake)}`)
    }
    const { held, refused } = settleClaims(claims)
    for (const { entry, file } of held) this.#register(file, entry)
    for (const { entry, written, file } of refused)
      this.#leaveOut(entry, written, `which could mean ${file}, as paths of other folders could too`)
    const met = this.#named.length - strays.length + held.length
    if (met > 0 || this.#named.length === 0) return
    const files = [...new Set(this.#named.map(({ entry }) => entry.table.file))].join(', ')
    throw new AppError(
      'INVALID_INPUT',
      `No row of ${files} names an image of the folder ${this.#folder}, whose first image is ${images[0] ?? 'missing'}. ` +
        'Check that the folder and the column of files belong together.',
    )
  }

  #leaveOut({ row, file }: Entry, written: string, why: string): void {
    this.#met.add(row)
    const reason = `The row names ${JSON.stringify(written)}, ${why}. Correct or remove it.`
    this.#pathless.push({ file: `${file}, line ${row.line}`, reason })
  }

  #register(path: string, entry: Entry): void {
    const first = this.#entries.get(path)
    const repeats = this.#repeats.get(path)
    if (first === undefined) this.#entries.set(path, entry)
    else if (repeats === undefined) this.#repeats.set(path, [entry])
    else repeats.push(entry)
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
    return mergeRows([this.#read(entry), ...(this.#repeats.get(path) ?? []).map((row) => this.#read(row))])
  }

  #read(entry: Entry): RowLabels {
    this.#met.add(entry.row)
    const place = `${entry.file}, line ${entry.row.line}`
    return { ...readRow(entry, this.#scheme), place, origins: describeOrigins(entry) }
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
