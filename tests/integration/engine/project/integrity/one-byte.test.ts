import { globSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { evaluationId, imageId, modelId, runId, type SplitId } from '#shared/contract/base.contract.ts'
import { baselineId } from '#shared/contract/baseline.contract.ts'
import { evaluationResult } from '#shared/contract/evaluation.contract.ts'
import { crossvalResult } from '#shared/contract/crossval.contract.ts'
import {
  integrityKind,
  integrityReport,
  type IntegrityCheck,
  type IntegrityKind,
  type IntegrityReport,
} from '#shared/contract/integrity.contract.ts'
import { purposeId as purposeIdSchema } from '#shared/contract/purpose.contract.ts'
import { firstProgress } from '#engine/learning/training/training-progress.ts'
import { RunCheckpoints } from '#engine/learning/training/run-checkpoints.ts'
import { createVectorIndexStore } from '#engine/curation/vectors/usearch.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishJob, finishWell } from '#tests/fixtures/jobs.ts'
import { drawLabelledPictures, makeLabelledProject } from '#tests/fixtures/labelled-project.ts'
import { flipByte, placeOf, tamper, type Cell } from '#tests/fixtures/one-byte.ts'

const folder = makeTemporaryFolder()
const opened = openEngine(join(folder.path, 'home'))
const { client, engine } = opened
const one = modelId.parse(1)
const exported = join(folder.path, 'face.onnx')
const vectors = Array.from({ length: 40 }, (_, at) => [at + 1, Float32Array.from([at, 1, 2, 3])] as const)
let project = ''
let splitId: SplitId
let paused = 0
/** What exports are handed out under. */
const purposeId = purposeIdSchema.parse(1)
let exportedCard: Buffer

const exportTo = (file: string | undefined) =>
  client.model.export({ modelId: one, purposeId, ...(file === undefined ? {} : { file }) })

const space = () => ({
  cacheFolder: join(project, 'cache'),
  spaceId: 1,
  revision: 1,
  dimensions: 4,
  count: vectors.length,
  read: () => vectors,
})
const checkpoints = () => new RunCheckpoints(join(project, 'runs/1'), 'a'.repeat(64))

async function checkAll(isQuick = false): Promise<IntegrityReport> {
  const { jobId } = await client.integrity.check({ isQuick })
  return integrityReport.parse(await finishWell(client, jobId))
}

const endOf = async (jobId: number): Promise<string | undefined> =>
  (await finishJob(client, jobId)).error?.message

/** What a call says when it is refused; the test fails where it is not. */
async function refusalOf(call: Promise<unknown>): Promise<{ code: unknown; message: string }> {
  const answer: unknown = await call.then(
    () => null,
    (error: unknown) => error,
  )
  if (!(answer instanceof Error)) throw new Error('It was not refused')
  return { code: Reflect.get(answer, 'code'), message: answer.message }
}

beforeAll(async () => {
  const made = await makeLabelledProject(client, { folder: folder.path, images: 40, import: { copy: true } })
  project = made.project
  splitId = made.splitId
  const outside = join(folder.path, 'outside')
  await drawLabelledPictures(outside, 5, 100)
  await finishWell(client, (await client.dataset.import({ source: outside, format: 'utkface' })).jobId)
  await client.decision.decide({
    target: { images: [{ imageId: imageId.parse(41), revision: 0 }] },
    action: 'remove',
    reason: 'no-face',
    note: 'a statue',
  })
  await client.snapshot.create({ name: 'As imported' })
  const trainable = 'heads' as const
  const request = { splitId, inputSize: 32, epochs: 1, batchSize: 8, tasks: ['race' as const], trainable }
  await finishWell(client, (await client.run.start({ ...request, checkpointEvery: 1 })).jobId)
  await finishWell(client, (await client.evaluation.create({ modelId: one })).jobId)
  const [named] = (await client.image.window({ columns: ['path'], limit: 1 })).cells
  const theirs = join(folder.path, 'theirs.csv')
  writeFileSync(theirs, `file,gender\n${String(named?.[0])},Man\n`)
  await client.baseline.import({ path: theirs, kind: 'csv' })
  const purpose = { tasks: ['race' as const], who: 'Ann', what: 'Tests', until: '2099-01-01' }
  await client.purpose.record(purpose)
  await finishWell(client, (await exportTo(exported)).jobId)
  exportedCard = readFileSync(exported.replace('.onnx', '.card.json'))
  const init = join(project, 'models/1/model.safetensors')
  const second = await client.run.start({ ...request, init })
  paused = second.runId
  await client.run.pause({ runId: second.runId })
  await finishJob(client, second.jobId)
  const crossval = await client.crossval.start({ folds: 2, config: { ...request, tasks: ['race'] } })
  crossvalResult.parse(await finishWell(client, crossval.jobId))
  const [weights] = [new Map([['w', { shape: [2], data: Float32Array.from([1, 2]) }]])]
  await checkpoints().saveLast({
    weights,
    optimiser: { step: 1, moments: new Map() },
    progress: firstProgress,
  })
  await checkpoints().saveDivergence('The loss was no number.')
  await createVectorIndexStore().open(space())
  await client.project.backUp({})
  await client.project.backUp({})
}, 300_000)

afterAll(async () => {
  await opened[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

/** One file of a kind: where a byte of it is changed, and what whoever uses it is told. */
interface Row {
  readonly what: string
  readonly kind: IntegrityKind
  /** Below the project folder, or absolute; the first that matches, or the last. */
  readonly file: string
  readonly isLast?: boolean
  /** Its use writes it anew, which must stay. */
  readonly isMended?: boolean
  readonly at?: (bytes: Buffer) => number
  /** Null for what nobody reads but people: the check alone names it. */
  readonly use: ((file: string) => Promise<void>) | null
}

const refuses =
  (call: (file: string) => Promise<unknown>, code = 'CONFLICT'): Row['use'] =>
  async (file) => {
    const refusal = await refusalOf(call(file))
    expect(refusal).toMatchObject({ code })
    expect(refusal.message).toContain(file)
    expect(refusal.message).toMatch(/is not what was stored|has changed|already is another file/)
  }
const endsRefused =
  (start: () => Promise<{ jobId: number }>): Row['use'] =>
  async (file) => {
    const message = await endOf((await start()).jobId)
    expect(message).toContain(file)
    expect(message).toContain('is not what was stored')
  }
const startFrom = (init: string) =>
  client.run.start({ splitId, inputSize: 32, epochs: 1, batchSize: 8, init })
const picture = () => ({
  file: 'a',
  bytes: readFileSync(globSync(join(folder.path, 'pictures/*.png'))[0] ?? ''),
})

/** Shows the image of a file. */
async function showImage(file: string): Promise<void> {
  for (let id = 1; id <= 45; id++) {
    const { path } = await client.image.get({ imageId: imageId.parse(id) })
    if (file.endsWith(`/${path}`)) await engine.media.image(imageId.parse(id))
  }
}

const rows: readonly Row[] = [
  {
    what: 'the ONNX file of a model',
    kind: 'model',
    file: 'models/1/model.onnx',
    use: endsRefused(() => client.evaluation.create({ modelId: one })),
  },
  {
    what: 'the weights of a model',
    kind: 'model-weights',
    file: 'models/1/model.safetensors',
    use: endsRefused(() => exportTo(undefined)),
  },
  {
    what: 'the card of a model',
    kind: 'model-card',
    file: 'models/1/card.json',
    use: endsRefused(() => exportTo(undefined)),
  },
  {
    what: 'an exported file',
    kind: 'exported-model',
    file: exported,
    use: refuses(() => engine.predict([picture()], { onnxFile: exported }, { asker: { kind: 'window' } })),
  },
  {
    what: 'the certificate of an exported file',
    kind: 'parity-certificate',
    file: exported.replace('.onnx', '.parity.json'),
    at: (bytes) => placeOf('"sha256": "')(bytes) + '"sha256": "'.length,
    use: async () => {
      const asked = engine.predict([picture()], { onnxFile: exported }, { asker: { kind: 'window' } })
      const { message } = await refusalOf(asked)
      expect(message).toMatch(/face[.]onnx is not what was stored|face[.]parity[.]json is no parity/)
    },
  },
  {
    what: 'the card of an exported file',
    kind: 'model-card',
    file: exported.replace('.onnx', '.card.json'),
    use: async (file) => {
      await finishWell(client, (await exportTo(exported)).jobId)
      expect(readFileSync(file)).toEqual(exportedCard)
    },
  },
  { what: 'the configuration of a run', kind: 'run-configuration', file: 'runs/1/config.json', use: null },
  {
    what: 'what was found in initial weights',
    kind: 'initial-weights',
    file: 'runs/2/init.json',
    use: endsRefused(() => client.run.resume({ runId: runId.parse(paused) })),
  },
  {
    what: 'the last checkpoint',
    kind: 'checkpoint',
    file: 'runs/1/last.safetensors',
    use: refuses(() => checkpoints().loadLast()),
  },
  {
    what: 'the checkpoint of the best epoch',
    kind: 'checkpoint',
    file: 'runs/1/best.safetensors',
    use: refuses(startFrom),
  },
  {
    what: 'the checkpoint of an epoch',
    kind: 'checkpoint',
    file: 'runs/1/epochs/1.safetensors',
    use: refuses(startFrom),
  },
  {
    what: 'how a run diverged',
    kind: 'divergence',
    file: 'runs/1/diverged.json',
    at: placeOf('loss'),
    use: refuses(() => checkpoints().loadDivergence()),
  },
  { what: 'TensorBoard events', kind: 'tensorboard-events', file: 'runs/1/tensorboard/events*', use: null },
  {
    what: 'decoded images',
    kind: 'decoded-images',
    file: 'cache/tensors-*.bin',
    at: () => 100,
    isMended: true,
    use: async () => {
      const job = await finishJob(
        client,
        (await client.evaluation.create({ modelId: one, part: 'train' })).jobId,
      )
      expect(job.state).toBe('succeeded')
    },
  },
  {
    what: 'the index of decoded images',
    kind: 'decoded-images',
    file: 'cache/tensors-*.index',
    at: () => 0,
    use: null,
  },
  {
    what: 'a search index',
    kind: 'vector-index',
    file: 'cache/vectors-*.usearch',
    use: async () => {
      const index = await createVectorIndexStore().open(space())
      expect(index.search(Float32Array.from([7, 1, 2, 3]), 1)).toEqual([{ imageId: 8, distance: 0 }])
    },
  },
  {
    what: 'a thumbnail',
    kind: 'thumbnail',
    file: 'thumbs/*/*.webp',
    use: async (file) => {
      const pixels = /(\w{64})[.]webp$/.exec(file)?.[1]
      for (let id = 1; id <= 45; id++) {
        const { etag, bytes } = await engine.media.thumbnail(imageId.parse(id))
        if (!etag.includes(pixels ?? '-')) continue
        expect(Buffer.from(bytes).equals(readFileSync(file).subarray(0, bytes.length))).toBe(true)
        return
      }
      throw new Error('No image has this thumbnail')
    },
  },
  {
    what: 'a copied image',
    kind: 'image',
    file: 'originals/**/*.png',
    use: refuses(showImage),
  },
  { what: 'an image elsewhere', kind: 'image', file: 'outside/*.png', use: refuses(showImage) },
  {
    what: 'a copy of the catalogue',
    kind: 'copy',
    file: 'backups/*.requested.sqlite',
    isLast: true,
    use: refuses((file) => client.project.restore({ folder: project, file }), 'PRECONDITION'),
  },
  {
    what: 'the record of a copy',
    kind: 'copy-record',
    file: 'backups/*.requested.sqlite.json',
    at: placeOf('rows'),
    use: refuses((file) => client.project.restore({ folder: project, file: file.replace(/[.]json$/, '') })),
  },
]

function find({ file, isLast = false }: Row): string {
  const pattern = file.startsWith('/')
    ? file
    : file.startsWith('outside')
      ? join(folder.path, file)
      : join(project, file)
  const found = globSync(pattern)
    .toSorted()
    .at(isLast ? -1 : 0)
  if (found === undefined) throw new Error(`There is no ${pattern}`)
  return found
}

/** One cell of what is sealed in the catalogue; each `where` names the row by what does not change. */
const cells: readonly {
  readonly what: string
  readonly kind: IntegrityKind
  readonly cell: Cell
  /** How it is named; null for what the check alone reads. */
  readonly subject: string
  readonly use: (() => Promise<unknown>) | null
}[] = [
  {
    what: 'the part of an image in a split',
    kind: 'split',
    cell: {
      table: 'split_member',
      column: 'part',
      where: 'split_id = 1 AND image_id = 1',
      to: "iif(part = 'train', 'test', 'train')",
    },
    subject: 'Split 1 (Split 1)',
    use: () => client.split.get({ splitId }),
  },
  {
    what: 'the hash of a split',
    kind: 'split',
    cell: { table: 'split', column: 'hash', where: 'id = 1', to: "replace(hash, substr(hash, 1, 1), 'f')" },
    subject: 'Split 1 (Split 1)',
    use: () => startFrom('random'),
  },
  {
    what: 'the size of a part of a split',
    kind: 'split',
    cell: {
      table: 'split',
      column: 'summary',
      where: 'id = 1',
      to: "json_set(summary, '$.parts.test.images', 99)",
    },
    subject: 'The size of the parts of split 1 (Split 1)',
    use: () => client.split.export({ splitId, file: join(folder.path, 'split.csv') }),
  },
  {
    what: 'a label in a snapshot',
    kind: 'snapshot',
    cell: {
      table: 'snapshot_member',
      column: 'race',
      where: 'snapshot_id = 1 AND image_id = 1',
      to: "'Other'",
    },
    subject: 'Snapshot 1 (As imported)',
    use: () => client.snapshot.get({ snapshotId: 1 }),
  },
  {
    what: 'the fold of an image',
    kind: 'folds',
    cell: {
      table: 'crossval_member',
      column: 'fold',
      where: 'crossval_id = 1 AND image_id = (SELECT min(image_id) FROM crossval_member)',
      to: '3 - fold',
    },
    subject: 'The folds of cross-validation 1',
    use: () => client.crossval.get({ crossvalId: 1 }),
  },
  {
    what: 'an out-of-sample prediction',
    kind: 'out-of-sample-predictions',
    cell: {
      table: 'crossval_prediction',
      column: 'predicted',
      where: 'image_id = (SELECT min(image_id) FROM crossval_member)',
      to: '(predicted + 1) % 5',
    },
    subject: 'The predictions and results of cross-validation 1',
    use: () => client.crossval.export({ crossvalId: 1, file: join(folder.path, 'predictions.csv') }),
  },
  {
    what: 'the figures of an evaluation',
    kind: 'evaluation',
    cell: {
      table: 'evaluation',
      column: 'result',
      where: 'id = 1',
      to: "json_set(result, '$.tasks.race.accuracy.value', 0.99)",
    },
    subject: 'Evaluation 1',
    use: () => client.evaluation.list(),
  },
  {
    what: 'an answer behind an evaluation',
    kind: 'evaluation-answers',
    cell: {
      table: 'prediction',
      column: 'predicted',
      where:
        'evaluation_id = 1 AND image_id = (SELECT min(image_id) FROM prediction WHERE evaluation_id = 1)',
      to: '(predicted + 1) % 5',
    },
    subject: 'The answers behind evaluation 1',
    use: () => client.evaluation.get({ evaluationId: evaluationId.parse(1) }),
  },
  {
    what: 'an answer of another system',
    kind: 'baseline',
    cell: { table: 'baseline_answer', column: 'gender', where: 'baseline_id = 1', to: "'Woman'" },
    subject: 'The answers of baseline 1',
    use: () => client.fairness.get({ baselineId: baselineId.parse(1), task: 'gender', draws: 0 }),
  },
  {
    what: 'the note of a decision',
    kind: 'history',
    cell: {
      table: 'decision',
      column: 'note',
      where: 'id = (SELECT min(id) FROM decision WHERE note IS NOT NULL)',
      to: "'a person'",
    },
    subject: 'The history of decisions at line 1 (act 1)',
    use: null,
  },
  {
    what: 'a label of an image',
    kind: 'labels',
    cell: { table: 'image', column: 'race', where: 'id = 3', to: "'Other'" },
    subject: 'The labels of image 3',
    use: null,
  },
]

it('a whole project holds, kind by kind, and no file of it is a stranger', async () => {
  const report = await checkAll()
  expect(report.checks.filter(({ holds }) => holds !== true)).toEqual([])
  expect(report).toMatchObject({ holds: true, notListed: 0, counts: { broken: 0, notRecorded: 0 } })
  const kinds = new Set(report.countsByKind.map(({ kind }) => kind))
  expect([...kinds].toSorted()).toEqual(
    integrityKind.options.filter((kind) => kind !== 'unexpected-file').toSorted(),
  )
  expect(rows.filter(({ kind }) => !kinds.has(kind))).toEqual([])
})

describe('one byte changed in', () => {
  for (const row of rows.filter(({ use }) => use !== null)) {
    it(`${row.what} is named or mended where it is used`, async () => {
      const file = find(row)
      const putRight = flipByte(file, row.at)
      try {
        await expect(row.use?.(file)).resolves.toBeUndefined()
      } finally {
        if (row.isMended !== true) putRight()
      }
    })
  }

  it('each of these files is named by the check, and in nothing else', async () => {
    const changed = rows.map((row) => ({
      kind: row.kind,
      file: find(row),
      // What was made again stands at the end.
      putRight: flipByte(find(row), row.isMended === true ? ({ length }) => length - 10 : row.at),
    }))
    try {
      const { holds, checks } = await checkAll()
      const broken = checks.filter((check) => check.holds === false)
      const isOf = (file: string, { subject }: IntegrityCheck): boolean =>
        subject === file || subject.startsWith(`${file}, entry`)
      expect(holds).toBe(false)
      for (const { kind, file } of changed)
        expect(broken.find((check) => isOf(file, check))).toMatchObject({
          kind,
          advice: expect.stringContaining('.'),
        })
      expect(broken.filter((check) => !changed.some(({ file }) => isOf(file, check)))).toEqual([])
    } finally {
      for (const { putRight } of changed) putRight()
    }
  })
})

describe('a cell changed in the catalogue:', () => {
  const change = (cell: Cell) => tamper(join(project, 'catalogue.sqlite'), cell)

  for (const { what, cell, subject, use } of cells.filter((changed) => changed.use !== null)) {
    it(`${what} is named where it is used`, async () => {
      const putRight = change(cell)
      try {
        const refusal = await refusalOf(use?.() ?? Promise.resolve())
        expect(refusal).toMatchObject({ code: 'CONFLICT' })
        expect(refusal.message).toContain(subject)
      } finally {
        putRight()
      }
    })
  }

  it('one of each kind is named by the check, and nothing else', async () => {
    const changed = cells.filter(({ kind }, at) => cells.findIndex((other) => other.kind === kind) === at)
    const putRight = changed.map(({ cell }) => change(cell))
    try {
      const { checks } = await checkAll(true)
      const broken = checks.filter(({ holds }) => holds === false)
      const byKind = (a: { kind: string }, b: { kind: string }) => (a.kind < b.kind ? -1 : 1)
      expect(broken.toSorted(byKind)).toMatchObject(
        changed
          .map(({ kind, subject }) => ({ kind, subject: expect.stringContaining(subject) }))
          .toSorted(byKind),
      )
    } finally {
      for (const undo of putRight) undo()
    }
  })
})

it('a file that is gone is missed, and one of another program is told of without a verdict', async () => {
  const card = join(project, 'models/1/card.json')
  renameSync(card, `${card}.away`)
  try {
    const { checks, holds } = await checkAll(true)
    expect(holds).toBe(false)
    expect(checks.filter((check) => check.holds !== true)).toMatchObject([
      { kind: 'model-card', subject: card, holds: false },
      { kind: 'unexpected-file', subject: `${card}.away`, holds: null },
    ])
  } finally {
    renameSync(`${card}.away`, card)
  }
})

it('a check that is cancelled ends as cancelled and leaves everything as it was', async () => {
  const { jobId } = await client.integrity.check({})
  await client.job.cancel({ jobId })
  expect((await finishJob(client, jobId)).state).toBe('cancelled')
  expect((await checkAll(true)).holds).toBe(true)
})

it('what an older version wrote is told of as not recorded; an export that compares a model records it', async () => {
  const db = new BetterSqlite3(join(project, 'catalogue.sqlite'))
  db.exec("DELETE FROM stored_file WHERE path IN ('models/1/model.onnx', 'models/1/card.json')")
  const older = await checkAll(true)
  expect(older.holds).toBe(true)
  expect(older.checks.filter(({ holds }) => holds === null)).toMatchObject([
    { kind: 'model', subject: join(project, 'models/1/model.onnx'), expected: null },
    { kind: 'model-card', subject: join(project, 'models/1/card.json'), expected: null },
  ])
  const { jobId } = await client.evaluation.create({ modelId: one })
  const result = evaluationResult.parse(await finishWell(client, jobId))
  const { notes } = await client.evaluation.get(result)
  expect(notes).toContainEqual(expect.stringContaining('No hash of'))
  await finishWell(client, (await exportTo(exported)).jobId)
  const recorded = db.prepare('SELECT basis FROM stored_file WHERE path = ?').pluck()
  expect(recorded.get('models/1/model.onnx')).toBe('vouched')
  db.close()
})
