import type { KeyObject } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import { reportDocument, type BundleVerdict, type ReportDocument } from '#shared/contract/report.contract.ts'
import { hashBytes, toCanonicalJson } from '#engine/base/kernel/hash.ts'
import { computeFigures } from '#engine/reports/documents/compute-figures.ts'
import { assembleReport } from '#engine/reports/documents/domain/assemble-report.ts'
import type { BundleParts, VerifyHost } from './bundle-parts.ts'
import { evaluateAgain, openBundleSources } from './bundle-sources.ts'
import { checkAnswers } from './check-answers.ts'
import { checkDrawn } from './check-drawn.ts'
import { checkRecords } from './check-records.ts'
import { checkSignature } from './check-signature.ts'
import { readAnswers, type AnswerTable } from './domain/answers-table.ts'
import { CheckList } from './domain/check-list.ts'
import { compareLeaves } from './domain/compare-figures.ts'
import {
  bundleMark,
  bundleVersion,
  manifest,
  manifestPath,
  systemsPart,
  type Manifest,
  type SystemPart,
} from './domain/manifest.ts'
import { signatureParts } from './domain/model-signature.ts'
import { readZip } from './domain/read-zip.ts'

/** What is wrong with one part, so that what hangs on it cannot be looked at. */
class PartFault extends Error {}
const refusePart = (reason: string): never => {
  throw new PartFault(reason)
}

/** Manifest and parts of an archive. Throws INVALID_INPUT naming the file for what is no bundle, or one of a later version. */
export function openBundle(bytes: Uint8Array, file: string): BundleParts {
  const refuse = (reason: string): never => {
    throw new AppError('INVALID_INPUT', `${file} is no audit bundle that can be verified: ${reason}.`, {
      details: { path: file },
    })
  }
  const parts = new Map(readZip(bytes, refuse).map(({ path, content }) => [path, content]))
  const found = parts.get(manifestPath) ?? refuse(`it has no ${manifestPath}`)
  const mark = bundleMark.safeParse(parseJson(found))
  if (!mark.success) return refuse(`its ${manifestPath} is none of an audit bundle`)
  if (mark.data.version > bundleVersion)
    refuse(
      `it is of version ${mark.data.version}, and this Evenhand knows version ${bundleVersion}. Verify it with a newer one, or with the verify.py in it`,
    )
  return parts
}

/** Undefined where bytes are no JSON. */
function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}

/** Everything that a bundle says, recomputed from the answers in it, line by line. */
export async function verifyBundle(
  bytes: Uint8Array,
  { file, signer, host }: { file: string; signer: KeyObject | null; host: VerifyHost },
): Promise<BundleVerdict> {
  const parts = openBundle(bytes, file)
  const checks = new CheckList()
  const about = { file, sha256: hashBytes(bytes) }
  const listed = checkManifest(parts, checks)
  const report = readPart(parts, 'report.json', reportDocument, checks)
  if (report === null) return checks.finish({ ...about, subject: null })
  const { subject } = report
  const named = `Evaluation ${subject.evaluationId} of ${subject.model} on ${subject.split}, ${subject.part}`
  const written = `${toCanonicalJson(report)}\n`
  checks.check('report.json', {
    kind: 'report',
    what: 'The report is written as canonical JSON',
    expected: hashBytes(written),
    found: hashBytes(parts.get('report.json') ?? ''),
  })
  const systems = readPart(parts, 'systems.json', systemsPart, checks)
  const answers = readTable(parts, report, checks)
  if (answers !== null) {
    checkAnswers(report, answers, checks)
    await checkFiguresSafely(report, answers, { systems: systems?.systems ?? [], checks, host })
  }
  await checkDrawn(parts, report, { listed, checks, host })
  checkRecords(parts, {
    report,
    answers,
    checks,
    readPart: (path, schema) => readPart(parts, path, schema, checks),
  })
  checkSignature(parts, { report, signer, checks })
  return checks.finish({ ...about, subject: named })
}

/** Every part by its hash; none is missing, none is there that nothing speaks of. */
function checkManifest(parts: BundleParts, checks: CheckList): Manifest | null {
  const listed = readPart(parts, manifestPath, manifest, checks)
  if (listed === null) return null
  const kind = 'parts'
  for (const { path, bytes, sha256 } of listed.parts) {
    const content = parts.get(path)
    if (content === undefined) {
      checks.breaks(`part ${path}`, {
        what: 'The manifest lists it',
        expected: sha256,
        found: 'it is not there',
      })
      continue
    }
    const expected = `${sha256}, ${bytes} bytes`
    const found = `${hashBytes(content)}, ${content.length} bytes`
    checks.check(`part ${path}`, { kind, what: 'A part is what the manifest lists', expected, found })
  }
  const known = new Set([manifestPath, ...listed.parts.map(({ path }) => path)])
  for (const path of parts.keys()) {
    if (!known.has(path) && !signatureParts.has(path))
      checks.breaks(`part ${path}`, {
        what: 'Every part is listed',
        expected: 'no such part',
        found: 'it is there',
      })
  }
  for (const path of required) {
    if (!known.has(path))
      checks.breaks(`part ${path}`, { what: 'A bundle holds it', expected: 'listed', found: 'not listed' })
  }
  return listed
}

