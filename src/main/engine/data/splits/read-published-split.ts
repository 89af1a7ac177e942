import { AppError } from '#shared/contract/errors.ts'
import { partName, type PartName } from '#shared/contract/split.contract.ts'
import {
  describeColumns,
  readLabelTable,
  type LabelTable,
  type TableRow,
} from '#engine/data/catalogue/labels/read-label-table.ts'

/** What others call the parts. */
const synonyms: Readonly<Record<PartName, readonly string[]>> = {
  train: ['train', 'training'],
  val: ['val', 'valid', 'validation', 'dev'],
  test: ['test', 'testing', 'holdout'],
}
const namedAtMost = 20

interface Named {
  readonly dataset: string
  readonly path: string
  readonly fileSha256: string
}

export interface PublishedSplit {
  /** `[images]` part of each image, or null where the file does not name it. */
  readonly partOf: readonly (PartName | null)[]
  readonly rows: number
  /** Lines whose name no image bears. */
  readonly unknownLines: readonly number[]
  /** Lines whose path images of several data sets bear, so that none of them is meant. */
  readonly ambiguousLines: readonly number[]
}

/** A path that images of several data sets bear. */
const ambiguous = -1

const bad = (message: string): AppError => new AppError('INVALID_INPUT', message)

function findOneOf(table: LabelTable, names: readonly string[]): number | null {
  const columns = table.columns.map((column) => column.toLowerCase())
  const at = names.map((name) => columns.indexOf(name)).find((index) => index !== -1)
  return at ?? null
}

function requireOneOf(table: LabelTable, names: readonly string[]): number {
  const at = findOneOf(table, names)
  if (at !== null) return at
  throw bad(
    `The split file ${table.file} has no column "${names[0]}". ${describeColumns(table)} Name its columns image and part.`,
  )
}

const quoteSome = (names: readonly string[]): string =>
  `${names
    .slice(0, namedAtMost)
    .map((name) => JSON.stringify(name))
    .join(', ')}${names.length > namedAtMost ? ` and ${names.length - namedAtMost} more` : ''}`

function readParts(
  table: LabelTable,
  column: number,
  words: Partial<Record<PartName, string | undefined>>,
): (PartName | undefined)[] {
  const known = new Map<string, PartName>()
  for (const part of partName.options)
    if (words[part] === undefined) for (const word of synonyms[part]) known.set(word, part)
  // A word that the user gives counts before what others mean by it.
  const own = new Map<string, PartName>()
  for (const part of partName.options) {
    const word = words[part]?.trim().toLowerCase()
    if (word === undefined) continue
    const other = own.get(word)
    if (other !== undefined)
      throw bad(`"${word}" is given as the word for two parts, ${other} and ${part}. Give each its own.`)
    own.set(word, part)
    known.set(word, part)
  }
  const strange = new Map<string, number>()
  const parts = table.rows.map(({ cells }) => {
    const word = (cells[column] ?? '').trim()
    const part = known.get(word.toLowerCase())
    if (part === undefined) strange.set(word, (strange.get(word) ?? 0) + 1)
    return part
  })
  if (strange.size === 0) return parts
  const [first] = table.rows.filter((_, row) => parts[row] === undefined)
  throw bad(
    `${[...strange.values()].reduce((sum, count) => sum + count, 0)} rows of the split file ${table.file} name no part, the first in line ${first?.line ?? '?'}: ${quoteSome([...strange.keys()])}. Say what the file calls its parts, as in --parts train=fit,val=tune,test=final.`,
  )
}

/** An apostrophe keeps a spreadsheet from reading a name as a formula; exports write it. */
const readName = (row: TableRow, column: number): string =>
  (row.cells[column] ?? '')
    .trim()
    .replace(/^'(?=[=+\-@])/, '')
    .replaceAll('\\', '/')

/** Names by which an image can be meant: with its data set, and alone where only one data set has it. */
function indexNames(images: readonly Named[]): ReadonlyMap<string, number> {
  const names = new Map<string, number>()
  images.forEach(({ path }, index) => {
    names.set(path, names.has(path) ? ambiguous : index)
  })
  images.forEach(({ dataset, path }, index) => names.set(`${dataset}/${path}`, index))
  return names
}

/**
 * Reads who stands where by a CSV file that others wrote. Nothing is repaired: names that no image bears are told.
 *
 * @throws AppError INVALID_INPUT naming what is wrong: no such column, an unknown word for a part, an image in two parts,
 * a file whose hash is not that of the image
 */
export async function readPublishedSplit(
  images: readonly Named[],
  { file, words }: { readonly file: string; readonly words: Partial<Record<PartName, string | undefined>> },
): Promise<PublishedSplit> {
  const table = await readLabelTable(file)
  const nameColumn = requireOneOf(table, ['image', 'file', 'path', 'filename', 'name'])
  const parts = readParts(table, requireOneOf(table, ['part', 'split', 'set', 'subset', 'partition']), words)
  const hashColumn = findOneOf(table, ['sha256'])
  const names = indexNames(images)
  const partOf: (PartName | null)[] = images.map(() => null)
  const unknown: TableRow[] = []
  const ambiguousLines: number[] = []
  const twice = new Set<string>()
  const changed: string[] = []
  table.rows.forEach((row, at) => {
    const name = readName(row, nameColumn)
    const index = names.get(name)
    const image = index === undefined ? undefined : images[index]
    const part = parts[at]
    if (index === ambiguous) {
      ambiguousLines.push(row.line)
      return
    }
    if (index === undefined || image === undefined || part === undefined) {
      unknown.push(row)
      return
    }
    const hash = hashColumn === null ? '' : (row.cells[hashColumn] ?? '').trim().toLowerCase()
    if (hash !== '' && hash !== image.fileSha256) changed.push(name)
    if (partOf[index] !== null && partOf[index] !== part) twice.add(name)
    partOf[index] = part
  })
  if (twice.size > 0) {
    throw bad(
      `${twice.size} images stand in two parts of the split file ${file}: ${quoteSome([...twice])}. Take each out of one part and import again.`,
    )
  }
  if (changed.length > 0) {
    throw bad(
      `${changed.length} images have other files here than the split file ${file} says by sha256: ${quoteSome(changed)}. Import the data set that the split is of.`,
    )
  }
  if (partOf.every((part) => part === null)) {
    const first = unknown.slice(0, 3).map((row) => readName(row, nameColumn))
    throw bad(
      first.length === 0
        ? `All ${table.rows.length} names in the split file ${file} are paths that several data sets have. Write <data set>/<path>.`
        : `None of the ${table.rows.length} names in the split file ${file} is an image here, the first ${quoteSome(first)}. Names are <data set>/<path>, or the path alone.`,
    )
  }
  return { partOf, rows: table.rows.length, unknownLines: unknown.map(({ line }) => line), ambiguousLines }
}
