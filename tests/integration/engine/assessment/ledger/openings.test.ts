import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { evaluationId, modelId, type SplitId } from '#shared/contract/base.contract.ts'
import { evaluationResult } from '#shared/contract/evaluation.contract.ts'
import { ledgerHead, ledgerVerdict, ledgerView, type LedgerHead } from '#shared/contract/ledger.contract.ts'
import { createEngine } from '#engine/create-engine.ts'
import { callCommand } from '#tests/fixtures/call-command.ts'
import { changeCatalogue } from '#tests/fixtures/change-catalogue.ts'
import { openEngine, type EngineClient } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishJob, finishWell } from '#tests/fixtures/jobs.ts'
import { productWorkers } from '#tests/fixtures/product.ts'
import { copyTrainedProject } from '#tests/fixtures/trained-project.ts'

const folder = makeTemporaryFolder()
const home = join(folder.path, 'home')
const one = modelId.parse(1)
const window = { asker: { kind: 'window' } } as const
const unseal = { reason: 'Before the release', by: 'Ann' }
let project: string
let pictures: string
let splitId: SplitId

/** A project with a model, as tests find it, and the same whose test part was opened once. */
let untouched: string
let openedOnce: string
let headOfOpened: LedgerHead

beforeAll(async () => {
  await using opened = openEngine(home)
  const { client } = opened
  ;({ project, pictures, splitId } = await copyTrainedProject(folder.path))
  untouched = join(folder.path, 'untouched')
  openedOnce = join(folder.path, 'opened-once')
  rmSync(join(project, 'runs'), { recursive: true })
  for (const copy of [untouched, openedOnce]) cpSync(project, copy, { recursive: true })
  await client.project.open({ folder: openedOnce })
  await evaluateTest(client)
  headOfOpened = await client.ledger.head()
}, 300_000)

afterAll(() => folder[Symbol.dispose]())

/** A project of its own for one test, with the same number as the others: copies of one project are that. */
async function openCopy(name: string, { user = join(folder.path, `user-${name}`) } = {}) {
  const copy = join(folder.path, name)
  cpSync(untouched, copy, { recursive: true })
  const opened = openEngine(user)
  await opened.client.project.open({ folder: copy })
  return { ...opened, copy, catalogue: join(copy, 'catalogue.sqlite'), user }
}

/** A project whose test part was opened once, closed. */
function copyOpened(name: string) {
  const copy = join(folder.path, name)
  cpSync(openedOnce, copy, { recursive: true })
  return { copy, catalogue: join(copy, 'catalogue.sqlite'), head: headOfOpened }
}

async function evaluateTest(client: EngineClient, said: object = unseal) {
  const { jobId } = await client.evaluation.create({
    modelId: one,
    part: 'test',
    unseal: { ...unseal, ...said },
  })
  return evaluationResult.parse(await finishWell(client, jobId))
}

async function listTestFiles(client: EngineClient): Promise<string[]> {
  const filter = { split: { splitId, parts: ['test' as const] } }
  const { items, cells } = await client.image.window({ filter, columns: ['path'], limit: 1000 })
  expect(items.length).toBeGreaterThan(5)
  return cells.map(([path]) => join(pictures, String(path)))
}

