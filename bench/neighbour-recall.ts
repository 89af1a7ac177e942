/**
 * `node bench/neighbour-recall.ts [--images 100000] [--queries 300] [--k 10] [--out FILE]`
 *
 * How many of the nearest neighbours the two approximate indexes find, against comparing with every vector: that of "more
 * like this" and that of outliers and neighbour labels. The vectors are made up: people of 20 images, as far apart as face
 * descriptors are, in all 128 directions alike, which is harder than real faces are.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { searchNeighbours } from '#engine/curation/vectors/index-neighbours.ts'
import { createVectorIndexStore } from '#engine/curation/vectors/usearch.ts'
import { createRandom } from '#engine/base/kernel/random.ts'

const { values: options } = parseArgs({
  options: {
    images: { type: 'string', default: '100000' },
    queries: { type: 'string', default: '300' },
    k: { type: 'string', default: '10' },
    out: { type: 'string' },
  },
})
const [images, queries, k] = [Number(options.images), Number(options.queries), Number(options.k)]
const dimensions = 128
const imagesOfPerson = 20
/** Of each number; distances are about 16 times as much: 0.85 between people, 0.45 between images of one. */
const [spreadOfPeople, spreadOfImages] = [0.053, 0.028]
/** As many as a scheme of races has. */
const labelCount = 7

const random = createRandom(1, ['neighbour recall'])
const draw = (spread: number): Float32Array =>
  Float32Array.from({ length: dimensions }, () => spread * random.normal())
const values = new Float32Array(images * dimensions)
const labels = new Int32Array(images)
for (let image = 0, person = draw(spreadOfPeople), label = 0; image < images; image++) {
  if (image % imagesOfPerson === 0) {
    person = draw(spreadOfPeople)
    label = random.int(0, labelCount)
  }
  values.set(
    draw(spreadOfImages).map((value, at) => value + (person[at] ?? 0)),
    image * dimensions,
  )
  labels[image] = label
}
const rowOf = (image: number): Float32Array => values.subarray(image * dimensions, (image + 1) * dimensions)
// No image of the catalogue itself: one would find itself first.
const asked = Array.from({ length: queries }, () => {
  const like = rowOf(random.int(0, images))
  return draw(spreadOfImages).map((value, at) => value + (like[at] ?? 0))
})

function compareWithAll(query: Float32Array): number[] {
  const squares = new Float64Array(images)
  for (let image = 0, read = 0; image < images; image++) {
    let sum = 0
    for (let at = 0; at < dimensions; at++, read++) sum += ((values[read] ?? 0) - (query[at] ?? 0)) ** 2
    squares[image] = sum
  }
  return [...squares.keys()].sort((a, b) => (squares[a] ?? 0) - (squares[b] ?? 0)).slice(0, k)
}

const cpuSeconds = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since)
  return Math.round((user + system) / 1e5) / 10
}
const truth = asked.map((query) => new Set(compareWithAll(query)))
const measureRecall = (found: readonly (readonly number[])[]): number =>
  found.reduce((sum, some, at) => sum + some.filter((image) => truth[at]?.has(image)).length, 0) /
  (queries * k)

const folder = mkdtempSync(join(tmpdir(), 'evenhand-recall-'))
try {
  const startedAt = process.cpuUsage()
  const index = await createVectorIndexStore().open({
    cacheFolder: folder,
    spaceId: 1,
    revision: 1,
    dimensions,
    count: images,
    *read() {
      for (let image = 0; image < images; image++) yield [image, rowOf(image)] as const
    },
  })
  const builtAfter = cpuSeconds(startedAt)
  const searchedAt = performance.now()
  const like = asked.map((query) => index.search(query, k).map(({ imageId }) => imageId))
  const millisecondsASearch = (performance.now() - searchedAt) / queries
  const rows = new Float32Array(queries * dimensions)
  asked.forEach((query, at) => rows.set(query, at * dimensions))
  const scanStartedAt = process.cpuUsage()
  const { all } = searchNeighbours(
    { values, dimensions },
    { k, labels, queries: { values: rows, dimensions }, onPoints: () => undefined },
  )
  const inScan = asked.map((_, at) => [...all.points.subarray(at * k, (at + 1) * k)])
  const result = {
    images,
    queries,
    k,
    moreLikeThis: {
      recall: measureRecall(like),
      buildCpuSeconds: builtAfter,
      millisecondsASearch: Math.round(millisecondsASearch * 100) / 100,
    },
    outliersAndNeighbours: { recall: measureRecall(inScan), cpuSeconds: cpuSeconds(scanStartedAt) },
  }
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
  if (options.out !== undefined) writeFileSync(options.out, `${JSON.stringify(result, null, 2)}\n`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
