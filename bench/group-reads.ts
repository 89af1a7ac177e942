/**
 * `node bench/group-reads.ts [--images 100000] [--project FOLDER]`
 *
 * How long reads of copies and of rates hold the engine's thread: the processor time that it spends on each call, and the
 * longest stretch of that in which nothing else could be answered; other programs' load changes neither. One image in
 * five has a copy; half of the groups carry labels that differ.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createRouterClient } from '@orpc/server'
import BetterSqlite3 from 'better-sqlite3'
import { createEngine } from '#engine/create-engine.ts'
import { locateWorkers } from '#engine/base/threads/worker-locator.ts'
import { checkIds, checks } from '#shared/domain/checks.ts'
import { fillSyntheticCatalogue } from './synthetic-catalogue.ts'

const { values: options } = parseArgs({
  options: { images: { type: 'string', default: '100000' }, project: { type: 'string' } },
})
const rounds = 5

/** Groups of two, with what a scan would have measured of their members and what label checks say of them. */
function insertGroups(project: string, images: number): void {
  const connection = new BetterSqlite3(join(project, 'catalogue.sqlite'))
  connection.pragma('synchronous = OFF')
  const measures = JSON.stringify(
    Object.fromEntries(
      Array.from({ length: 60 }, (_, at) => [at === 0 ? 'blurriness' : `measure${at}`, at / 7]),
    ),
  )
  const detail = JSON.stringify({
    given: 'White',
    suggested: ['Black', 'Indian', 'East Asian'].map((label) => ({ label, probability: 0.31 })),
    probability: 0.05,
    selfConfidence: 0.05,
    normalizedMargin: 0.4,
    confidenceWeightedEntropy: 0.7,
  })
  const group = connection.prepare(
    'INSERT INTO check_score (check_id, image_id, score, is_flagged, group_id) VALUES (?, ?, 0.1, 1, ?)',
  )
  const score = connection.prepare(
    `INSERT INTO check_score (check_id, image_id, score, is_flagged) SELECT ?, id, 0.5, id % 50 = 3 FROM image WHERE id % 25 = 3`,
  )
  const measure = connection.prepare(
    "INSERT INTO image_measure (image_id, pixel_sha256, version, measures) VALUES (?, '', 1, ?)",
  )
  const tell = connection.prepare(
    'INSERT OR REPLACE INTO check_score (check_id, image_id, score, is_flagged, detail) SELECT value, ?, 0.4, 0, ? FROM json_each(?)',
  )
  const told = JSON.stringify(checkIds.filter((id) => checks[id].task !== null).map((id) => checks[id].code))
  connection.transaction(() => {
    for (const id of checkIds) score.run(checks[id].code)
    for (let first = 1; first < images; first += 10) {
      const codes = [20, 21, ...(first % 20 === 1 ? [22] : [])]
      for (const id of [first, first + 1]) {
        for (const code of codes) group.run(code, id, first)
        measure.run(id, measures)
        tell.run(id, detail, told)
      }
    }
  })()
  connection.close()
}

/** Processor time of this thread. */
function readThreadMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

async function watch(name: string, work: () => Promise<unknown>): Promise<void> {
  const times: number[] = []
  const holds: number[] = []
  for (let round = 0; round < rounds; round++) {
    let last = readThreadMs()
    let longest = 0
    let isOver = false
    const tick = (): void => {
      const now = readThreadMs()
      longest = Math.max(longest, now - last)
      last = now
      if (!isOver) setTimeout(tick, 0)
    }
    setTimeout(tick, 0)
    const start = readThreadMs()
    await work()
    times.push(readThreadMs() - start)
    isOver = true
    tick()
    holds.push(longest)
  }
  const list = (some: readonly number[]): string =>
    some
      .toSorted((a, b) => a - b)
      .map((ms) => ms.toFixed(0))
      .join(' ')
  console.log(`${name}: ${list(times)} ms in all, ${list(holds)} ms at a stretch`)
}

async function main(folder: string): Promise<void> {
  const open = () =>
    createEngine({
      host: 'cli',
      userDataFolder: join(folder, 'home'),
      workers: locateWorkers(new URL('../src/main/cli.ts', import.meta.url).href),
    })
  const project = options.project ?? join(folder, 'project')
  const making = open()
  const isNew = await createRouterClient(making.router)
    .project.create({ folder: project })
    .then(
      () => true,
      () => false,
    )
  await making.dispose()
  if (isNew) {
    const images = Number(options.images)
    await fillSyntheticCatalogue({ project, images, checks: 0, pictures: 20 })
    insertGroups(project, images)
  }
  const engine = open()
  const client = createRouterClient(engine.router)
  await client.project.open({ folder: project })
  for (const check of ['exact-duplicate', 'conflicting-labels'] as const) {
    await watch(`finding.groups ${check}, first 50`, () => client.finding.groups({ check, limit: 50 }))
    await watch(`finding.groups ${check}, first 500`, () => client.finding.groups({ check, limit: 500 }))
    await watch(`finding.groups ${check}, 500 near the end`, () =>
      client.finding.groups({ check, limit: 500, cursor: Math.floor(Number(options.images) * 0.9) }),
    )
    await watch(`finding.countGroups ${check}`, () => client.finding.countGroups({ check }))
    await watch(`finding.countGroups ${check}, filtered`, () =>
      client.finding.countGroups({ check, filter: { gender: ['Female'] } }),
    )
    const { items } = await client.finding.groups({ check, limit: 1 })
    const [first] = items
    if (first !== undefined)
      await watch(`finding.group ${check}`, () => client.finding.group({ check, groupId: first.groupId }))
  }
  await watch('check.rates', () => client.check.rates())
  await watch('check.list', () => client.check.list())
  await engine.dispose()
}

const folder = mkdtempSync(join(tmpdir(), 'evenhand-group-reads-'))
await main(folder).finally(() => rmSync(folder, { recursive: true, force: true }))
