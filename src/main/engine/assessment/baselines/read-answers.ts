import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { setImmediate as yieldToEvents } from 'node:timers/promises'
import type { BaselineColumn, BaselineImport } from '#shared/contract/baseline.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { hashFile } from '#engine/base/kernel/hash-file.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { openRegularFile } from '#engine/base/kernel/regular-file.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'
import {
  describeColumns,
  findColumn,
  readLabelTable,
  type LabelTable,
} from '#engine/data/catalogue/labels/read-label-table.ts'
import { isMissingText } from '#engine/data/catalogue/domain/age-text.ts'
import { refuseStandIn } from '#engine/base/kernel/refuse-stand-in.ts'
import { keepText, noFace, notAsked, type AnswerProblem, type AnswerRow } from './domain/answer.ts'
import { isJsonKind, readJsonAnswer } from './domain/read-json-answer.ts'

export interface ReadAnswers {
  readonly rows: readonly AnswerRow[]
  readonly problems: readonly AnswerProblem[]
  readonly sha256: string
}

type Asked = Pick<BaselineImport, 'path' | 'kind' | 'columns'>

/** One answer is a few kilobytes; a document of all of them is read as a whole. */
const largestDocumentBytes = 256 * 2 ** 20
const mostFiles = 500_000
const filesBetweenYields = 50

/** Names of columns that are taken where none is given, the first that is there. */
const usualColumns: Readonly<Record<BaselineColumn, readonly string[]>> = {
  image: [
    'file',
    'image',
    'path',
    'filename',
    'img_path',
    'image_path',
    'face_name_align',
    'name',
    'image_id',
    'id',
  ],
  sha256: ['sha256', 'file_sha256'],
  race: ['pred_race', 'dominant_race', 'race'],
  gender: ['pred_gender', 'dominant_gender', 'gender'],
  age: ['pred_age', 'pred_age_grp', 'age'],
  confidence: ['face_confidence'],
  error: ['error', 'error_message'],
}

const bad = (message: string, path: string): AppError =>
  new AppError('INVALID_INPUT', message, { details: { path } })

async function readDocument(file: string): Promise<{ document: unknown; sha256: string }> {
  try {
    await using handle = await openRegularFile(file)
    const { size } = await handle.stat()
    if (size > largestDocumentBytes)
      throw bad(`${file} is larger than 256 MB. Divide it into a folder with a file for each image.`, file)
    const bytes = await handle.readFile()
    refuseStandIn(bytes, file)
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return { document: JSON.parse(text), sha256: hashBytes(bytes) }
  } catch (error) {
    if (error instanceof SyntaxError) throw bad(`${file} is no JSON document.`, file)
    if (error instanceof TypeError) throw bad(`${file} is not in UTF-8. Save it in UTF-8.`, file)
    throw mapSystemError(error, { action: 'read', path: file })
  }
}

const isDictionary = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

async function listFiles(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile() && entry.name.toLowerCase().endsWith('.json'))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort((a, b) => (a < b ? -1 : 1))
  } catch (error) {
    throw mapSystemError(error, { action: 'read', path: folder })
  }
}

/** A folder of answers: a JSON file for each image, named as the image is, or nearly so. */
async function readFolder({ path, kind }: Asked, signal: AbortSignal): Promise<ReadAnswers> {
  if (!isJsonKind(kind)) throw bad(`Answers of kind ${kind} are a table: name the file, not a folder.`, path)
  const files = await listFiles(path)
  if (files.length === 0) throw bad(`The folder ${path} holds no JSON file.`, path)
  if (files.length > mostFiles)
    throw bad(`The folder ${path} holds more than 500,000 files. Divide it.`, path)
  const rows: AnswerRow[] = []
  const problems: AnswerProblem[] = []
  const digest = createHash('sha256')
  for (const [index, file] of files.entries()) {
    if (index % filesBetweenYields === 0) await yieldToEvents()
    signal.throwIfAborted()
    const at = relative(path, file).split(sep).join('/')
    try {
      const { document, sha256 } = await readDocument(file)
      digest.update(`${at} ${sha256}\n`)
      const answer = readJsonAnswer(document, kind)
      if (answer === null) problems.push({ at, message: `It is no answer of ${kind}.` })
      else rows.push({ at, name: at.replace(/\.json$/i, ''), sha256: null, answer })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      problems.push({ at, message: error.message })
    }
  }
  return { rows, problems, sha256: digest.digest('hex') }
}

