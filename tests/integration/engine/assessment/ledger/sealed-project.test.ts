import { cpSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import * as z from 'zod'
import { modelId, type SplitId } from '#shared/contract/base.contract.ts'
import { predictResponse } from '#shared/contract/prediction.contract.ts'
import type { Engine } from '#engine/engine.ts'
import { procedures } from '#engine/base/procedures/handlers.ts'
import { openEngine, type EngineClient } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishWell } from '#tests/fixtures/jobs.ts'
import { drawPicture } from '#tests/fixtures/labelled-project.ts'
import { copyTrainedProject } from '#tests/fixtures/trained-project.ts'
import { writeWindowFolder } from '#tests/fixtures/window-folder.ts'
import { startServer } from '../../../../../src/main/hosts/server/start-server.ts'

const folder = makeTemporaryFolder()
const home = join(folder.path, 'home')
const one = modelId.parse(1)
let project: string
let pictures: string
let splitId: SplitId
/** What the model answers about each picture of the test part: one task's probabilities, as they are stored. */
let answers: readonly Uint8Array[]

beforeAll(async () => {
  await using opened = openEngine(home)
  const { client } = opened
  ;({ project, pictures, splitId } = await copyTrainedProject(folder.path))
  await client.project.open({ folder: project })
  await finishWell(client, (await client.evaluation.create({ modelId: one })).jobId)
  await client.project.close()
  const copy = join(folder.path, 'opened')
  cpSync(project, copy, { recursive: true })
  answers = await readAnswers(copy)
}, 300_000)

afterAll(() => folder[Symbol.dispose]())

/** Opens the test part of a copy, as another user, and reads the answers out of its catalogue. */
async function readAnswers(copy: string): Promise<Uint8Array[]> {
  {
    await using opened = openEngine(join(folder.path, 'other-user'))
    await opened.client.project.open({ folder: copy })
    const unseal = { reason: 'To know what is not to be found', by: 'Ann' }
    const { jobId } = await opened.client.evaluation.create({ modelId: one, part: 'test', unseal })
    await finishWell(opened.client, jobId)
  }
  const connection = new BetterSqlite3(join(copy, 'catalogue.sqlite'), { readonly: true })
  try {
    const rows = connection
      .prepare(
        `SELECT p.probabilities FROM prediction p JOIN evaluation e ON e.id = p.evaluation_id WHERE e.part = 'test'`,
      )
      .all()
    return z
      .array(z.object({ probabilities: z.instanceof(Uint8Array) }))
      .parse(rows)
      .map(({ probabilities }) => probabilities)
  } finally {
    connection.close()
  }
}

const numbersOf = (bytes: Uint8Array): number[] => [...new Float32Array(bytes.slice().buffer)]

interface Schema {
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly format?: string
  readonly pattern?: string
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly items?: Schema
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
}

/** The plainest input that a schema takes: number 1, the first choice, one of a list, only what must be there. */
function makeInput(schema: Schema, out: string): unknown {
  const { anyOf, oneOf, items, properties = {}, required = [] } = schema
  if (schema.const !== undefined) return schema.const
  if (schema.enum !== undefined) return schema.enum[0]
  const [first] = anyOf ?? oneOf ?? []
  if (first !== undefined) return makeInput(first, out)
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(required.map((key) => [key, makeInput(properties[key] ?? {}, out)]))
    case 'array':
      return items === undefined ? [] : [makeInput(items, out)]
    case 'string':
      if (schema.format === 'path') return out
      return schema.pattern === undefined ? 'race' : '0'.repeat(64)
    case 'boolean':
      return true
    case 'integer':
    case 'number':
      return Math.max(1, schema.minimum ?? 1)
    default:
      return 1
  }
}

/** Not called: they close or leave the project, take a minute whatever they are asked, or never end. */
const leftOut = new Set([
  'project.close',
  'project.open',
  'project.create',
  'project.createSample',
  'project.restore',
  'system.testDevice',
  'system.events',
  'erasure.start',
  'dataset.undoImport',
  'run.start',
  'run.sweep',
  'crossval.start',
  'map.start',
  'run.estimate',
])

/** What a schema cannot tell of an input: whose answers are asked for, which some procedures leave open. */
const wanted: Readonly<Record<string, object>> = {
  'fairness.get': { evaluationId: 1 },
  'fairness.images': { evaluationId: 1 },
  'fairness.errorTree': { evaluationId: 1 },
  'fairness.errorTreeImages': { evaluationId: 1 },
}

/** All answers of all procedures as one text, with the number of calls that were answered. */
async function callAll(client: EngineClient): Promise<{ text: string; answered: string[] }> {
  const told: string[] = []
  const answered: string[] = []
  for (const { noun, verb, procedure } of procedures) {
    const name = `${noun}.${verb}`
    if (leftOut.has(name)) continue
    const { inputSchema } = procedure['~orpc']
    const out = join(folder.path, `out-${name}.csv`)
    const schema =
      inputSchema instanceof z.ZodType
        ? z.toJSONSchema(inputSchema, { io: 'input', unrepresentable: 'any' })
        : null
    const plain = schema === null ? undefined : makeInput(schema as Schema, out)
    const input = name in wanted ? Object.assign({}, plain, wanted[name]) : plain
    const call = (client as unknown as Record<string, Record<string, (given: unknown) => Promise<unknown>>>)[
      noun
    ]?.[verb]
    try {
      told.push(JSON.stringify(await call?.(input)) ?? '')
      answered.push(name)
    } catch (error) {
      told.push(String(error))
    }
  }
  return { text: told.join('\n'), answered }
}

