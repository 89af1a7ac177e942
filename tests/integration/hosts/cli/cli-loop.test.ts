import { createHash } from 'node:crypto'
import { openAsBlob, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'csv-parse/sync'
import * as z from 'zod'
import { importResult } from '#shared/contract/dataset.contract.ts'
import { evaluationResult } from '#shared/contract/evaluation.contract.ts'
import { integrityReport } from '#shared/contract/integrity.contract.ts'
import { exportResult } from '#shared/contract/model.contract.ts'
import { imagePrediction } from '#shared/contract/prediction.contract.ts'
import { purpose, purposeList } from '#shared/contract/purpose.contract.ts'
import { trainResult } from '#shared/contract/run.contract.ts'
import { splitResult } from '#shared/contract/split.contract.ts'
import { callCommand } from '#tests/fixtures/call-command.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { drawLabelledPictures } from '#tests/fixtures/labelled-project.ts'
import { listOpenFiles } from '#tests/fixtures/open-files.ts'
import { flipByte } from '#tests/fixtures/one-byte.ts'
import { runCommand } from '#tests/fixtures/run-command.ts'
import { startServeProcess } from '#tests/fixtures/serve-process.ts'

/** What nearly every machine has: others may read what is written. */
const usualMask = 0o022
process.umask(usualMask)
const folder = makeTemporaryFolder()
const userDataFolder = join(folder.path, 'user')
const project = join(folder.path, 'project')
const pictures = join(folder.path, 'pictures')
const onnxFile = join(folder.path, 'out', 'model.onnx')
const textFile = join(folder.path, 'text.jpg')
const picture = join(pictures, '5_0_0_20170101000000000.png')
const predictions = z.array(imagePrediction)

/** Reads a command's one document with the schema that product and contract share. */
async function readJson<Output>(
  schema: z.ZodType<Output>,
  argv: readonly string[],
  run: typeof runCommand,
): Promise<Output> {
  const { code, stdout, stderr } = await run([...argv, '--json'], { userDataFolder, workingFolder: project })
  if (code !== 0) throw new Error(`evenhand ${argv.join(' ')} ended with ${code}: ${stderr}`)
  return schema.parse(JSON.parse(stdout))
}
/** What writes files is a process of its own, as for a person: the modes of files are its doing. */
const runJson = <Output>(schema: z.ZodType<Output>, argv: readonly string[]) =>
  readJson(schema, argv, runCommand)
const callJson = <Output>(schema: z.ZodType<Output>, argv: readonly string[]) =>
  readJson(schema, argv, callCommand)

const made = {} as {
  import: z.infer<typeof importResult>
  split: z.infer<typeof splitResult>
  train: z.infer<typeof trainResult>
  evaluation: z.infer<typeof evaluationResult>
  export: z.infer<typeof exportResult>
}

beforeAll(async () => {
  await drawLabelledPictures(pictures, 100)
  writeFileSync(textFile, 'a text file, whatever its name')
  await runCommand(['init', project], { userDataFolder })
  made.import = await runJson(importResult, ['import', pictures, '--format', 'utkface'])
  made.split = await runJson(splitResult, ['split', 'create', '--ratios', '0.6,0.2,0.2', '--name', 'first'])
  made.train = await runJson(trainResult, [
    'train',
    '--split',
    'first',
    '--input',
    '32',
    '--epochs',
    '1',
    '--batch',
    '16',
    '--freeze',
  ])
  const model = String(made.train.modelId)
  made.evaluation = await runJson(evaluationResult, [
    'evaluate',
    '--model',
    model,
    '--split',
    'first',
    '--part',
    'val',
  ])
  await runJson(purpose, [
    'purpose',
    'record',
    '--tasks',
    'race',
    '--who',
    'Ann',
    '--what',
    'Measuring bias',
    '--until',
    '2099-01-31',
  ])
  made.export = await runJson(exportResult, ['export', '--model', model, '--purpose', '1', '--out', onnxFile])
}, 180_000)

afterAll(() => folder[Symbol.dispose]())

describe('the whole loop on the command line', () => {
  it('imports every picture', () => {
    expect(made.import).toMatchObject({ seen: 100, imported: 100, unchanged: 0, skipped: [], repaired: [] })
  })

  it('puts every image into one part', () => {
    const { train, val, test } = made.split.parts
    expect(train.images + val.images + test.images).toBe(100)
  })

  it('writes the split as CSV with a line for every image', async () => {
    const out = join(folder.path, 'split.csv')
    const written = await runJson(z.looseObject({ rows: z.int() }), [
      'split',
      'export',
      'first',
      '--out',
      out,
    ])
    const [header, ...lines] = readFileSync(out, 'utf8').trimEnd().split(/\r?\n/)
    expect(header).toBe('image,group,race,gender,age,part,sha256')
    expect([written.rows, lines.length]).toEqual([100, 100])
  })

  it('estimates nothing without n and an interval', () => {
    const { accuracy } = made.evaluation.tasks.race ?? {}
    expect(accuracy?.n).toBe(made.split.parts.val.images)
    expect(accuracy?.low).toBeLessThanOrEqual(accuracy?.value ?? 0)
    expect(accuracy?.high).toBeGreaterThanOrEqual(accuracy?.value ?? 1)
  })

  it('exports a file with the hash it says, equal to the trainer within 1e-4', () => {
    expect(made.export.file).toBe(onnxFile)
    expect(createHash('sha256').update(readFileSync(onnxFile)).digest('hex')).toBe(made.export.sha256)
    expect(made.export.parity.maxAbsDifference).toBeLessThan(1e-4)
  })

  it('lists what it made', async () => {
    const named = z.array(z.looseObject({ name: z.string() }))
    expect(await callJson(named, ['datasets'])).toHaveLength(1)
    expect(await callJson(named, ['runs'])).toHaveLength(1)
    expect(await callJson(named, ['models'])).toHaveLength(1)
    expect(await callJson(z.array(z.unknown()), ['evaluations'])).toHaveLength(1)
    expect(await callJson(named, ['split', 'list'])).toMatchObject([{ name: 'first' }])
  })

  it('shows estimates to a person with n and interval', async () => {
    const { stdout } = await callCommand(['runs'], { userDataFolder, workingFolder: project })
    expect(stdout).toMatch(/\d+\.\d% \(\d+\.\d-\d+\.\d\), n = \d+/)
  })
})

describe('predict', () => {
  it('takes folders, writes a row for each face as CSV, and tells why an address is not opened', async () => {
    const some = join(folder.path, 'some')
    await drawLabelledPictures(some, 3, 5000)
    const out = join(folder.path, 'out', 'predictions.csv')
    const address = 'https://example.org/face.jpg'
    const { stdout, stderr } = await runCommand(
      ['predict', '--model', onnxFile, some, address, '--csv', out, '--json'],
      { userDataFolder },
    )
    const answers = predictions.parse(JSON.parse(stdout))
    expect(answers.map(({ error }) => error ?? null)).toEqual([
      null,
      null,
      null,
      expect.stringContaining('Evenhand opens no address'),
    ])
    expect(stderr).toContain(`Wrote ${out}`)
    const rows = z.array(z.record(z.string(), z.string())).parse(parse(readFileSync(out), { columns: true }))
    expect(rows.map(({ file, error }) => [file, error === ''])).toEqual(
      answers.map(({ file }) => [file, file !== address]),
    )
    expect(rows[0]).toMatchObject({
      face: '1',
      gender: answers[0]?.faces[0]?.gender?.label,
      gender_probability: String(
        answers[0]?.faces[0]?.gender?.probabilities[answers[0].faces[0].gender.label],
      ),
      model_sha256: made.export.sha256,
    })
  })

  it('gives labelled probabilities that sum to 1, from a registered model and from the file alone the same', async () => {
    const fromProject = await callJson(predictions, [
      'predict',
      '--model',
      String(made.train.modelId),
      '--purpose',
      '1',
      picture,
    ])
    const { stdout } = await callCommand(['predict', '--model', onnxFile, picture, '--json'], {
      userDataFolder,
      workingFolder: folder.path,
    })
    expect(predictions.parse(JSON.parse(stdout))).toEqual(fromProject)
    const sums = fromProject.flatMap(({ faces }) =>
      faces.flatMap(({ race, gender }) =>
        [race, gender].map((task) =>
          Object.values(task?.probabilities ?? {}).reduce((sum, one) => sum + one, 0),
        ),
      ),
    )
    expect(sums.map((sum) => Number(sum.toFixed(5)))).toEqual([1, 1])
  })

  it('answers the readable images and says what is wrong with the others', async () => {
    const missing = join(folder.path, 'missing.jpg')
    const argv = ['predict', '--model', onnxFile, textFile, picture, missing, '--json']
    const { code, stdout } = await callCommand(argv, { userDataFolder })
    const answers = predictions.parse(JSON.parse(stdout))
    expect(code).toBe(0)
    expect(answers.map(({ file, faces }) => [file, faces.length])).toEqual([
      [textFile, 0],
      [picture, 1],
      [missing, 0],
    ])
    expect(answers[0]?.error).toMatch(/not an image/)
    expect(answers[2]?.error).toMatch(/there is no such file/)
  })

  it('ends with 2 when not one image could be read', async () => {
    const { code, stdout } = await callCommand(['predict', '--model', onnxFile, textFile, '--json'], {
      userDataFolder,
    })
    expect(code).toBe(2)
    expect(predictions.parse(JSON.parse(stdout))[0]?.error).toBeDefined()
  })

  it('names what there is when a model is unknown', async () => {
    const argv = ['predict', '--model', 'best', picture]
    const { code, stderr } = await callCommand(argv, { userDataFolder, workingFolder: project })
    expect(code).toBe(3)
    expect(stderr).toMatch(/There is no model "best"\. There are: 1 \(/)
  })
})

describe('race outside of the window', () => {
  it('is left out without a purpose, and both streams say why', async () => {
    const argv = ['predict', '--model', String(made.train.modelId), picture, '--json']
    const { code, stdout, stderr } = await callCommand(argv, { userDataFolder, workingFolder: project })
    const [answer] = predictions.parse(JSON.parse(stdout))
    expect(code).toBe(0)
    expect(answer?.faces[0]).toMatchObject({ race: null, gender: { label: expect.any(String) } })
    expect(answer?.withheld?.tasks).toEqual(['race'])
    expect(stderr).toContain(answer?.withheld?.reason)
  })

  it('has its purposes listed and ended, and a date that is past or none is refused', async () => {
    const record = ['purpose', 'record', '--tasks', 'race', '--who', 'Ben', '--what', 'Labelling', '--until']
    const run = (argv: readonly string[]) => callCommand(argv, { userDataFolder, workingFolder: project })
    const past = await run([...record, '2001-01-31'])
    expect([past.code, past.stderr]).toEqual([2, expect.stringContaining('2001-01-31 is past')])
    const wrong = await run([...record, 'soon'])
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('--until')])
    expect(await callJson(purpose, [...record, '2099-06-30'])).toMatchObject({ id: 2, state: 'open' })
    expect(await callJson(purpose, ['purpose', 'end', '2'])).toMatchObject({ id: 2, state: 'ended' })
    const { purposes, guarded } = await callJson(purposeList, ['purpose', 'list'])
    expect([purposes.map(({ id, state }) => [id, state]), guarded]).toEqual([
      [
        [2, 'ended'],
        [1, 'open'],
      ],
      ['race'],
    ])
    const refused = await run(['serve', '--port', '0', '--purpose', '2'])
    expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining('Purpose 2 was ended on')])
  })
})

