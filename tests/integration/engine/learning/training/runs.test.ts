import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { RunId, SplitId } from '#shared/contract/base.contract.ts'
import { changeCatalogue } from '#tests/fixtures/change-catalogue.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishJob, finishWell, waitFor } from '#tests/fixtures/jobs.ts'
import { makeLabelledProject } from '#tests/fixtures/labelled-project.ts'

const folder = makeTemporaryFolder()
const home = join(folder.path, 'home')
let opened = openEngine(home)
let project: string
let splitId: SplitId
let first: RunId

/** Small enough for two seconds. */
const tiny = { inputSize: 32, epochs: 1, batchSize: 8, trainable: 'heads' } as const
/** Long enough to be stopped on the way. */
const long = { inputSize: 32, epochs: 500, batchSize: 8, trainable: 'heads' } as const

/** Ends this process's engine as closing the window does, and opens the project again. */
async function reopen(): Promise<void> {
  await opened[Symbol.asyncDispose]()
  opened = openEngine(home)
  await opened.client.project.open({ folder: project })
}

/** Writes what a run says of its computing as another machine's would. */
async function rewriteRun(runId: RunId, { engine, choices }: { engine: string; choices: object }) {
  await opened[Symbol.asyncDispose]()
  changeCatalogue(join(project, 'catalogue.sqlite'), (connection) => {
    connection
      .prepare('UPDATE run SET engine = ?, config = json_patch(config, ?) WHERE id = ?')
      .run(engine, JSON.stringify(choices), runId)
  })
  opened = openEngine(home)
  await opened.client.project.open({ folder: project })
}

/** Waits until a run trains, so that stopping it is stopping a training. */
async function untilTraining(runId: RunId): Promise<void> {
  await waitFor(async () => {
    const { steps, state } = await opened.client.run.get({ runId })
    if (steps.length > 0) return steps
    if (state !== 'running' && state !== 'queued') throw new Error(`Run ${runId} is ${state}`)
    return null
  })
}

async function stopEverything(): Promise<void> {
  const { running, waiting } = await opened.client.run.queue()
  for (const runId of waiting.toReversed()) await opened.client.run.stop({ runId })
  if (running === null) return
  const { jobId } = await opened.client.run.stop({ runId: running })
  if (jobId !== null) await finishJob(opened.client, jobId)
}

beforeAll(async () => {
  const made = await makeLabelledProject(opened.client, { folder: folder.path, images: 60 })
  project = made.project
  splitId = made.splitId
  const { runId, jobId } = await opened.client.run.start({
    splitId,
    ...tiny,
    name: 'First',
    checkpointEvery: 1,
  })
  await finishWell(opened.client, jobId)
  first = runId
}, 600_000)