describe('a sealed test part', () => {
  it('is not evaluated without a reason: the error says how to open it, and nothing is stored', async () => {
    await using opened = await openCopy('refused')
    const { client } = opened
    const [model] = await client.model.list()
    await expect(client.evaluation.create({ modelId: one, part: 'test' })).rejects.toMatchObject({
      code: 'PRECONDITION',
      message: `The test part of split Split 1 is sealed, and nothing was computed. It was never opened. To open it for model ${model?.name}, say why: evenhand evaluate --model 1 --split 1 --part test --unseal "reason" --by NAME. That is recorded for good and counted in every figure; while choices are still to be made, evaluate on the validation part.`,
    })
    await expect(client.evaluation.create({ modelId: one, part: 'val', unseal })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
    for (const reason of ['', '   '])
      await expect(
        client.evaluation.create({ modelId: one, part: 'test', unseal: { reason } }),
      ).rejects.toThrow('unseal.reason')
    expect(await client.evaluation.list()).toEqual([])
    const { openings, testParts } = await client.ledger.show()
    expect(openings).toEqual([])
    expect(testParts).toMatchObject([{ splitId, openings: [], elsewhere: 0 }])
  })

  it('is not opened for a model whose file is not the one that was trained', async () => {
    await using opened = await openCopy('changed-model')
    const file = join(opened.copy, 'models', '1', 'model.onnx')
    const bytes = readFileSync(file)
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    writeFileSync(file, bytes)
    await expect(
      opened.client.evaluation.create({ modelId: one, part: 'test', unseal }),
    ).rejects.toMatchObject({ code: 'CONFLICT' })
    expect((await opened.client.ledger.show()).openings).toEqual([])
  })

  it('refuses an evaluation in the catalogue itself, whoever writes it', async () => {
    const opened = await openCopy('by-hand')
    await opened[Symbol.asyncDispose]()
    changeCatalogue(opened.catalogue, (db) => {
      const insert = (opening: number | null) =>
        db
          .prepare(
            `INSERT INTO evaluation (model_id, split_id, split_hash, weights_sha256, part, opening, result, created_at)
             SELECT m.id, s.id, s.hash, m.weights_sha256, 'test', ?, '{}', '2026-01-01T00:00:00.000Z' FROM model m, split s`,
          )
          .run(opening)
      expect(() => insert(null)).toThrow('the test part is sealed')
      expect(() => insert(1)).toThrow('the test part is sealed')
    })
  })

  it('answers no picture of it to predict, by model, newest model and exported file, until it is opened', async () => {
    await using opened = await openCopy('predict')
    const { client, engine } = opened
    const [sealed = ''] = await listTestFiles(client)
    const { items, cells } = await client.image.window({
      filter: { split: { splitId, parts: ['train'] } },
      columns: ['path'],
      limit: 1,
    })
    expect(items).toHaveLength(1)
    const open = join(pictures, String(cells[0]?.[0]))
    const images = [sealed, open].map((file) => ({ file, bytes: readFileSync(file) }))
    const exported = join(opened.copy, 'models', '1', 'model.onnx')
    for (const model of [{ modelId: one }, null, { onnxFile: exported }]) {
      const { predictions } = await engine.predict(images, model, window)
      expect(predictions[0]).toEqual({
        file: sealed,
        faces: [],
        error: expect.stringContaining('stands in the sealed test part of split Split 1'),
      })
      expect(predictions[1]?.faces).toHaveLength(1)
    }
    const { lines } = await client.access.list({ filter: { kinds: ['predicted'] } })
    expect(lines.map(({ subject }) => subject['sealed'])).toEqual([1, 1, 1])
    await evaluateTest(client)
    expect((await engine.predict(images, null, window)).predictions[0]?.faces).toHaveLength(1)
  })
})

describe('an opening', () => {
  it('stands in the ledger before anything is computed, also where nothing comes of it', async () => {
    await using opened = await openCopy('cancelled')
    const { client } = opened
    const { jobId } = await client.evaluation.create({ modelId: one, part: 'test', unseal })
    await client.job.cancel({ jobId }).catch(() => undefined)
    const { state } = await finishJob(client, jobId)
    const { openings } = await client.ledger.show()
    expect(openings).toMatchObject([
      {
        by: 'Ann',
        reason: 'Before the release',
        modelId: 1,
        splitId,
        certificate: 'none',
        earlier: 0,
        seenByRuns: 0,
        images: 12,
      },
    ])
    // A job that was told to end may have ended well just before.
    expect(await client.evaluation.list()).toHaveLength(state === 'succeeded' ? 1 : 0)
  })

  it('is counted in whatever is made of its figures, and so are those after it', async () => {
    await using opened = await openCopy('counted')
    const { client } = opened
    const first = await evaluateTest(client)
    expect(first.openings).toBe(1)
    const [line] = (await client.ledger.show()).openings
    const told = await client.evaluation.get({ evaluationId: first.evaluationId })
    expect(told).toMatchObject({
      openings: 1,
      part: 'test',
      testPart: { earlier: 0, later: 0, opening: line },
    })
    expect(told.notes[0]).toBe(
      `Test part, opened once. These figures are of the first opening (line ${line?.line}, ${line?.at.slice(0, 10)} by Ann: "Before the release"). The split had no leakage certificate.`,
    )
    expect(told.notes.filter((note) => note.includes('trained on'))).toEqual([])
    const second = await evaluateTest(client, { reason: 'Once more', by: undefined })
    expect(second.openings).toBe(2)
    const again = await client.evaluation.get({ evaluationId: first.evaluationId })
    expect(again).toMatchObject({ openings: 2, testPart: { earlier: 0, later: 1 } })
    const [newest, oldest] = await client.evaluation.list()
    expect(oldest?.notes[0]).toMatch(/^Test part, opened twice\. These figures are of the first opening/)
    expect(newest?.notes[0]).toMatch(
      /^Test part, opened twice\. These figures are of opening 2: what was learned from the earlier ones/,
    )
    const id = first.evaluationId
    const made = [
      await client.fairness.get({ evaluationId: id, task: 'gender', draws: 0 }),
      await client.fairness.ageGate({ evaluationId: id }),
    ]
    for (const { notes } of made) expect(notes[0]).toMatch(/^Test part, opened twice\./)
    expect(await client.ledger.verify({})).toMatchObject({
      holds: true,
      openings: 2,
      problems: [],
      remarks: [],
    })
  })

  it('counts the same pictures under another split that kept them', async () => {
    await using opened = await openCopy('kept-test')
    const { client } = opened
    await evaluateTest(client)
    const kept = await client.split.create({ keepTestOf: splitId, seed: 9, name: 'Kept' })
    await finishWell(client, kept.jobId)
    const { testParts } = await client.ledger.show()
    expect(testParts.map(({ openings }) => openings.length)).toEqual([1, 1])
    const other = testParts.find(({ split }) => split === 'Kept')
    const { jobId } = await client.evaluation.create({
      modelId: one,
      splitId: other?.splitId,
      part: 'test',
      unseal,
    })
    const result = evaluationResult.parse(await finishWell(client, jobId))
    expect(result.openings).toBe(2)
  })

  it('of an evaluation from before sealing existed is not there, and that is said', async () => {
    const { copy, catalogue } = copyOpened('before')
    changeCatalogue(catalogue, (db) => {
      db.exec(`DROP TRIGGER evaluation_of_sealed_part; DROP TRIGGER evaluation_no_update;
               DROP TRIGGER evaluation_keeps_its_opening; DROP TRIGGER access_line_delete;
               UPDATE evaluation SET opening = NULL;
               DELETE FROM access_line WHERE kind IN ('unsealed', 'evaluated');
               UPDATE ledger_head SET lines = (SELECT max(position) FROM access_line),
                 hash = (SELECT hash FROM access_line ORDER BY position DESC LIMIT 1)`)
    })
    await using later = openEngine(join(folder.path, 'user-of-nobody'))
    await later.client.project.open({ folder: copy })
    const told = await later.client.evaluation.get({ evaluationId: evaluationId.parse(1) })
    expect(told.testPart).toEqual({ opening: null, earlier: 0, later: 0, elsewhere: 0 })
    expect(told.notes[0]).toBe(
      'Test part, opened before sealing existed: nobody recorded how often, for what or by whom.',
    )
    expect((await later.client.ledger.verify({})).remarks).toMatchObject([
      { what: expect.stringContaining('stands on no line') },
    ])
  })
})

describe('the ledger finds', () => {
  /** @param home of another user, who has seen nothing */
  async function verify(copy: string, asked: { head?: string } = {}, user = join(folder.path, 'elsewhere')) {
    await using opened = openEngine(user)
    await opened.client.project.open({ folder: copy })
    return await opened.client.ledger.verify(asked)
  }

  const freeLog = `DROP TRIGGER access_line_delete; DROP TRIGGER access_line_update;`

  it('a line that was edited', async () => {
    const { copy, catalogue } = copyOpened('edited')
    changeCatalogue(catalogue, (db) =>
      db.exec(`${freeLog} UPDATE access_line SET open = replace(open, 'Ann', 'Bob') WHERE kind = 'unsealed'`),
    )
    const found = await verify(copy)
    expect(found).toMatchObject({ holds: false })
    expect(found.problems[0]?.what).toMatch(/^It was changed: its hash is recorded as/)
  })

  it('lines that were dropped at the end, by where it should end and by a head that was kept', async () => {
    const { copy, catalogue, head } = copyOpened('dropped')
    expect(await verify(copy, { head: head.sha256 })).toMatchObject({ holds: true, keptHeadLine: head.n })
    const drop = `${freeLog} DELETE FROM access_line WHERE position >= (SELECT min(position) FROM access_line WHERE kind = 'unsealed')`
    changeCatalogue(catalogue, (db) => {
      db.pragma('foreign_keys = OFF')
      db.exec(drop)
    })
    const cut = await verify(copy)
    expect(cut.problems[0]?.what).toMatch(/^Lines are missing at the end|^A line is missing/)
    const other = copyOpened('rewritten')
    changeCatalogue(other.catalogue, (db) => {
      db.pragma('foreign_keys = OFF')
      db.exec(`${drop};
               UPDATE ledger_head SET lines = (SELECT max(position) FROM access_line),
                 hash = (SELECT hash FROM access_line ORDER BY position DESC LIMIT 1) WHERE ledger = 'access'`)
    })
    // The chain itself is whole again: what is left to tell is the head that was kept, and the evaluation without a line.
    const rewritten = await verify(other.copy, { head: head.sha256 })
    expect(rewritten.problems.map(({ what }) => what)).toEqual([
      expect.stringContaining('no line says that the evaluation was stored'),
      expect.stringContaining(`No line has the hash ${head.sha256} that was kept`),
    ])
    expect(rewritten.remarks).toEqual([])
  })

  it('answers that were swapped, and figures that were bettered', async () => {
    const { copy, catalogue } = copyOpened('swapped')
    changeCatalogue(catalogue, (db) => {
      db.exec(`DROP TRIGGER IF EXISTS prediction_no_update; DROP TRIGGER evaluation_no_update;
               UPDATE prediction SET predicted = labelled WHERE labelled IS NOT NULL;
               UPDATE evaluation SET result = replace(result, '"low":', '"low": ')`)
    })
    const found = await verify(copy)
    expect(found.holds).toBe(false)
    expect(found.problems.map(({ what }) => what.split(' of evaluation')[0])).toEqual([
      'The answers',
      'The figures',
    ])
  })

  it('an evaluation whose opening was taken off it or changed', async () => {
    for (const [name, to, said] of [
      ['opening-off', 'NULL', 'goes by no opening'],
      ['opening-other', '1', 'goes by the opening on line 1'],
    ] as const) {
      const { copy, catalogue } = copyOpened(name)
      changeCatalogue(catalogue, (db) => {
        db.exec(`DROP TRIGGER evaluation_no_update; DROP TRIGGER evaluation_keeps_its_opening;
                 UPDATE evaluation SET opening = ${to}`)
      })
      const { holds, problems, remarks } = await verify(copy)
      expect(holds).toBe(false)
      expect(problems).toMatchObject([
        { what: expect.stringContaining(`Evaluation 1 ${said}, and was stored`) },
      ])
      expect(remarks).toEqual([])
    }
  })

  it('an opening that was made in a copy of the project, on the same machine', async () => {
    const user = join(folder.path, 'one-user')
    const secret = await openCopy('secret-copy', { user })
    await evaluateTest(secret.client, { reason: 'Just looking' })
    await secret[Symbol.asyncDispose]()
    const honest = await openCopy('honest', { user })
    const { client } = honest
    expect((await client.ledger.verify({})).problems.map(({ what }) => what)).toEqual([
      expect.stringContaining(`in ${secret.copy}`),
    ])
    expect((await client.ledger.show()).testParts).toMatchObject([{ openings: [], elsewhere: 1 }])
    await expect(client.evaluation.create({ modelId: one, part: 'test' })).rejects.toThrow(
      'Its pictures were opened once before.',
    )
    const { evaluationId: id, openings } = await evaluateTest(client)
    expect(openings).toBe(2)
    const told = await client.evaluation.get({ evaluationId: id })
    expect(told.openings).toBe(2)
    expect(told.notes[0]).toContain('This machine saw them opened once more in a copy of the project')
    await honest[Symbol.asyncDispose]()
    const again = [
      'evaluate',
      '--model',
      '1',
      '--part',
      'test',
      '--unseal',
      'Again',
      '--project',
      honest.copy,
    ]
    const { stderr } = await callCommand(again, { userDataFolder: user })
    expect(stderr).toContain('Its pictures had been opened twice before.')
  })

  it('an opening that was made in a copy, also after a picture of the split was erased', async () => {
    const user = join(folder.path, 'erasing-user')
    const secret = await openCopy('copy-before-erasure', { user })
    await evaluateTest(secret.client, { reason: 'Just looking' })
    await secret[Symbol.asyncDispose]()
    await using honest = await openCopy('erased-since', { user })
    const { client } = honest
    const { items } = await client.image.query({ filter: { split: { splitId, parts: ['train'] } }, limit: 1 })
    const request = { images: items.map(({ id }) => id), reason: 'Consent withdrawn' }
    await finishWell(client, (await client.erasure.start(request)).jobId)
    expect((await client.ledger.show()).testParts).toMatchObject([{ openings: [], elsewhere: 1 }])
    const { evaluationId: id } = await evaluateTest(client)
    const { testPart } = await client.evaluation.get({ evaluationId: id })
    expect(testPart).toMatchObject({ earlier: 0, elsewhere: 1 })
  })

  it('an opening that was lost when an earlier catalogue was put back', async () => {
    await using opened = await openCopy('put-back')
    const { client, copy } = opened
    const { file } = await client.project.backUp({})
    await evaluateTest(client)
    await client.project.restore({ folder: copy, file })
    expect((await client.ledger.show()).openings).toEqual([])
    const { holds, problems } = await client.ledger.verify({})
    expect(holds).toBe(false)
    expect(problems).toMatchObject([{ what: expect.stringContaining('in a state of it that is gone') }])
  })

  it('a clock that was set back, and one that was ahead', async () => {
    const copy = join(folder.path, 'clock')
    cpSync(untouched, copy, { recursive: true })
    const hour = 3_600_000
    const at = async (shiftMs: number, work: (client: EngineClient) => Promise<unknown>): Promise<void> => {
      const engine = createEngine({
        host: 'cli',
        userDataFolder: join(folder.path, 'clock-user'),
        workers: productWorkers,
        now: () => Date.now() + shiftMs,
      })
      const client: EngineClient = createRouterClient(engine.router)
      await client.project.open({ folder: copy })
      await work(client)
      await engine.dispose()
    }
    await at(2 * hour, (client) => client.project.close())
    await at(-hour, async (client) => {
      await evaluateTest(client)
      const { holds, remarks } = await client.ledger.verify({})
      expect(holds).toBe(true)
      expect(remarks.map(({ what }) => what)).toEqual([
        expect.stringContaining('which has not come yet'),
        expect.stringContaining('the clock was set back between them'),
      ])
    })
  })
})

describe('the command line', () => {
  it('opens with a reason, prints the head, and shows, verifies and ends the ledger', async () => {
    const opened = await openCopy('cli')
    await opened[Symbol.asyncDispose]()
    const run = (...argv: string[]) =>
      callCommand([...argv, '--project', opened.copy], { userDataFolder: opened.user })
    const refused = await run('evaluate', '--model', '1', '--part', 'test')
    expect(refused).toMatchObject({ code: 5 })
    expect(refused.stderr).toContain('is sealed, and nothing was computed')
    const reason = ['--unseal', 'Final audit', '--by', 'Bea']
    const evaluated = await run('evaluate', '--model', '1', '--part', 'test', ...reason, '--json')
    expect(evaluated.code).toBe(0)
    expect(evaluationResult.parse(JSON.parse(evaluated.stdout))).toMatchObject({ openings: 1 })
    expect(evaluated.stderr).toContain('Its pictures had never been opened before.')
    const shown = ledgerView.parse(JSON.parse((await run('ledger', 'show', '--json')).stdout))
    expect(shown.openings).toMatchObject([{ by: 'Bea', reason: 'Final audit' }])
    const [said] = /[0-9a-f]{64}(?=\. Keep that hash)/.exec(evaluated.stderr) ?? []
    const verdict = await run('ledger', 'verify', '--head', said ?? '', '--json')
    expect(verdict.code).toBe(0)
    expect(ledgerVerdict.parse(JSON.parse(verdict.stdout))).toMatchObject({ holds: true, openings: 1 })
    const wrong = await run('ledger', 'verify', '--head', '0'.repeat(64))
    expect(wrong.code).toBe(4)
    expect(wrong.stdout).toContain('that was kept')
    expect(ledgerHead.parse(JSON.parse((await run('ledger', 'head', '--json')).stdout)).n).toBeGreaterThan(2)
    expect((await run('ledger', 'list')).stdout).toContain('opened once')
    const listed = z.array(z.looseObject({ openings: z.number() }))
    expect(listed.parse(JSON.parse((await run('evaluations', '--json')).stdout))).toMatchObject([
      { openings: 1 },
    ])
    expect((await run('evaluate', '--model', '1', '--part', 'test', '--unseal', ' ')).code).toBe(2)
  })

  it('refuses sealed pictures to a model that is named by its file, from inside and outside the project', async () => {
    const opened = await openCopy('cli-file')
    const [sealed = ''] = await listTestFiles(opened.client)
    await opened[Symbol.asyncDispose]()
    const file = join(opened.copy, 'models', '1', 'model.onnx')
    const run = (workingFolder: string, ...argv: string[]) =>
      callCommand(argv, { userDataFolder: opened.user, workingFolder })
    const refusal = 'stands in the sealed test part of split Split 1'
    const moved = join(folder.path, 'moved.onnx')
    cpSync(file, moved)
    for (const asked of [
      { from: opened.copy, argv: ['--model', 'models/1/model.onnx'] },
      { from: folder.path, argv: ['--model', file] },
      { from: folder.path, argv: ['--model', moved, '--project', opened.copy] },
    ]) {
      const predicted = await run(asked.from, 'predict', sealed, ...asked.argv)
      expect(predicted.stdout).toContain(refusal)
    }
    const explain = [
      'explain',
      '--image',
      sealed,
      '--model',
      'models/1/model.onnx',
      '--out',
      join(folder.path, 'map'),
    ]
    const explained = await run(opened.copy, ...explain)
    expect(explained.code).toBe(5)
    expect(explained.stderr).toContain('sealed test part of split Split 1')
    await using later = openEngine(opened.user)
    await later.client.project.open({ folder: opened.copy })
    const { lines } = await later.client.access.list({ filter: { kinds: ['predicted'] } })
    expect(lines.map(({ subject }) => subject['sealed'])).toEqual([1, 1, 1])
  })
})