/** The service and REST: one sealed picture beside one that anybody drew, and an evaluation without a reason. */
async function askServer(engine: Engine, sealed: string) {
  const other = join(folder.path, 'other.png')
  await drawPicture(other, { race: 1, gender: 1, seed: 999 })
  const windowFolder = join(folder.path, 'window')
  writeWindowFolder(windowFolder)
  const server = await startServer({
    engine,
    port: 0,
    windowFolder,
    apiKey: 'a key of more than sixteen characters',
    predictModel: { modelId: one },
    log: () => undefined,
  })
  try {
    const body = new FormData()
    for (const file of [sealed, other])
      body.append('image', new Blob([Uint8Array.from(readFileSync(file))]), basename(file))
    const headers = { authorization: 'Bearer a key of more than sixteen characters' }
    const answer = await fetch(`${server.origin}/predict`, { method: 'POST', body, headers })
    const refused = await fetch(`${server.origin}/api/evaluations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ modelId: 1, part: 'test' }),
    })
    return {
      predictions: predictResponse.parse(await answer.json()).predictions,
      evaluation: refused.status,
    }
  } finally {
    await server.close()
  }
}

/** Waits until no job is left to run. */
async function settle(client: EngineClient): Promise<void> {
  for (const { id, state } of await client.job.list({}))
    if (state === 'queued' || state === 'running') await finishWell(client, id).catch(() => undefined)
}

function* listFiles(at: string): Generator<string> {
  for (const name of readdirSync(at)) {
    const path = join(at, name)
    if (statSync(path).isDirectory()) yield* listFiles(path)
    else yield path
  }
}

it('no procedure and no file tells what the model answers about a sealed picture', async () => {
  expect(answers).toHaveLength(3 * 12)
  const opened = openEngine(home)
  const { client, engine } = opened
  await client.project.open({ folder: project })
  const filter = { split: { splitId, parts: ['test' as const] } }
  const { items, cells } = await client.image.window({ filter, columns: ['path'], limit: 1000 })
  const files = cells.map(([path]) => join(pictures, String(path)))
  const images = files.map((file) => ({ file, bytes: readFileSync(file) }))
  const predicted = await engine.predict(images, null, { asker: { kind: 'window' } })
  expect(predicted.predictions.every(({ faces }) => faces.length === 0)).toBe(true)
  const served = await askServer(engine, files[0] ?? '')
  expect(served.evaluation).toBe(412)
  expect(
    served.predictions.map(({ faces, error }) => [faces.length, error?.includes('sealed test part')]),
  ).toEqual([
    [0, true],
    [1, undefined],
  ])
  // The most that the product makes of pictures by a trained model: its embeddings, and labels checked by them.
  await finishWell(client, (await client.embedding.start({ modelId: one })).jobId)
  const scan = { checks: ['label-gender' as const], labelsBy: 'embeddings' as const }
  await finishWell(client, (await client.scan.start(scan)).jobId)
  const scores = await client.image.cells({
    images: items.map(({ id }) => id),
    columns: ['score:label-gender'],
  })
  expect(scores).toEqual(items.map(() => [null]))
  for (const { id } of items.slice(0, 2)) {
    const varied = client.explanation.vary({ of: { imageId: id } })
    await expect(varied).rejects.toMatchObject({ code: 'PRECONDITION' })
    const answer = client.explanation.answer({ imageId: id })
    await expect(answer).rejects.toMatchObject({ code: 'PRECONDITION' })
  }
  const { text, answered } = await callAll(client)
  await settle(client)
  // Enough of them take the plainest input for the rest of this to mean something.
  for (const name of [
    'evaluation.list',
    'evaluation.cell',
    'fairness.get',
    'crossval.list',
    'job.list',
    'image.export',
  ])
    expect(answered).toContain(name)
  expect(answered.length).toBeGreaterThan(70)
  const jobs = await client.job.list({})
  await opened[Symbol.asyncDispose]()
  const all = [
    text,
    JSON.stringify(jobs),
    JSON.stringify(predicted),
    JSON.stringify(served.predictions[0]),
  ].join('\n')
  const numbers = answers.flatMap(numbersOf).filter((value) => value > 1e-6 && value < 1 - 1e-6)
  expect(numbers.length).toBeGreaterThan(100)
  expect(numbers.filter((value) => all.includes(String(value)))).toEqual([])
  const written = [project, home, pictures].flatMap((at) => [...listFiles(at)])
  const telling = written.filter((file) => {
    const bytes = readFileSync(file)
    return answers.some((answer) => bytes.includes(Buffer.from(answer)))
  })
  expect(telling).toEqual([])
}, 300_000)

it('the search above would find them: they stand in the catalogue that was opened', () => {
  const [first = new Uint8Array()] = answers
  const bytes = readFileSync(join(folder.path, 'opened', 'catalogue.sqlite'))
  expect(bytes.includes(Buffer.from(first))).toBe(true)
})