/** One JSON document with the answers by the names of images. */
async function readNamedAnswers({ path, kind }: Asked, signal: AbortSignal): Promise<ReadAnswers> {
  const { document, sha256 } = await readDocument(path)
  if (!isJsonKind(kind) || !isDictionary(document))
    throw bad(`${path} is not a document of answers by the names of images, {"a.jpg": answer, ...}.`, path)
  const rows: AnswerRow[] = []
  const problems: AnswerProblem[] = []
  for (const [index, [name, value]] of Object.entries(document).entries()) {
    if (index % 1000 === 0) await yieldToEvents()
    signal.throwIfAborted()
    const answer = readJsonAnswer(value, kind)
    if (answer === null) problems.push({ at: name, message: `It is no answer of ${kind}.` })
    else rows.push({ at: name, name, sha256: null, answer })
  }
  return { rows, problems, sha256 }
}

function findColumns(table: LabelTable, columns: BaselineImport['columns']) {
  const lower = table.columns.map((column) => column.toLowerCase())
  const find = (column: BaselineColumn): number | null => {
    const named = columns[column]
    if (named !== undefined) return findColumn(table, named)
    const at = usualColumns[column].map((name) => lower.indexOf(name)).find((index) => index >= 0)
    return at ?? null
  }
  const found = {
    image: find('image'),
    sha256: find('sha256'),
    race: find('race'),
    gender: find('gender'),
    age: find('age'),
    confidence: find('confidence'),
    error: find('error'),
  }
  if (found.image === null && found.sha256 === null)
    throw bad(
      `${table.file} has no column that names images. ${describeColumns(table)} Say which does, as in --columns image=file.`,
      table.file,
    )
  if (found.race === null && found.gender === null && found.age === null)
    throw bad(
      `${table.file} has no column of answers. ${describeColumns(table)} Say which hold them, as in --columns race=pred_race,gender=pred_gender.`,
      table.file,
    )
  return found
}

/** FairFace's program names each face it cuts out after its image. */
const faceOf = /^(?:.*\/)?(.+)_face(\d+)(\.\w+)$/

async function readTable({ path, kind, columns }: Asked, signal: AbortSignal): Promise<ReadAnswers> {
  const table = await readLabelTable(path, signal)
  const found = findColumns(table, columns)
  const rows: AnswerRow[] = []
  const problems: AnswerProblem[] = []
  for (const [index, { line, cells }] of table.rows.entries()) {
    if (index % 2000 === 0) await yieldToEvents()
    const read = (column: keyof typeof found): string | null => {
      const at = found[column]
      const text = at === null ? '' : (cells[at] ?? '')
      return isMissingText(text) ? null : keepText(text)
    }
    const at = `line ${line}`
    const written = (found.image === null ? '' : (cells[found.image] ?? '')).trim().replaceAll('\\', '/')
    const face = kind === 'fairface' ? faceOf.exec(written) : null
    if (face !== null && face[2] !== '0') {
      problems.push({ at, message: 'It is another face of an image; the first is taken.' })
      continue
    }
    const name = face === null ? written : `${face[1] ?? ''}${face[3] ?? ''}`
    const sha256 = read('sha256')?.toLowerCase() ?? null
    if (name === '' && sha256 === null) {
      problems.push({ at, message: 'It names no image.' })
      continue
    }
    const answer = { race: read('race'), gender: read('gender'), age: read('age') }
    const confidence = read('confidence')
    const isEmpty = answer.race === null && answer.gender === null && answer.age === null
    const isFaceless = isEmpty || (confidence !== null && Number(confidence) === 0)
    rows.push({
      at,
      name: name === '' ? null : name,
      sha256,
      answer:
        read('error') !== null
          ? notAsked
          : isFaceless
            ? noFace
            : { outcome: 'answered', ...answer, faces: 1 },
    })
  }
  return { rows, problems, sha256: await hashFile(path) }
}

/**
 * Reads stored answers of another system as they were written, in the order of the file or by the names of the files.
 * @throws AppError INVALID_INPUT for what holds no answers of that kind, naming it and what to do
 */
export async function readAnswers(asked: Asked, signal: AbortSignal): Promise<ReadAnswers> {
  let isFolder: boolean
  try {
    isFolder = (await stat(asked.path)).isDirectory()
  } catch (error) {
    throw mapSystemError(error, { action: 'read', path: asked.path })
  }
  if (isFolder) return readFolder(asked, signal)
  return asked.path.toLowerCase().endsWith('.json')
    ? readNamedAnswers(asked, signal)
    : readTable(asked, signal)
}
