import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { trainConfig, type TrainConfig } from '#shared/contract/train-config.contract.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { readSafetensors, writeSafetensors } from '#engine/networks/weights/safetensors.ts'
import { initialiseNetwork } from '#engine/networks/architecture/initialise-network.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishJob, finishWell } from '#tests/fixtures/jobs.ts'
import { makeLabelledProject } from '#tests/fixtures/labelled-project.ts'
import { runCommand } from '#tests/fixtures/run-command.ts'

const golden = fileURLToPath(new URL('../../../../oracles/golden/weights/', import.meta.url))
const folder = makeTemporaryFolder()
const home = join(folder.path, 'home')
const opened = openEngine(home)
let made: Awaited<ReturnType<typeof makeLabelledProject>>
let config: TrainConfig

/** A ResNet-18 with a race head of five classes, as another program would write it. */
const source = initialiseNetwork(
  { arch: 'resnet18', inputSize: 32, heads: [{ task: 'race', classes: 5 }] },
  77,
)
const weightsFile = join(folder.path, 'pretrained.safetensors')

beforeAll(async () => {
  made = await makeLabelledProject(opened.client, { folder: folder.path, images: 60 })
  writeFileSync(
    weightsFile,
    writeSafetensors(new Map([...source].map(([name, tensor]) => [`module.${name}`, tensor]))),
  )
  config = trainConfig.parse({
    splitId: made.splitId,
    arch: 'resnet18',
    inputSize: 32,
    epochs: 1,
    batchSize: 8,
    learningRate: 1e-9,
    weightDecay: 0,
    schedule: 'constant',
    augmentation: { flip: false, crop: 'none' },
    seed: 1,
    engine: 'auto',
    device: 'auto',
    init: weightsFile,
    // What it starts from is the whole network all the same.
    trainable: 'heads',
  })
}, 120_000)

afterAll(async () => {
  await opened[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

describe('a run that starts from a weights file', () => {
  it('learns from those weights, and keeps what it took and what it did not', async () => {
    const { client } = opened
    const { runId, jobId } = await client.run.start(config)
    await finishWell(client, jobId)
    const { notes, modelId } = await client.run.get({ runId })
    const sha256 = hashBytes(readFileSync(weightsFile))
    expect(notes).toEqual(
      expect.arrayContaining([
        `Training starts from ${weightsFile} (SHA-256 ${sha256}).`,
        'From the weights file (safetensors): all 100 tensors of the backbone.',
        'The names in the file begin with "module.", which was left off.',
        'Not in the file, so random: head.age.weight, head.age.bias, head.gender.weight, head.gender.bias.',
      ]),
    )
    const stored: unknown = JSON.parse(
      readFileSync(join(made.project, 'runs', String(runId), 'init.json'), 'utf8'),
    )
    expect(stored).toMatchObject({
      file: weightsFile,
      sha256,
      report: { prefix: 'module.', unexpectedCount: 0 },
    })
    const model = join(made.project, 'models', String(modelId), 'model.safetensors')
    const { tensors } = readSafetensors(readFileSync(model), model)
    for (const name of ['conv1.weight', 'layer4.1.conv2.weight', 'head.race.weight']) {
      const expected = source.get(name)?.data ?? new Float32Array()
      const gaps = Array.from(expected, (value, at) =>
        Math.abs(value - (tensors.get(name)?.data[at] ?? Number.NaN)),
      )
      expect(Math.max(...gaps.slice(0, 10_000))).toBeLessThan(1e-6)
    }
  }, 120_000)

  it('takes a checkpoint of PyTorch by its names', async () => {
    const { client } = opened
    const init = join(golden, 'good/resnet18-18-classes.pth')
    const { runId, jobId } = await client.run.start({ ...config, init })
    await client.job.cancel({ jobId })
    await finishJob(client, jobId)
    const { notes } = await client.run.get({ runId })
    expect(notes).toEqual(
      expect.arrayContaining([
        'From the weights file (PyTorch): all 100 tensors of the backbone.',
        'In the file, not used: state_dict.module.fc.weight [18, 512], state_dict.module.fc.bias [18].',
      ]),
    )
  })

  it('stops when the file is no longer the one that was looked at', async () => {
    const { client } = opened
    const changing = join(folder.path, 'changing.safetensors')
    writeFileSync(changing, writeSafetensors(source))
    // The queue is held by a run before it, so the file changes before the second run reads it.
    const first = await client.run.start({ ...config, seed: 2, epochs: 50 })
    const { jobId } = await client.run.start({ ...config, init: changing })
    writeFileSync(changing, writeSafetensors(source, { metadata: { changed: 'yes' } }))
    await client.job.cancel({ jobId: first.jobId })
    expect((await finishJob(client, jobId)).error).toMatchObject({
      code: 'PRECONDITION',
      message: `${changing} has changed since the run was made. Put the old file back, or start a new run.`,
    })
  }, 120_000)
})

describe('a weights file that cannot be used', () => {
  it('is told at once, before there is a run, and a pickle that calls a program is refused by name', async () => {
    const { client } = opened
    const before = (await client.run.list()).length
    const hostile = z
      .array(z.object({ name: z.string(), bytes: z.string() }))
      .parse(JSON.parse(readFileSync(join(golden, 'hostile.json'), 'utf8')))
    const file = join(folder.path, 'hostile.pth')
    for (const name of ['REDUCE of os.system', 'REDUCE of os.system, in an archive']) {
      writeFileSync(file, Buffer.from(hostile.find((item) => item.name === name)?.bytes ?? '', 'base64'))
      await expect(client.run.start({ ...config, init: file })).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        message: expect.stringContaining(`${file}: refused posix.system at byte 2 of the pickle`),
      })
    }
    await expect(client.run.start({ ...config, arch: 'resnet34' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('does not fit resnet34'),
    })
    await expect(client.run.start({ ...config, init: golden })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
    await expect(client.run.start({ ...config, init: join(golden, 'none.pth') })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    expect(await client.run.list()).toHaveLength(before)
    expect(readdirSync(join(made.project, 'runs'))).toHaveLength(before)
  })
})

describe('the command line', () => {
  it('says what a run starts from before it trains', async () => {
    await opened[Symbol.asyncDispose]()
    const options = ['--init', weightsFile, '--input', '32', '--epochs', '1', '--batch', '8']
    const command = ['train', '--project', made.project, '--split', String(made.splitId), ...options]
    const { code, stderr } = await runCommand(command, { userDataFolder: home })
    expect(code).toBe(0)
    expect(stderr).toContain(`Training starts from ${weightsFile} (SHA-256 `)
    expect(stderr).toContain('From the weights file (safetensors): all 100 tensors of the backbone.\n')
  }, 120_000)
})