describe('what the loop leaves behind', () => {
  it('nobody but its owner can read, also while it is served', async () => {
    const log = await callJson(z.looseObject({ holds: z.boolean(), lines: z.int() }), ['log', 'verify'])
    expect(log).toMatchObject({ holds: true, lines: expect.any(Number) })
    process.umask(usualMask)
    await using server = await startServeProcess({
      userDataFolder,
      arguments: ['--project', project, '--purpose', '1'],
    })
    const headers = { authorization: `Bearer ${server.token}` }
    expect((await fetch(`${server.origin}/media/thumb/1`, { headers })).status).toBe(200)
    const body = new FormData()
    body.append('image', await openAsBlob(picture), 'face.png')
    const response = await fetch(`${server.origin}/predict`, { method: 'POST', headers, body })
    expect([response.status, await response.json()]).toEqual([
      200,
      expect.objectContaining({ purpose: expect.objectContaining({ id: 1, who: 'Ann' }) }),
    ])
    expect([project, userDataFolder, join(folder.path, 'out')].flatMap(listOpenFiles)).toEqual([])
    expect(statSync(join(folder.path, 'split.csv')).mode & 0o077).toBe(0)
  })
})

describe('integrity', () => {
  const check = async () => {
    const argv = ['integrity', '--quick', '--json']
    const { code, stdout } = await callCommand(argv, { userDataFolder, workingFolder: project })
    const { checks, holds } = integrityReport.parse(JSON.parse(stdout))
    return { code, holds, broken: checks.filter((one) => one.holds === false).map(({ subject }) => subject) }
  }

  it('ends with 0 while everything holds, and with 4 naming the model that was changed, which is used no more', async () => {
    expect(await check()).toEqual({ code: 0, holds: true, broken: [] })
    const file = join(project, 'models', String(made.train.modelId), 'model.onnx')
    const putRight = flipByte(file)
    try {
      expect(await check()).toEqual({ code: 4, holds: false, broken: [file] })
      const argv = ['evaluate', '--model', String(made.train.modelId), '--part', 'val']
      const { code, stderr } = await callCommand(argv, { userDataFolder, workingFolder: project })
      expect(code).toBe(4)
      expect(stderr).toContain(`${file} is not what was stored`)
    } finally {
      putRight()
    }
  })
})
