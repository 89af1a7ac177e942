import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import type { RunId } from '#shared/contract/base.contract.ts'
import { trainConfig, type TrainConfig } from '#shared/contract/train-config.contract.ts'
import { tasks } from '#shared/domain/tasks.ts'
import { readEvents } from '#engine/networks/tensorboard/event-files.ts'
import { startFixture } from '#tests/fixtures/child-process.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { listCurves } from '#tests/fixtures/event-curves.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishWell, makeLabelledProject } from '#tests/fixtures/labelled-project.ts'

const folder = makeTemporaryFolder()
const home = join(folder.path, 'home')
let opened = openEngine(home)
let made: Awaited<ReturnType<typeof makeLabelledProject>>
let config: TrainConfig
let undisturbed: RunId

const eventsOf = (runId: RunId): string => join(made.project, 'runs', String(runId), 'tensorboard')
const curvesOf = async (runId: RunId) => listCurves(await readEvents(eventsOf(runId)))
const stepsOf = (points: readonly [number, number | null][] | undefined) => points?.map(([step]) => step)

beforeAll(async () => {
  made = await makeLabelledProject(opened.client, { folder: folder.path, images: 60 })
  config = trainConfig.parse({
    splitId: made.splitId,
    arch: 'resnet18',
    inputSize: 32,
    epochs: 3,
    batchSize: 8,
    learningRate: 1e-3,
    weightDecay: 1e-2,
    schedule: 'one-cycle',
    augmentation: { flip: true, crop: 'pad' },
    seed: 1,
    engine: 'auto',
    device: 'auto',
    init: 'random',
  })
  const started = await opened.client.run.start(config)
  await finishWell(opened.client, started.jobId)
  undisturbed = started.runId
}, 300_000)

afterAll(async () => {
  await opened[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

describe("a run's TensorBoard events", () => {
  it('hold the curves that the run keeps, and nothing else', async () => {
    const run = await opened.client.run.get({ runId: undisturbed })
    const curves = await curvesOf(undisturbed)
    const rounded = (value: number | null | undefined) => Math.fround(value ?? Number.NaN)
    expect(curves.get('loss/train_step')).toEqual(run.steps.map(({ step, loss }) => [step, rounded(loss)]))
    const byEpoch = (tag: string) => curves.get(tag)?.map(([, value]) => value)
    expect(stepsOf(curves.get('loss/train'))).toEqual([4, 8, 12])
    expect(byEpoch('loss/train')).toEqual(run.epochs.map(({ trainLoss }) => rounded(trainLoss)))
    expect(byEpoch('loss/validation')).toEqual(run.epochs.map((one) => rounded(one.validationLoss)))
    expect(byEpoch('accuracy/race')).toEqual(
      run.epochs.map(({ validation }) => rounded(validation.race?.accuracy.value)),
    )
    const groups = (run.epochs[0]?.raceByGroup ?? []).filter(({ accuracy }) => accuracy.n > 0)
    expect(new Set(curves.keys())).toEqual(
      new Set([
        '_hparams_/session_end_info',
        '_hparams_/session_start_info',
        'config',
        'learning_rate',
        'loss/train',
        'loss/train_step',
        'loss/validation',
        'speed/epoch_seconds',
        'speed/feeder_wait_seconds',
        'speed/images_per_second',
        'gradient_norm',
        'speed/memory_bytes',
        ...tasks.flatMap((task) => [`accuracy/${task}`, `loss/train_${task}`, `loss/validation_${task}`]),
        ...tasks.map((task) => `loss_weight/${task}`),
        ...tasks.flatMap((task) => [`confusion_${task}/best`, `confusion_${task}/last`]),
        ...groups.flatMap(({ group }) => tasks.map((task) => `${task}_accuracy/${group}`)),
      ]),
    )
    expect(stepsOf(curves.get('confusion_race/last'))).toEqual([12])
    expect(stepsOf(curves.get('confusion_race/best'))).toEqual(
      run.epochs.filter(({ isBest }) => isBest).map(({ epoch }) => epoch * 4),
    )
    expect(run.notes.join(' ')).not.toContain('TensorBoard')
  })

  it('after SIGKILL and resume are those of an undisturbed run', async () => {
    await opened[Symbol.asyncDispose]()
    {
      await using process = startFixture('train-process.ts', [home, made.project])
      const progress = z.object({
        kind: z.literal('train'),
        phase: z.literal('Training'),
        done: z.int().min(6),
      })
      await process.readLine((line) => progress.safeParse(line).success)
      await process.kill()
    }
    opened = openEngine(home)
    await opened.client.project.open({ folder: made.project })
    const [killed] = await opened.client.run.list()
    const { runId, jobId } = await opened.client.run.resume({ runId: killed?.id ?? undisturbed })
    await finishWell(opened.client, jobId)
    expect(runId).not.toBe(undisturbed)
    expect(readdirSync(eventsOf(runId))).toHaveLength(2)
    const isTimed = (tag: string) => tag.startsWith('speed/')
    const reproducible = async (id: RunId) =>
      Object.fromEntries([...(await curvesOf(id))].filter(([tag]) => !isTimed(tag)))
    expect(await reproducible(runId)).toEqual(await reproducible(undisturbed))
  }, 300_000)

  it('that cannot be written do not stop the training, and its notes say so', async () => {
    const next = Math.max(...(await opened.client.run.list()).map(({ id }) => id)) + 1
    const blocked = join(made.project, 'runs', String(next))
    mkdirSync(blocked, { recursive: true })
    writeFileSync(join(blocked, 'tensorboard'), '')
    const { runId, jobId } = await opened.client.run.start({ ...config, epochs: 1 })
    await finishWell(opened.client, jobId)
    expect(runId).toBe(next)
    const { state, notes } = await opened.client.run.get({ runId })
    expect(state).toBe('succeeded')
    expect(notes.filter((note) => note.startsWith('TensorBoard events are incomplete'))).toHaveLength(1)
  }, 120_000)
})