const required = [
  'report.json',
  'predictions.csv',
  'members.csv',
  'systems.json',
  'ledger.json',
  'report.html',
  'verify.py',
  'README.md',
  'schemas/report.schema.json',
]

function readPart<Schema extends z.ZodType>(
  parts: BundleParts,
  path: string,
  schema: Schema,
  checks: CheckList,
): z.output<Schema> | null {
  const bytes = parts.get(path)
  if (bytes === undefined) return null
  const read = schema.safeParse(parseJson(bytes))
  if (read.success) {
    checks.hold('formats', 'A part is of its format')
    return read.data
  }
  const [issue] = read.error.issues
  const at = issue?.path.join('.') ?? ''
  checks.breaks(path, {
    what: 'It is of its format',
    expected: 'as its schema says',
    found: `${at === '' ? 'the whole' : at}: ${issue?.message ?? 'it cannot be read'}`,
  })
  return null
}

function readTable(parts: BundleParts, report: ReportDocument, checks: CheckList): AnswerTable | null {
  const bytes = parts.get('predictions.csv')
  if (bytes === undefined) return null
  try {
    return readAnswers(new TextDecoder('utf-8', { fatal: true }).decode(bytes), report, refusePart)
  } catch (error) {
    if (!(error instanceof PartFault || error instanceof TypeError)) throw error
    checks.breaks('predictions.csv', { what: 'It can be read', expected: 'a table', found: error.message })
    return null
  }
}

/** No evaluation and no report draws more often; a bundle that claims it would keep the machine busy for days. */
const mostDraws = 20_000

/** What cannot be computed, since labels, groups or draws are none, is told as a line and ends nothing else. */
async function checkFiguresSafely(...asked: Parameters<typeof checkFigures>): Promise<void> {
  const [{ method }, , { checks }] = asked
  const draws = Math.max(method.draws.count, method.bootstrap?.replicates ?? 0)
  const what = 'Its figures can be computed'
  if (draws > mostDraws) {
    checks.breaks('method', { what, expected: `${mostDraws} draws at most`, found: `${draws} draws` })
    return
  }
  try {
    await checkFigures(...asked)
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'CANCELLED') throw error
    checks.breaks('figures', { what, expected: 'figures', found: error.message })
  }
}

/** Every figure and every sentence that follows from figures. */
async function checkFigures(
  report: ReportDocument,
  answers: AnswerTable,
  { systems, checks, host }: { systems: readonly SystemPart[]; checks: CheckList; host: VerifyHost },
): Promise<void> {
  const { signal, threads } = host
  const evaluated = await evaluateAgain(report, answers, async () => {
    await setImmediate()
    signal.throwIfAborted()
  })
  const stored = Object.fromEntries(report.tasks.map(({ task, result }) => [task, result]))
  if (evaluated === null)
    checks.skip('tasks', {
      what: 'Figures of each task as a whole',
      why: 'their draws were not recorded in that version',
    })
  const results = evaluated ?? {
    race: stored.race ?? null,
    gender: stored.gender ?? null,
    age: stored.age ?? null,
  }
  const { subject, method } = report
  const figures = await computeFigures(
    openBundleSources(report, answers, { systems, threads }),
    {
      evaluationId: subject.evaluationId,
      results,
      baselines: systems.map(({ baselineId }) => baselineId),
      passesStrangers: true,
      draws: method.draws.count,
    },
    { signal, report: () => undefined },
  )
  const { population, tasks, systems: compared, findings, missing } = assembleReport(report, figures)
  const parts = { findings, population, tasks, systems: compared, missing }
  for (const [name, recomputed] of Object.entries(parts)) {
    const recorded: unknown = Object.entries(report).find(([key]) => key === name)?.[1]
    for (const { path, recorded: expected, recomputed: found, isSame } of compareLeaves(
      recorded,
      recomputed,
      name,
    )) {
      if (isSame) checks.hold('figures', 'A figure is what the answers give')
      else checks.breaks(path, { what: 'The report says it, and the answers give it', expected, found })
    }
  }
}
