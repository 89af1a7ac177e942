/**
 * `node bench/decisions.ts [--images 100000] [--singles 2000] [--out FILE]`
 *
 * How long decisions take at a size: all images in one act and its undo, single decisions one after another, the list,
 * progress and a queue of half of all images beside them, snapshots and their difference, files of decisions. For some the
 * longest time for which the engine's thread served nobody. The engine is the real one, asked in its own process. Results go to
 * bench/results/decisions.json.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { arch as cpuArch, availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createRouterClient } from '@orpc/server'
import { createEngine } from '#engine/create-engine.ts'
import { locateWorkers } from '#engine/base/threads/worker-locator.ts'
import { datasetId, imageId } from '#shared/contract/base.contract.ts'
import { imageStatus } from '#shared/contract/image.contract.ts'
import { fillSyntheticCatalogue } from './synthetic-catalogue.ts'

const { values: options } = parseArgs({
  options: {
    images: { type: 'string', default: '100000' },
    singles: { type: 'string', default: '2000' },
    out: { type: 'string', default: fileURLToPath(new URL('results/decisions.json', import.meta.url)) },
  },
})
const [images, singles] = [Number(options.images), Number(options.singles)]

const twoDatasets = { datasets: [datasetId.parse(1), datasetId.parse(2)] }

const round = (milliseconds: number): number => Math.round(milliseconds * 10) / 10

/** Milliseconds that the work takes, and the longest stretch in which nothing else ran. */
async function measure(work: () => Promise<unknown>) {
  const pauses = monitorEventLoopDelay({ resolution: 1 })
  pauses.enable()
  const startedAt = performance.now()
  await work()
  const milliseconds = round(performance.now() - startedAt)
  pauses.disable()
  return { milliseconds, longestPauseMs: round(pauses.max / 1e6) }
}

function summarise(times: readonly number[]) {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): number =>
    round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0)
  return { n: sorted.length, p50: at(0.5), p95: at(0.95), max: at(1) }
}

/** Milliseconds of each, and how many of processor time the engine's thread spent on one in the mean. */
async function repeat(times: number, work: (index: number) => Promise<unknown>) {
  const taken: number[] = []
  const workedBefore = process.threadCpuUsage()
  for (let index = 0; index < times; index++) {
    const startedAt = performance.now()
    await work(index)
    taken.push(performance.now() - startedAt)
  }
  const { user, system } = process.threadCpuUsage(workedBefore)
  return { ...summarise(taken), meanOfThread: round((user + system) / 1000 / times) }
}

const folder = mkdtempSync(join(tmpdir(), 'evenhand-decisions-'))
const open = () =>
  createEngine({
    host: 'cli',
    userDataFolder: join(folder, 'user'),
    workers: locateWorkers(new URL('../src/main/cli.ts', import.meta.url).href),
  })

try {
  const project = join(folder, 'project')
  {
    const engine = open()
    await createRouterClient(engine.router).project.create({ folder: project })
    await engine.dispose()
  }
  await fillSyntheticCatalogue({ project, images, pictures: 4, checks: 3 })
  const engine = open()
  const client = createRouterClient(engine.router)
  await client.project.open({ folder: project })
  const all = { status: [...imageStatus.options] }
  const { total: present } = await client.image.facets({ filter: {} })
  const query = { query: {}, expectedCount: present }

  const first = await client.snapshot.create({})
  const result: Record<string, unknown> = {
    machine: `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores, ${cpuArch()}, Node ${process.version}`,
    images,
    decided: present,
    removeAll: await measure(() => client.decision.decide({ target: query, action: 'remove' })),
    undoAll: await measure(() => client.decision.undo({})),
    redoAll: await measure(() => client.decision.redo({})),
    exportCsv: await measure(() => client.decision.export({ file: join(folder, 'all.csv') })),
    importDryRun: await measure(() =>
      client.decision.import({ file: join(folder, 'all.csv'), isDryRun: true }),
    ),
  }
  await client.decision.undo({})
  Object.assign(result, {
    relabelAll: await measure(() =>
      client.decision.decide({ target: query, action: 'relabel', task: 'race', value: 'Indian' }),
    ),
    snapshot: await measure(() => client.snapshot.create({})),
    difference: await measure(() => client.snapshot.diff({ a: first.id })),
  })
  const { items } = await client.image.query({ filter: all, limit: 1000 })
  const revisions = new Map(items.map((tile) => [tile.id, tile.revision]))
  let written = 0
  result['single'] = await repeat(singles, async (index) => {
    const tile = items[index % items.length]
    const id = imageId.parse(tile?.id)
    const outcome = await client.decision.decide({
      target: { images: [{ imageId: id, revision: revisions.get(id) ?? 0 }] },
      action: index % 2 === 0 ? 'suspect' : 'keep',
      check: 'greyscale',
    })
    if (outcome.actId === null) return
    written += 1
    revisions.set(id, outcome.actId)
  })
  result['singleUndo'] = await repeat(Math.floor(written / 2), () => client.decision.undo({}))
  result['state'] = await repeat(100, () => client.decision.state({}))
  // Half of all images are flagged, and two of three of those are decided.
  await client.check.setCut({ check: 'greyscale', cut: 0.5 })
  const { total: ofTwo } = await client.image.facets({ filter: twoDatasets })
  const target = { query: twoDatasets, expectedCount: ofTwo }
  Object.assign(result, {
    keepInQueue: await measure(() => client.decision.decide({ target, action: 'keep', check: 'greyscale' })),
    queueOf: await client.decision.progress({ check: 'greyscale' }),
    progress: await repeat(100, () => client.decision.progress({ check: 'greyscale' })),
    queue: await repeat(100, () => client.finding.queue({ check: 'greyscale', limit: 100 })),
    queueFiltered: await measure(() =>
      client.finding.queue({ check: 'greyscale', limit: 100, filter: { search: 'face_99999' } }),
    ),
    checks: await measure(() => client.check.list()),
  })
  result['history'] = await repeat(100, () => client.decision.history({}))
  await engine.dispose()
  writeFileSync(options.out, `${JSON.stringify(result, null, 2)}\n`)
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
