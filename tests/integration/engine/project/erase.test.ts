import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { modelId, type ImageId, type SplitId } from '#shared/contract/base.contract.ts'
import { erasureResult, type ErasurePreview, type ErasureResult } from '#shared/contract/erasure.contract.ts'
import { evaluationResult } from '#shared/contract/evaluation.contract.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { integrityReport } from '#shared/contract/integrity.contract.ts'
import { openEngine, type EngineClient } from '#tests/fixtures/engine.ts'
import { findBytes } from '#tests/fixtures/find-bytes.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { importFolder } from '#tests/fixtures/imports.ts'
import { finishWell } from '#tests/fixtures/jobs.ts'
import { makeLabelledProject } from '#tests/fixtures/labelled-project.ts'
import { pictureChecks, scanProject } from '#tests/fixtures/scans.ts'

const folder = makeTemporaryFolder()
const opened = openEngine(join(folder.path, 'home'))
const { client } = opened
/** Nothing here hangs on what the backbone has learned, and the heads alone take half the time. */
const training = { inputSize: 32, epochs: 1, batchSize: 8, device: 'cpu', trainable: 'heads' } as const
const note = 'she wears a Wedgwood-blue scarf'

interface Victim {
  readonly imageId: ImageId
  readonly path: string
  readonly wanted: Readonly<Record<string, Uint8Array | string>>
}
let project: string
let pictures: string
let splitId: SplitId
let victims: readonly Victim[]
let preview: ErasurePreview
let before: Record<string, string[]>
let result: ErasureResult
let firstEvaluation: number

function openCatalogue(): BetterSqlite3.Database {
  return new BetterSqlite3(join(project, 'catalogue.sqlite'))
}

/** What of an image stands in the project, as bytes that nothing else there has. */
function describeVictim(part: 'train' | 'val'): Victim {
  const db = openCatalogue()
  try {
    const row = db
      .prepare<[string], { id: number; path: string; file_sha256: string; pixel_sha256: string }>(
        `SELECT image.* FROM image JOIN split_member m ON m.image_id = image.id
         WHERE m.part = ? ORDER BY image.id LIMIT 1`,
      )
      .get(part)
    if (row === undefined) throw new Error(`No image in ${part}`)
    const blob = (sql: string): Buffer => {
      const found = db.prepare<[number], Buffer>(sql).pluck().get(row.id)
      if (found === undefined) throw new Error(`Nothing for ${sql}`)
      return found
    }
    const tensors = readFileSync(join(project, 'cache', readCache('.bin')))
    const index = readFileSync(join(project, 'cache', readCache('.index')))
    const at = index.indexOf(Buffer.from(row.pixel_sha256, 'hex')) / 36
    const bytes = 3 * training.inputSize ** 2
    const thumb = join(project, 'thumbs', row.pixel_sha256.slice(0, 2), `${row.pixel_sha256}.webp`)
    return {
      imageId: row.id as ImageId,
      path: row.path,
      wanted: {
        [`${part} picture`]: readFileSync(join(pictures, row.path)).subarray(100, 400),
        [`${part} thumbnail`]: readFileSync(thumb).subarray(30, 200),
        [`${part} tensor`]: tensors.subarray(at * bytes, at * bytes + 400),
        [`${part} descriptor`]: blob('SELECT vector FROM embedding WHERE image_id = ?').subarray(0, 200),
        [`${part} grey levels`]: blob('SELECT grey FROM image_measure WHERE image_id = ?'),
        [`${part} path`]: row.path,
        [`${part} hash of the file`]: row.file_sha256,
        [`${part} hash of the pixels`]: row.pixel_sha256,
        ...(part === 'val'
          ? { 'val answer': blob(`SELECT probabilities FROM prediction WHERE image_id = ? AND task = 'age'`) }
          : {}),
      },
    }
  } finally {
    db.close()
  }
}

const readCache = (ending: string): string => {
  const name = readdirSync(join(project, 'cache')).find(
    (one) => one.startsWith('tensors-') && one.endsWith(ending),
  )
  if (name === undefined) throw new Error('No tensors are cached')
  return name
}

async function trainAndEvaluate(on: EngineClient, split: SplitId) {
  const { runId, jobId } = await on.run.start({ splitId: split, ...training })
  await finishWell(on, jobId)
  const model = (await on.run.get({ runId })).modelId
  if (model === null) throw new Error('The run made no model')
  return evaluate(on, model)
}

async function evaluate(on: EngineClient, model: number) {
  const { jobId } = await on.evaluation.create({ modelId: modelId.parse(model) })
  const { evaluationId } = evaluationResult.parse(await finishWell(on, jobId))
  return on.evaluation.get({ evaluationId })
}

