import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { baselineId } from '#shared/contract/baseline.contract.ts'
import { evaluationId, modelId } from '#shared/contract/base.contract.ts'
import { reportDocument, reportResult, type ReportDocument } from '#shared/contract/report.contract.ts'
import { callCommand } from '#tests/fixtures/call-command.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishWell } from '#tests/fixtures/jobs.ts'
import { makeLabelledProject } from '#tests/fixtures/labelled-project.ts'

const folder = makeTemporaryFolder()
const home = join(folder.path, 'home')
const opened = openEngine(home)
const { client } = opened
const one = evaluationId.parse(1)
let project: string

beforeAll(async () => {
  const made = await makeLabelledProject(client, { folder: folder.path, images: 150 })
  project = made.project
  const trainable = 'heads' as const
  const request = { splitId: made.splitId, inputSize: 32, epochs: 1, batchSize: 16, trainable }
  await finishWell(client, (await client.run.start(request)).jobId)
  await finishWell(
    client,
    (await client.evaluation.create({ modelId: modelId.parse(1), part: 'train' })).jobId,
  )
}, 300_000)

afterAll(async () => {
  await opened[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

/** Writes a report and reads its files back by their names. */
async function make(name: string, asked: object = {}): Promise<Map<string, Buffer>> {
  const out = join(folder.path, name)
  const { jobId } = await client.report.make({ evaluationId: one, folder: out, draws: 40, ...asked })
  const { files } = reportResult.parse(await finishWell(client, jobId))
  return new Map(
    files.map(({ file }) => [file.slice(out.length + 1).replaceAll('\\', '/'), readFileSync(file)]),
  )
}

const readReport = (files: Map<string, Buffer>): ReportDocument =>
  reportDocument.parse(JSON.parse(files.get('report.json')?.toString() ?? ''))

describe('a report', () => {
  it('says what the services say, in every format, and names no place of this machine', async () => {
    const files = await make('first')
    expect([...files.keys()].filter((name) => !name.startsWith('tables/'))).toEqual([
      'report.json',
      'report.html',
      'report.pdf',
    ])
    const report = readReport(files)
    const evaluation = await client.evaluation.get({ evaluationId: one })
    const byRace = await client.fairness.get({ evaluationId: one, task: 'gender', by: ['race'], draws: 40 })
    const gender = report.tasks.find(({ task }) => task === 'gender')
    expect(gender?.result).toEqual(evaluation.tasks.gender)
    expect(gender?.groups.find(({ metric, by }) => metric === 'accuracy' && by.join() === 'race')).toEqual(
      byRace,
    )
    expect(report.subject).toMatchObject({ images: evaluation.images, splitHash: evaluation.splitHash })
    expect(report.findings[0]?.text).toContain('learned from these very images')
    const places = [folder.path, homedir(), userInfo().username, process.cwd()].filter(
      ({ length }) => length > 4,
    )
    const named = [...files].flatMap(([name, content]) =>
      places.filter((place) => content.includes(place)).map((place) => `${name} names ${place}`),
    )
    expect(named).toEqual([])
  })

  it('is the same bytes again, in another time zone and after reading and exporting', async () => {
    const first = await make('again-1', { depth: 'summary' })
    const zone = process.env['TZ']
    process.env['TZ'] = 'Asia/Kathmandu'
    try {
      const second = await make('again-2', { depth: 'summary' })
      expect([...second.keys()]).toEqual([...first.keys()])
      const changed = [...first].filter(([name, content]) => second.get(name)?.equals(content) !== true)
      expect(changed.map(([name]) => name)).toEqual([])
    } finally {
      if (zone === undefined) delete process.env['TZ']
      else process.env['TZ'] = zone
    }
  })

  it('leaves files of the same content, and replaces no other', async () => {
    await make('kept', { formats: ['json'] })
    await make('kept', { formats: ['json'] })
    writeFileSync(join(folder.path, 'kept', 'report.html'), 'mine')
    const { jobId } = await client.report.make({
      evaluationId: one,
      folder: join(folder.path, 'kept'),
      formats: ['html'],
      draws: 0,
    })
    await expect(finishWell(client, jobId)).rejects.toThrow(/There already is another file .*report\.html/)
    expect(readFileSync(join(folder.path, 'kept', 'report.html'), 'utf8')).toBe('mine')
  })

  it('sets another system beside the model where its answers are stored', async () => {
    const answers = join(folder.path, 'answers.csv')
    const names = readdirSync(join(folder.path, 'pictures'))
    const lines = names.map((name, index) => `${name},${index % 3 === 0 ? 'Female' : 'Male'}`)
    writeFileSync(answers, ['image,gender', ...lines, ''].join('\n'))
    await client.baseline.import({ path: answers, kind: 'csv', name: 'Others' })
    const report = readReport(await make('beside', { formats: ['json'] }))
    expect(report.systems.map(({ b }) => b.name)).toEqual(['Others'])
    expect(report.systems[0]?.tasks.gender?.images).toBe(report.subject.images)
    expect(readReport(await make('alone', { formats: ['json'], baselines: [] })).systems).toEqual([])
    const asked = client.report.make({
      evaluationId: one,
      folder: join(folder.path, 'x'),
      baselines: [baselineId.parse(9)],
      draws: 0,
    })
    await expect(asked.then(({ jobId }) => finishWell(client, jobId))).rejects.toThrow(/no baseline 9/)
  })

  it('of an evaluation that is not there is refused at once', async () => {
    const asked = { evaluationId: evaluationId.parse(9), folder: join(folder.path, 'none') }
    await expect(client.report.make(asked)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

it('the schema of the document is published as it is', () => {
  const published: unknown = JSON.parse(readFileSync('docs/schemas/report.schema.json', 'utf8'))
  expect(published).toEqual(JSON.parse(JSON.stringify(z.toJSONSchema(reportDocument))))
})

it('the command writes what is asked for, and the access log has a line of it', async () => {
  await client.project.close()
  const out = join(folder.path, 'command')
  const argv = [
    'report',
    '--evaluation',
    '1',
    '--out',
    out,
    '--format',
    'json,html',
    '--depth',
    'summary',
    '--draws',
    '20',
  ]
  const done = await callCommand([...argv, '--json', '--project', project], { userDataFolder: home })
  expect(done).toMatchObject({ code: 0 })
  const { files, figures } = reportResult.parse(JSON.parse(done.stdout))
  expect(files.map(({ format }) => format)).toEqual(['json', 'html'])
  expect(figures).toBeGreaterThan(50)
  const log = await callCommand(['log', 'list', '--json', '--project', project], { userDataFolder: home })
  expect(log.stdout).toContain(files[0]?.sha256)
  expect(
    (await callCommand([...argv, '--format', 'word', '--project', project], { userDataFolder: home })).code,
  ).toBe(2)
})