afterAll(async () => {
  await opened[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

describe('a run in the registry', () => {
  it('keeps what it was made of: data with their hashes, versions, device, checkpoints', async () => {
    const run = await opened.client.run.get({ runId: first })
    expect(run).toMatchObject({
      state: 'succeeded',
      engine: expect.stringMatching(/^onnxruntime-node \d/),
      codeVersion: expect.stringMatching(/^\d+\.\d+/),
      dataHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      data: { train: { images: 36 }, validation: { images: 12 } },
    })
    expect(run.checkpoints.map(({ kind, epoch }) => ({ kind, epoch }))).toEqual(
      expect.arrayContaining([
        { kind: 'best', epoch: null },
        { kind: 'epoch', epoch: 1 },
      ]),
    )
    for (const { bytes } of run.checkpoints) expect(bytes).toBeGreaterThan(1e6)
  })

  it('takes a name, notes, tags and the archive, and gives them back after a restart', async () => {
    const { client } = opened
    await client.run.rename({ runId: first, name: ' Baseline ' })
    await client.run.setNotes({ runId: first, notes: 'Best so far.\nTry a larger input.' })
    await client.run.setTags({ runId: first, tags: ['baseline', 'small', 'baseline'] })
    await client.run.archive({ runId: first, archived: true })
    await reopen()
    const [run] = await opened.client.run.list()
    expect(run).toMatchObject({
      name: 'Baseline',
      userNotes: 'Best so far.\nTry a larger input.',
      tags: ['baseline', 'small'],
      archived: true,
    })
    expect(await opened.client.run.archive({ runId: first, archived: false })).toMatchObject({
      archived: false,
    })
    await expect(opened.client.run.setTags({ runId: first, tags: ['a,b'] })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('A tag has no comma'),
    })
  })
})

describe('an estimate', () => {
  it('says what earlier runs of the same network and size took', async () => {
    const { imagesPerSecond } = await opened.client.run.get({ runId: first })
    const estimate = await opened.client.run.estimate({ splitId, ...tiny, epochs: 10 })
    expect(estimate).toMatchObject({
      images: { train: 36, validation: 12 },
      steps: 40,
      imagesPerSecond,
      basis: 'The median speed of one earlier run of this network and input size on this device.',
    })
    // Four full batches of eight, and validation at a third, ten times.
    expect(estimate.seconds).toBeCloseTo((10 * (32 + 4)) / (imagesPerSecond ?? Number.NaN))
  })

  it('scales by multiply-adds where only others were run, and says so', async () => {
    const small = await opened.client.run.estimate({ splitId, ...tiny })
    const large = await opened.client.run.estimate({ splitId, ...tiny, inputSize: 64 })
    const ratio = (small.imagesPerSecond ?? Number.NaN) / (large.imagesPerSecond ?? Number.NaN)
    expect(ratio).toBeGreaterThan(3.9)
    expect(ratio).toBeLessThan(4.1)
    expect(large.basis).toMatch(/^Scaled by multiply-adds from one earlier run/)
  })

  it('takes nothing from runs in another arithmetic, for time or memory', async () => {
    const { engine } = await opened.client.run.get({ runId: first })
    await rewriteRun(first, { engine, choices: { arithmetic: 'bf16' } })
    const estimate = await opened.client.run.estimate({ splitId, ...tiny })
    await rewriteRun(first, { engine, choices: { arithmetic: 'float32' } })
    expect(estimate).toMatchObject({
      imagesPerSecond: null,
      memoryBasis: expect.stringContaining('no run of this size has been measured yet'),
    })
    expect((await opened.client.run.estimate({ splitId, ...tiny })).imagesPerSecond).not.toBeNull()
  })

  it('tells what the run would meet, and starts nothing', async () => {
    const before = await opened.client.run.list()
    const estimate = await opened.client.run.estimate({ splitId, ...tiny, tasks: ['age'], ageCap: 20 })
    expect(estimate.notes).toContainEqual(
      expect.stringMatching(/^People above 20 years are left out: \d+ training/),
    )
    expect(estimate.notes).toContainEqual(expect.stringContaining('(age): the model cannot learn it.'))
    expect(estimate.labels).toMatchObject({ gender: null, race: null })
    expect(await opened.client.run.list()).toEqual(before)
    await expect(opened.client.run.estimate({ splitId, ...tiny, device: 'cuda' })).rejects.toMatchObject({
      code: 'PRECONDITION',
    })
  })
})

describe('the queue of runs', () => {
  it('pauses, reorders, stops, and goes on after a restart in its order', async () => {
    const { client } = opened
    const ids: RunId[] = []
    for (const name of ['A', 'B', 'C', 'D']) {
      ids.push((await client.run.start({ splitId, ...long, name })).runId)
    }
    const [a, b, c, d] = ids
    if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('Four runs')
    await untilTraining(a)
    expect(await client.run.queue()).toEqual({ running: a, waiting: [b, c, d], leftOver: [] })
    expect(await client.run.moveInQueue({ runId: d, position: 1 })).toMatchObject({ waiting: [d, b, c] })
    expect((await client.run.list()).map(({ queuePosition }) => queuePosition)).toEqual([1, 3, 2, null, null])
    await expect(client.run.moveInQueue({ runId: a, position: 1 })).rejects.toMatchObject({
      code: 'CONFLICT',
    })
    expect(await client.run.stop({ runId: b })).toMatchObject({ state: 'cancelled', queuePosition: null })

    await reopen()
    expect(await opened.client.run.queue()).toEqual({ running: null, waiting: [], leftOver: [a, d, c] })
    await opened.client.run.continueQueue()
    await untilTraining(a)
    expect(await opened.client.run.queue()).toMatchObject({ running: a, waiting: [d, c], leftOver: [] })

    const { jobId } = await opened.client.run.pause({ runId: a })
    if (jobId === null) throw new Error('A has a job')
    await expect(finishJob(opened.client, jobId)).resolves.toMatchObject({ state: 'paused' })
    const paused = await opened.client.run.get({ runId: a })
    expect(paused.checkpoints.map(({ kind }) => kind)).toContain('last')
    await untilTraining(d)
    await stopEverything()
    expect((await opened.client.run.get({ runId: a })).state).toBe('paused')
    await opened.client.run.resume({ runId: a })
    await untilTraining(a)
    await stopEverything()
  }, 600_000)

  it('keeps the best epoch of a stopped run as its model, if there is one', async () => {
    const { client } = opened
    const { runId, jobId } = await client.run.start({ splitId, ...long, name: 'Kept' })
    await waitFor(async () => (await client.run.get({ runId })).epochsDone || null)
    await expect(client.run.keep({ runId })).rejects.toMatchObject({ code: 'CONFLICT' })
    await client.run.stop({ runId })
    await finishJob(client, jobId)
    const kept = await client.run.keep({ runId })
    await finishWell(client, kept.jobId)
    const run = await client.run.get({ runId })
    expect(run).toMatchObject({ state: 'succeeded' })
    expect(run.modelId).not.toBeNull()
    await expect(client.run.keep({ runId })).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(client.run.keep({ runId: (await client.run.list())[1]?.id ?? runId })).rejects.toMatchObject(
      {
        code: 'CONFLICT',
      },
    )
  }, 600_000)
})

describe('a sweep', () => {
  it('queues every run under a name that says what differs, and ranks them when they have ended', async () => {
    const { client } = opened
    const { sweepId, runs } = await client.run.sweep({
      name: 'Losses',
      base: { splitId, ...tiny },
      plan: { kind: 'grid', axes: [{ path: 'combination', values: ['sum', 'dwa'] }] },
    })
    for (const { jobId } of runs) await finishWell(client, jobId)
    const results = await client.run.sweepResults({ sweepId, metric: 'gender' })
    expect(results).toMatchObject({
      sweep: { name: 'Losses', runIds: runs.map(({ runId }) => runId) },
      metric: 'gender',
      axes: [
        { path: 'combination.kind', title: 'Loss combination' },
        { path: 'combination.temperature', title: 'Temperature of loss weights' },
      ],
    })
    expect(results.rows.map(({ name }) => name).sort()).toEqual([
      'Losses: combination=dwa',
      'Losses: combination=sum',
    ])
    expect(results.rows.map(({ values }) => values)).toEqual(
      expect.arrayContaining([
        ['sum', null],
        ['dwa', '2'],
      ]),
    )
    const scores = results.rows.map(({ score }) => score ?? Number.NaN)
    expect(scores).toEqual(scores.toSorted((x, y) => y - x))
    expect(results.rows.map(({ best }) => best?.gender?.accuracy.value)).toEqual(scores)
    expect((await client.run.sweeps()).map(({ id }) => id)).toEqual([sweepId])
  }, 600_000)

  it('with one run that does not fit queues nothing', async () => {
    const { client } = opened
    const before = await client.run.list()
    const start = (values: number[]) =>
      client.run.sweep({
        base: { splitId, ...tiny },
        plan: { kind: 'grid', axes: [{ path: 'batchSize', values }] },
      })
    await expect(start([8, 1])).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('The run with batchSize=1 does not fit. batchSize'),
    })
    await expect(start([8, 40])).rejects.toMatchObject({ code: 'PRECONDITION' })
    expect(await client.run.list()).toEqual(before)
    expect(await client.run.sweeps()).toHaveLength(1)
  })

  it('is stopped and resumed as a whole', async () => {
    const { client } = opened
    const { sweepId, runs } = await client.run.sweep({
      base: { splitId, ...long },
      plan: {
        kind: 'random',
        draws: 3,
        axes: [{ path: 'learningRate', low: 1e-4, high: 1e-2, scale: 'log' }],
      },
    })
    const [running] = runs
    if (running === undefined) throw new Error('The sweep has runs')
    await untilTraining(running.runId)
    await client.run.stopSweep({ sweepId })
    for (const { jobId } of runs) await finishJob(client, jobId)
    const stopped = await client.run.sweepResults({ sweepId })
    expect(stopped.rows.map(({ state }) => state)).toEqual(['cancelled', 'cancelled', 'cancelled'])
    const resumed = await client.run.resumeSweep({ sweepId })
    expect(resumed.runs).toEqual(runs)
    await client.run.stopSweep({ sweepId })
    for (const { jobId } of runs) await finishJob(client, jobId)
  }, 600_000)
})