beforeAll(async () => {
  const made = await makeLabelledProject(client, {
    folder: folder.path,
    images: 50,
    import: { name: 'faces', copy: true },
  })
  ;({ project, pictures, splitId } = made)
  await scanProject(client)
  firstEvaluation = (await trainAndEvaluate(client, splitId)).evaluationId
  await finishWell(client, (await client.embedding.start({ modelId: modelId.parse(1) })).jobId)
  await finishWell(
    client,
    (await client.crossval.start({ config: { splitId, ...training }, folds: 2 })).jobId,
  )
  await finishWell(client, (await client.leakage.certify({ splitId })).jobId)
  await client.snapshot.create({ name: 'before' })
  victims = [describeVictim('train'), describeVictim('val')]
  for (const { imageId } of victims) {
    const { revision } = await client.image.get({ imageId })
    const target = { images: [{ imageId, revision }] }
    await client.decision.decide({ action: 'keep', target, note })
  }
  await client.project.backUp({})
  const reports = join(project, 'reports')
  await client.image.export({ format: 'csv', file: join(reports, 'images.csv') })
  await client.split.export({ splitId, file: join(reports, 'split.csv') })
  writeFileSync(join(reports, 'notes.txt'), 'a text that names nobody')
  const wanted = Object.assign({ note }, ...victims.map((one) => one.wanted))
  before = findBytes(project, wanted)
  preview = await client.erasure.preview({ images: victims.map(({ imageId }) => imageId) })
  const { jobId } = await client.erasure.start({
    images: victims.map(({ imageId }) => imageId),
    reason: 'Consent withdrawn',
    backups: 'remake',
    tables: 'delete',
  })
  result = erasureResult.parse(await finishWell(client, jobId))
}, 600_000)

