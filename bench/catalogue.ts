/**
 * `node bench/catalogue.ts [--images 100000] [--checks 25] [--clicks 300] [--project FOLDER] [--out FILE]`
 *
 * How long the catalogue takes to answer at a size: what a click on a facet asks for (counts of every facet and the first
 * images), jumps to any place, searches, changes of the order, the first answer after a decision, and exports. The engine
 * is the real one, asked in its own process. Results go to bench/results/catalogue.json.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { arch as cpuArch, availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createRouterClient } from '@orpc/server'
import { createEngine } from '#engine/create-engine.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import { locateWorkers } from '#engine/base/threads/worker-locator.ts'
import {
  imageFilter,
  imageSort,
  type ImageFacets,
  type ImageFilter,
} from '#shared/contract/image.contract.ts'
import { fillSyntheticCatalogue } from './synthetic-catalogue.ts'

const { values: options } = parseArgs({
  options: {
    images: { type: 'string', default: '100000' },
    checks: { type: 'string', default: '25' },
    clicks: { type: 'string', default: '300' },
    /** Keeps the project there; one that is there already is measured as it is. */
    project: { type: 'string' },
    out: { type: 'string', default: fileURLToPath(new URL('results/catalogue.json', import.meta.url)) },
  },
})
const [images, checks, clicks] = [options.images, options.checks, options.clicks].map(Number) as [
  number,
  number,
  number,
]

const round = (milliseconds: number): number => Math.round(milliseconds * 10) / 10

function summarise(times: readonly number[]) {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): number =>
    round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0)
  return { n: sorted.length, p50: at(0.5), p95: at(0.95), max: at(1) }
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/** Processor time of this process, which other programs' load does not change. */
async function timeProcessor(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

const random = createRandom(3, ['clicks'])
const pick = <Item>(items: readonly Item[]): Item | undefined => items[random.int(0, items.length - 1)]

const keyOf = {
  dataset: 'datasets',
  race: 'race',
  gender: 'gender',
  age: 'age',
  status: 'status',
  finding: 'findings',
  identity: 'identity',
} as const
const facetNames = Object.keys(keyOf) as (keyof typeof keyOf)[]

/** A random value of a random facet, chosen or left out, on top of what is chosen; now and then from the start. */
function click(filter: ImageFilter, facets: ImageFacets): ImageFilter {
  if (random.float() < 0.2) return {}
  const facet = pick(facetNames) ?? 'race'
  const shown = pick(facets[facet])
  if (shown === undefined) return filter
  const { value } = shown
  const chosen = [facet === 'dataset' ? Number(value) : value]
  const { exclude, ...included } = filter
  return imageFilter.parse(
    random.float() < 0.3
      ? { ...included, exclude: { ...exclude, [keyOf[facet]]: chosen } }
      : { ...filter, [keyOf[facet]]: chosen },
  )
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
    process.stderr.write(`Making ${images} images\n`)
    await fillSyntheticCatalogue({ project, images, checks, pictures: 500 })
  }

  const engine = open()
  const client = createRouterClient(engine.router)
  let first = 0
  let opening = 0
  const openingProcessor = await timeProcessor(async () => {
    opening = await time(() => client.project.open({ folder: project }))
    first = await time(() => client.image.facets({}))
  })
  const beforeBytes = process.memoryUsage().rss

  const clickTimes: number[] = []
  const clickCosts: number[] = []
  let filter: ImageFilter = {}
  let facets = await client.image.facets({})
  for (let at = 0; at < clicks; at++) {
    filter = click(filter, facets)
    const ask = async () => {
      ;[facets] = await Promise.all([
        client.image.facets({ filter }),
        client.image.window({ filter, limit: 200 }),
      ])
    }
    clickCosts.push(await timeProcessor(async () => void clickTimes.push(await time(ask))))
  }
  const jumps: number[] = []
  for (let at = 0; at < clicks; at++)
    jumps.push(await time(() => client.image.window({ offset: random.int(0, images - 1), limit: 200 })))
  const orders: Record<string, number> = {}
  for (const sort of imageSort.options) {
    const by = sort === 'finding' ? { sort, filter: { findings: ['odd-aspect' as const] } } : { sort }
    orders[sort] = round(await time(() => client.image.window({ ...by, limit: 200 })))
  }
  const searches: Record<string, number> = {}
  for (const search of [
    'indian age<20 finding:blurry status:removed -dataset:set',
    '"person 77"',
    'face',
    'path:face_1234',
    'race:none finding:any',
  ])
    searches[search] = round(await time(() => client.image.facets({ filter: { search } })))
  const decisions: number[] = []
  for (let at = 0; at < 50; at++) {
    const { items } = await client.image.window({ offset: random.int(0, images / 2), limit: 1 })
    const seen = items.map(({ id, revision }) => ({ imageId: id, revision }))
    await client.decision.decide({ target: { images: seen }, action: 'keep' })
    decisions.push(
      await time(() => Promise.all([client.image.facets({}), client.image.window({ limit: 200 })])),
    )
  }
  const exports: Record<string, number> = {}
  for (const format of ['csv', 'parquet'] as const)
    exports[format] = round(
      await time(() => client.image.export({ format, file: join(folder, `all.${format}`) })),
    )
  const memoryMegabytes = Math.round(process.memoryUsage().rss / 2 ** 20)
  await engine.dispose()

  const result = {
    images,
    checks,
    cpu: `${cpus()[0]?.model.trim() ?? 'unknown'} (${cpuArch()}), ${availableParallelism()} threads`,
    milliseconds: {
      opening: round(opening),
      firstFacets: round(first),
      openingToFirstFacetsProcessor: round(openingProcessor),
      facetClick: summarise(clickTimes),
      facetClickProcessor: summarise(clickCosts),
      jump: summarise(jumps),
      afterDecision: summarise(decisions),
      orders,
      searches,
      exports,
    },
    memoryMegabytes: { before: Math.round(beforeBytes / 2 ** 20), after: memoryMegabytes },
  }
  writeFileSync(options.out, `${JSON.stringify(result, null, 2)}\n`)
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
}

const folder = mkdtempSync(join(tmpdir(), 'evenhand-catalogue-'))
try {
  await main(folder)
} finally {
  rmSync(folder, { recursive: true })
}
