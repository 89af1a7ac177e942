/**
 * Time, size and memory of a report, an audit bundle and its verification over many synthetic answers.
 * Run: node bench/report.ts [--images 100000] [--draws 2000]
 */
import { parseArgs } from 'node:util'
import { pathToFileURL } from 'node:url'
import { resolve } from 'node:path'
import { evaluationId, modelId, splitId } from '#shared/contract/base.contract.ts'
import { reportDocument, type ReportDocument } from '#shared/contract/report.contract.ts'
import { ageBinLabels, labelSchemes } from '#shared/domain/label-schemes.ts'
import { hashBytes, toCanonicalJson } from '#engine/base/kernel/hash.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import { readVersion } from '#engine/base/runtime/version.ts'
import { locateWorkers } from '#engine/base/threads/worker-locator.ts'
import { DrawThreads } from '#engine/assessment/fairness/draw-threads.ts'
import type { TaskRecords } from '#engine/assessment/metrics/domain/records.ts'
import { evaluateAgain, openBundleSources } from '#engine/reports/bundles/bundle-sources.ts'
import { writeAnswers, type AnswerTable } from '#engine/reports/bundles/domain/answers-table.ts'
import { writeMembers } from '#engine/reports/bundles/domain/members-table.ts'
import { writeZip, type ZipEntry } from '#engine/reports/bundles/domain/write-zip.ts'
import { verifyBundle } from '#engine/reports/bundles/verify-bundle.ts'
import { computeFigures } from '#engine/reports/documents/compute-figures.ts'
import { assembleReport, type ReportFacts } from '#engine/reports/documents/domain/assemble-report.ts'
import { drawReport } from '#engine/reports/documents/draw-report.ts'
import type { Task } from '#shared/domain/tasks.ts'

const { values: flags } = parseArgs({
  options: { images: { type: 'string', default: '100000' }, draws: { type: 'string', default: '2000' } },
})
const [images, draws] = [Number(flags.images), Number(flags.draws)]
const random = createRandom(1, ['bench'])
const groups = { race: labelSchemes.fairface7.race, gender: labelSchemes.fairface7.gender, age: ageBinLabels }
const draw = (count: number): Int16Array =>
  Int16Array.from({ length: images }, () => random.int(0, count - 1))
const drawn = { race: draw(7), gender: draw(2), age: draw(9) }
const clusters = Int32Array.from({ length: images }, (_, image) => Math.floor(image / 2))

function makeRecords(task: Task): TaskRecords {
  const labels = groups[task]
  const labelled = drawn[task]
  const predicted = labelled.map((label) => (random.float() < 0.8 ? label : random.int(0, labels.length - 1)))
  const probabilities = Float32Array.from(
    { length: images * labels.length },
    () => random.float() / labels.length,
  )
  predicted.forEach((label, image) => {
    probabilities[image * labels.length + label] = 0.5 + random.float() / 2
  })
  const groupings = {
    race: { groups: groups.race, indices: drawn.race },
    gender: { groups: groups.gender, indices: drawn.gender },
    age: { groups: groups.age, indices: drawn.age },
  }
  return { task, labels, labelled, predicted, probabilities, clusters, groupings }
}

const sha = (image: number): string => hashBytes(String(image))
const table: AnswerTable = {
  images: Array.from({ length: images }, (_, image) => ({
    imageId: image + 1,
    fileSha256: sha(image),
    ageYears: null,
  })),
  records: new Map((['race', 'gender', 'age'] as const).map((task) => [task, makeRecords(task)])),
}
const zero = '0'.repeat(64)
const facts: ReportFacts = {
  format: 'evenhand-report',
  version: 1,
  madeBy: readVersion(),
  at: '2026-11-30T12:00:00.000Z',
  isSynthetic: true,
  subject: {
    evaluationId: evaluationId.parse(1),
    evaluatedAt: '2026-11-30T12:00:00.000Z',
    modelId: modelId.parse(1),
    model: 'Synthetic',
    arch: 'resnet34',
    inputSize: 224,
    ageReadOut: 'class',
    learned: null,
    trainedAt: '2026-11-30T12:00:00.000Z',
    weightsSha256: zero,
    splitId: splitId.parse(1),
    split: 'synthetic',
    splitHash: zero,
    part: 'val',
    images,
    computedBy: null,
    predictionsSha256: null,
  },
  certificate: null,
  testPart: null,
  ledger: { n: 0, sha256: zero, time: null },
  method: {
    intervals: 'Synthetic.',
    bootstrap: { seed: 1, replicates: 2000, groups: Math.ceil(images / 2) },
    draws: { seed: 1, count: draws },
  },
  notes: [],
}