afterAll(async () => {
  await opened[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

describe('erasing', () => {
  it('says before what will go, and who has learned from it', () => {
    expect(preview.images.map(({ imageId, because }) => [imageId, because])).toEqual(
      victims.map(({ imageId }) => [imageId, 'asked']).sort(([a], [b]) => Number(a) - Number(b)),
    )
    expect(preview.files).toHaveLength(4)
    expect(preview.originals).toEqual([])
    expect(preview.backups).toHaveLength(1)
    const tables = ['images.csv', 'split.csv'].map((name) => join(project, 'reports', name))
    expect(preview.tables).toEqual(tables)
    expect(preview.rows).toMatchObject({ image: 2, image_measure: 2, embedding: 2, split_member: 2 })
    const effects = Object.fromEntries(
      preview.effects.map(({ kind, id, images, outcome }) => [`${kind} ${id}`, [images, outcome]]),
    )
    expect(effects).toMatchObject({
      'split 1': [2, 'counted-anew'],
      'snapshot 1': [2, 'counted-anew'],
      'run 1': [1, 'marked'],
      'model 1': [1, 'marked'],
      'validation 1': [1, 'marked'],
      'evaluation 1': [1, 'counted-anew'],
      'crossval 1': [2, 'counted-anew'],
    })
    expect(preview.warning).toMatch(/cannot be undone/)
  })

  it('leaves not a byte of the pictures in the folder: in no file, no free page, no log and no cache', () => {
    const wanted = Object.assign({ note }, ...victims.map((one) => one.wanted))
    const nowhere = Object.fromEntries(Object.keys(wanted).map((name) => [name, []]))
    expect(Object.values(before).filter((files) => files.length === 0)).toEqual([])
    expect(findBytes(project, wanted)).toEqual(nowhere)
    expect(result).toMatchObject({ images: 2, backupsKept: [], backupsDeleted: preview.backups })
    expect(result.backupMade !== null && existsSync(result.backupMade)).toBe(true)
  })

  it('leaves a whole catalogue in which no other row has gone', async () => {
    const db = openCatalogue()
    try {
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
      expect(db.pragma('foreign_key_check')).toEqual([])
      expect(db.prepare('SELECT count(*) FROM erasing').pluck().get()).toBe(0)
      expect(db.prepare('SELECT count(*) FROM image').pluck().get()).toBe(48)
      // Sealed rows of other images are as closed as ever.
      const refuse = (sql: string) => expect(() => db.exec(sql)).toThrow(/immutable|append-only/)
      for (const table of [
        'prediction',
        'split_member',
        'snapshot_member',
        'crossval_member',
        'erased_image',
      ])
        refuse(`DELETE FROM ${table}`)
      refuse(`UPDATE evaluation SET result = '{}'`)
      refuse(`UPDATE split SET hash = 'x'`)
      refuse('UPDATE erasure SET is_complete = 0')
    } finally {
      db.close()
    }
    expect((await client.image.facets({})).total).toBe(48)
  })

  it('leaves all hashes right: of lists, figures and answers, and of the history that lost the decisions', async () => {
    const { jobId } = await client.integrity.check({})
    const { holds, checks } = integrityReport.parse(await finishWell(client, jobId))
    expect(checks.filter((one) => one.holds === false)).toEqual([])
    expect(holds).toBe(true)
    const history = checks.find(({ kind }) => kind === 'history')
    expect(history?.found).toMatch(/of which [1-9]\d* decisions were erased/)
  })

  it('has every table let go that names images', () => {
    const db = openCatalogue()
    try {
      const naming = db
        .prepare<[], string>(
          `SELECT DISTINCT t.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c
           WHERE t.type = 'table' AND c.name = 'image_id' AND t.name NOT IN ('erased_image', 'erasing')`,
        )
        .pluck()
        .all()
      expect(Object.keys(preview.rows).toSorted()).toEqual(['image', ...naming].toSorted())
    } finally {
      db.close()
    }
  })

  it('works out figures anew: an evaluation is what a new one of the same model comes to', async () => {
    const kept = await client.evaluation.get({ evaluationId: firstEvaluation })
    const fresh = await evaluate(client, 1)
    const { tasks, images, intervals, bootstrap, notes, splitHash } = fresh
    expect(kept).toMatchObject({ tasks, images, intervals, bootstrap, notes, splitHash, erasedImages: 1 })
    expect(fresh.erasedImages).toBeUndefined()
    expect(kept.notes).toContainEqual(expect.stringContaining('The leakage certificate of split'))
    const [crossval] = await client.crossval.list()
    expect(crossval).toMatchObject({ erasedImages: 2, images: 38 })
    expect(crossval?.results?.race?.accuracy?.n).toBe(38)
    const detail = await client.crossval.get({ crossvalId: crossval?.id ?? 0 })
    expect(detail.parts.reduce((sum, { images: held }) => sum + held, 0)).toBe(38)
  })

  it('marks what has learned from the pictures, and what held them', async () => {
    expect(await client.model.get({ modelId: modelId.parse(1) })).toMatchObject({ erasedImages: 1 })
    expect(await client.run.get({ runId: 1 })).toMatchObject({
      erasedImages: 1,
      erasedValidationImages: 1,
    })
    expect(await client.split.get({ splitId })).toMatchObject({ erasedImages: 2 })
    const [snapshot] = await client.snapshot.list()
    expect(snapshot).toMatchObject({ images: 48, erasedImages: 2 })
    const [erasure] = await client.erasure.list()
    expect(erasure).toMatchObject({ reason: 'Consent withdrawn', images: 2, isComplete: true })
    const hashes = victims.map(({ path }) => hashBytes(readFileSync(join(pictures, path))))
    expect(erasure?.hashes.toSorted()).toEqual(hashes.toSorted())
  })

  it('gives the figures of a project that never had the pictures', async () => {
    const without = join(folder.path, 'pictures-without')
    cpSync(pictures, without, { recursive: true })
    for (const { path } of victims) rmSync(join(without, path))
    const request = { seed: 3, ratios: { train: 0.6, val: 0.2, test: 0.2 } }
    const describeProject = async (on: EngineClient) => {
      await scanProject(on)
      const { jobId } = await on.split.create({ ...request, name: 'twin' })
      await finishWell(on, jobId)
      const split = (await on.split.list()).find(({ name }) => name === 'twin')
      if (split === undefined) throw new Error('No split was made')
      const { tasks, images, intervals } = await trainAndEvaluate(on, split.splitId)
      const checks = (await on.check.list()).filter(({ id }) => pictureChecks.includes(id))
      return {
        facets: await on.image.facets({}),
        snapshot: (await on.snapshot.create({ name: 'twin' })).hash,
        split: [split.hash, split.parts, split.totalVariation],
        checks: checks.map(({ id, images: n, flagged, open }) => [id, n, flagged, open]),
        evaluation: { tasks, images, intervals },
      }
    }
    await using other = openEngine(join(folder.path, 'other-home'))
    await other.client.project.create({ folder: join(folder.path, 'twin') })
    await importFolder(other.client, { source: without, format: 'utkface', name: 'faces', copy: true })
    expect(await describeProject(client)).toEqual(await describeProject(other.client))
  }, 300_000)

  it('takes an erased picture in no more, and says so without its name', async () => {
    const again = await importFolder(client, {
      source: pictures,
      format: 'utkface',
      name: 'faces',
      copy: true,
    })
    expect(again).toMatchObject({ seen: 50, imported: 0, unchanged: 48 })
    expect(again.skipped).toHaveLength(2)
    for (const { file, reason } of again.skipped) {
      expect(file).toMatch(/^erased picture [0-9a-f]{16}$/)
      expect(reason).toMatch(/was erased on \d{4}-\d\d-\d\d by .+ \(Consent withdrawn\)/)
    }
    const wanted = Object.assign({}, ...victims.map((one) => one.wanted))
    expect(Object.values(findBytes(project, wanted)).flat()).toEqual([])
    const other = await importFolder(client, { source: pictures, format: 'utkface', name: 'other' })
    expect(other).toMatchObject({ imported: 48 })
    const { total } = await client.image.facets({})
    expect(total).toBe(96)
  })

  it('refuses an image that is not there, and nothing at all', async () => {
    const [{ imageId } = { imageId: 0 as ImageId }] = victims
    await expect(client.erasure.preview({ images: [imageId] })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(client.erasure.start({ reason: 'x' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })
})