describe('a comparison', () => {
  it('names the choices that differ and that the images are the same', async () => {
    const { client } = opened
    const { runs } = await client.run
      .sweepResults({ sweepId: (await client.run.sweeps())[1]?.id ?? 0 })
      .then(({ sweep }) => ({ runs: sweep.runIds }))
    const compared = await client.run.compare({ runIds: runs })
    expect(compared).toMatchObject({
      runs: runs.map((id) => ({ id })),
      fields: [
        { path: 'combination.kind', values: ['sum', 'dwa'] },
        { path: 'combination.temperature', values: [null, '2'] },
      ],
      isSameValidation: true,
      warnings: [],
    })
  })

  it('warns when runs were measured on different images', async () => {
    const { client } = opened
    const capped = await client.run.start({ splitId, ...tiny, ageCap: 40, batchSize: 4 })
    await client.run.stop({ runId: capped.runId })
    await finishJob(client, capped.jobId)
    const { isSameValidation, warnings } = await client.run.compare({ runIds: [first, capped.runId] })
    expect(isSameValidation).toBe(false)
    expect(warnings[0]).toMatch(/^These runs were validated on different images or labels/)
    await expect(client.run.compare({ runIds: [first, 999] })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

/** Last, since estimates and queues count the runs before them. */
describe('an archived run', () => {
  it('gives back the disk of its checkpoints once it is archived, and then says why it cannot go on', async () => {
    const { client } = opened
    const { runId, jobId } = await client.run.start({ splitId, ...long, checkpointEvery: 1 })
    await waitFor(async () => ((await client.run.get({ runId })).epochsDone > 0 ? true : null))
    await client.run.pause({ runId })
    await finishJob(client, jobId)
    await expect(client.run.freeDisk({ runIds: [runId] })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('is not archived'),
    })
    await client.run.archive({ runId, archived: true })
    const held = (await client.run.get({ runId })).checkpoints
    expect(held.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['last', 'best', 'epoch']))
    const bytes = held.reduce((sum, checkpoint) => sum + checkpoint.bytes, 0)
    expect((await client.run.disk()).find((one) => one.runId === runId)).toMatchObject({
      files: held.length,
      bytes,
      modelId: null,
    })
    expect(await client.run.freeDisk({ runIds: [runId] })).toEqual({ runs: 1, files: held.length, bytes })
    const freed = await client.run.get({ runId })
    expect(freed).toMatchObject({ state: 'cancelled', freed: { bytes }, checkpoints: [] })
    expect(freed.epochs).not.toEqual([])
    for (const goOn of [client.run.resume({ runId }), client.run.keep({ runId })])
      await expect(goOn).rejects.toMatchObject({
        code: 'CONFLICT',
        message: expect.stringContaining('its checkpoints were deleted on request'),
      })
    await client.job.resume({ jobId })
    expect(await finishJob(client, jobId)).toMatchObject({ state: 'failed', error: { code: 'CONFLICT' } })
    expect((await client.run.disk()).map((one) => one.runId)).not.toContain(runId)
  })
})

describe('a run with oneDNN', () => {
  it('does not go on by a library that was never tested here, and says what to do', async () => {
    const { runId, jobId } = await opened.client.run.start({ splitId, ...long })
    await untilTraining(runId)
    await stopEverything()
    const library = join(folder.path, 'another oneDNN')
    writeFileSync(library, '')
    vi.stubEnv('EVENHAND_ONEDNN', library)
    onTestFinished(() => {
      vi.unstubAllEnvs()
    })
    await rewriteRun(runId, { engine: 'oneDNN 2.6.3', choices: { engine: 'onednn', arithmetic: 'bf16' } })
    await opened.client.run.resume({ runId })
    expect(await finishJob(opened.client, jobId)).toMatchObject({
      state: 'failed',
      error: {
        code: 'PRECONDITION',
        message: expect.stringMatching(/never tested.*evenhand devices --test/),
      },
    })
  })
})