const workers = locateWorkers(pathToFileURL(resolve(import.meta.dirname, '../src/main/cli.ts')).href)
const threads = new DrawThreads({ workers, cores: 2 })
const { signal } = new AbortController()
const peak = (): string => `${Math.round(process.resourceUsage().maxRSS / 1024)} MB at most`

async function time<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const [began, cpu] = [performance.now(), process.cpuUsage()]
  const result = await work()
  const { user, system } = process.cpuUsage(cpu)
  const seconds = (performance.now() - began) / 1000
  console.log(`${what}: ${seconds.toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} s of CPU, ${peak()}`)
  return result
}

const empty = { ...facts, findings: [], population: null, tasks: [], systems: [], missing: [] }
const results = await time('the evaluation itself, its intervals', () =>
  evaluateAgain(empty as unknown as ReportDocument, table, () => Promise.resolve()),
)
if (results === null) throw new Error('Nothing was evaluated')
const report = await time('the figures of the report', async () => {
  const sources = openBundleSources({ ...empty, tasks: [] } as unknown as ReportDocument, table, {
    systems: [],
    threads,
  })
  const asked = {
    evaluationId: facts.subject.evaluationId,
    results,
    baselines: [],
    passesStrangers: true,
    draws,
  }
  const figures = await computeFigures(sources, asked, { signal, report: () => undefined })
  return reportDocument.parse(assembleReport(facts, figures))
})
const files = await time('json, csv, html and pdf, full', () =>
  drawReport(report, { formats: ['json', 'csv', 'html', 'pdf'], depth: 'full' }, { workers, signal }),
)
for (const { path, content } of files) console.log(`  ${path}: ${(content.length / 1e6).toFixed(2)} MB`)
const bytes = await time('the bundle of them', () => {
  const content = (text: string): Uint8Array => Buffer.from(text)
  const parts: ZipEntry[] = [
    ...files.map((file) => ({ path: file.path, content: file.content })),
    { path: 'predictions.csv', content: Buffer.concat([...writeAnswers(table)]) },
    {
      path: 'members.csv',
      content: writeMembers(
        table.images.map(({ fileSha256 }, at) => ({
          sha256: fileSha256,
          part: 'val',
          group: clusters[at] ?? 0,
        })),
      ),
    },
    { path: 'systems.json', content: content('{"systems":[]}') },
    { path: 'ledger.json', content: content('{"ledger":"access","lines":[]}') },
    ...['verify.py', 'README.md', 'schemas/report.schema.json'].map((path) => ({
      path,
      content: content(''),
    })),
  ]
  const listed = parts.map((part) => ({
    path: part.path,
    bytes: part.content.length,
    sha256: hashBytes(part.content),
  }))
  const manifest = {
    format: 'evenhand-bundle',
    version: 1,
    madeBy: readVersion(),
    depth: 'full',
    parts: listed,
  }
  return Promise.resolve(
    Buffer.concat(
      writeZip([...parts, { path: 'manifest.json', content: content(toCanonicalJson(manifest)) }]),
    ),
  )
})
console.log(`  bundle: ${(bytes.length / 1e6).toFixed(1)} MB`)
const verdict = await time('verify', () =>
  verifyBundle(bytes, { file: 'bench.zip', signer: null, host: { workers, threads, signal } }),
)
console.log(`  holds: ${verdict.holds}, ${verdict.counts.holding} checks`)
for (const { line, what, expected, found } of verdict.checks
  .filter(({ holds }) => holds === false)
  .slice(0, 5))
  console.log(`  ${line}: ${what}: ${expected}, ${found}`)
