/**
 * How alike pictures are that are copies of each other, and whether what is found is right by eye.
 *
 *   node bench/copies.ts pairs <images folder> <out.csv>
 *       every pair of pictures with other pixels whose small grey pictures differ by less than 0.5, whatever their hashes
 *   node bench/copies.ts sheet <pairs.csv> <images folder> <out.png> <tune|aside> <from> <to> [count]
 *       a seeded sample of the pairs in that range of differences, side by side and numbered, to be judged by eye
 *   node bench/copies.ts rates <scanned project> <tune|aside|all>
 *       share of images that near duplicates flag, by race, gender and age, with Wilson's interval and a chi-square test
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { stringify } from 'csv-stringify/sync'
import sharp from 'sharp'
import * as z from 'zod'
import { createRandom } from '#engine/base/kernel/random.ts'
import { openReader } from '#engine/base/db/open-reader.ts'
import { createRowDecoder } from '#engine/base/db/row-decoder.ts'
import { measureDifference, standardiseGrey } from '#engine/curation/duplicates/domain/grey-likeness.ts'
import { hashPerceptually, shrinkGrey } from '#engine/curation/pixels/domain/perceptual-hash.ts'
import { toGrey } from '#engine/curation/pixels/domain/to-grey.ts'
import { checks } from '#shared/domain/checks.ts'
import { estimateProportion } from '#shared/domain/intervals.ts'
import { isAside } from './aside.ts'

const widest = 0.5
const isPicture = /\.(jpe?g|png|webp)$/iu
const seed = 1
const part = z.enum(['tune', 'aside', 'all'])

function countBits(word: number): number {
  let count = 0
  for (let left = word >>> 0; left !== 0; left &= left - 1) count++
  return count
}

/** Whether copies are set aside: by the first of their names, so that no pair is cut in two. */
const isPairAside = (first: string, second: string): boolean =>
  isAside(basename(first < second ? first : second))

async function readPicture(folder: string, path: string) {
  const { data, info } = await sharp(join(folder, path))
    .rotate()
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const grey = toGrey({ data: new Uint8Array(data), width: info.width, height: info.height })
  const hash = hashPerceptually(grey)
  return {
    path,
    pixelSha256: createHash('sha256').update(data).digest('hex'),
    standard: standardiseGrey(shrinkGrey(grey)),
    high: Number(hash >> 32n),
    low: Number(hash & 0xffffffffn),
  }
}

async function listPairs(folder: string, out: string): Promise<void> {
  const distinct = new Map<string, Awaited<ReturnType<typeof readPicture>>>()
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    isPicture.test(path),
  )
  for (const path of paths.sort()) {
    const image = await readPicture(folder, path)
    if (!distinct.has(image.pixelSha256)) distinct.set(image.pixelSha256, image)
  }
  const images = [...distinct.values()]
  const rows: unknown[] = []
  images.forEach((a, at) => {
    for (const b of images.slice(at + 1)) {
      const difference = measureDifference(a.standard, b.standard)
      if (difference >= widest) continue
      const hashBits = countBits(a.high ^ b.high) + countBits(a.low ^ b.low)
      rows.push([
        a.path,
        b.path,
        hashBits,
        difference.toFixed(4),
        isPairAside(a.path, b.path) ? 'aside' : 'tune',
      ])
    }
  })
  writeFileSync(out, stringify(rows, { header: true, columns: ['a', 'b', 'hashBits', 'difference', 'part'] }))
  console.log(`${images.length} pictures, ${rows.length} pairs below ${widest}`)
}

const pairRow = z.object({
  a: z.string(),
  b: z.string(),
  hashBits: z.coerce.number(),
  difference: z.coerce.number(),
  part: z.enum(['tune', 'aside']),
})

const side = 150
const columns = 4
const numberHeight = 18

async function drawSheet(argv: readonly string[]): Promise<void> {
  const [file = '', folder = '', out = '', which, from = '0', to = '1', count = '30'] = argv
  const wanted = part.parse(which)
  const rows = z.array(pairRow).parse(parse(readFileSync(file), { columns: true }))
  const near = rows.filter(
    ({ difference, hashBits, part: own }) =>
      difference >= Number(from) &&
      difference < Number(to) &&
      hashBits <= 10 &&
      (wanted === 'all' || own === wanted),
  )
  const drawn = createRandom(seed, ['copies', from, to]).shuffle(near).slice(0, Number(count))
  const width = columns * (2 * side + 8)
  const height = Math.ceil(drawn.length / columns) * (side + numberHeight)
  const tiles = await Promise.all(
    drawn.flatMap(({ a, b, difference }, at) => {
      const left = (at % columns) * (2 * side + 8)
      const top = Math.floor(at / columns) * (side + numberHeight)
      const text = `<svg width="${2 * side}" height="${numberHeight}"><text x="2" y="14" font-size="13">${at + 1}: ${difference}</text></svg>`
      const picture = async (path: string, x: number) => ({
        input: await sharp(join(folder, path)).resize(side, side, { fit: 'contain' }).png().toBuffer(),
        left: x,
        top: top + numberHeight,
      })
      return [
        Promise.resolve({ input: Buffer.from(text), left, top }),
        picture(a, left),
        picture(b, left + side),
      ]
    }),
  )
  const canvas = { width, height, channels: 3 as const, background: 'white' }
  await sharp({ create: canvas }).composite(tiles).png().toFile(out)
  console.log(`${near.length} pairs, ${drawn.length} drawn`)
  drawn.forEach(({ a, b, hashBits, difference }, at) => console.log(at + 1, a, b, hashBits, difference))
}

const decodeFlag = createRowDecoder({
  path: z.string(),
  race: z.string().nullable(),
  gender: z.string().nullable(),
  ageBin: z.string().nullable(),
  isFlagged: z.int(),
})

function tellRates(project: string, wanted: z.infer<typeof part>): void {
  const db = openReader(join(project, 'catalogue.sqlite'))
  const { code } = checks['near-duplicate']
  const rows = db
    .prepareQuery(
      `SELECT i.path, i.race, i.gender, i.age_bin, s.is_flagged FROM check_score s JOIN image i ON i.id = s.image_id
       WHERE s.check_id = ${code} ORDER BY i.id`,
      decodeFlag,
    )
    .all()
    .filter(({ path }) => wanted === 'all' || isAside(basename(path)) === (wanted === 'aside'))
  db.close()
  for (const label of ['race', 'gender', 'ageBin'] as const) {
    const groups = [...Map.groupBy(rows, (row) => row[label])].filter(([group]) => group !== null)
    const n = groups.reduce((sum, [, of]) => sum + of.length, 0)
    const flagged = groups.reduce(
      (sum, [, of]) => sum + of.filter(({ isFlagged }) => isFlagged === 1).length,
      0,
    )
    let chiSquare = 0
    for (const [group, of] of groups) {
      const hits = of.filter(({ isFlagged }) => isFlagged === 1).length
      const expected = (of.length * flagged) / n
      chiSquare += (hits - expected) ** 2 / expected + (hits - expected) ** 2 / (of.length - expected)
      const { value, low, high } = estimateProportion(hits, of.length)
      const percent = (share: number | null): string => ((share ?? 0) * 100).toFixed(1)
      console.log(
        label,
        group,
        `${hits}/${of.length}`,
        `${percent(value)}% (${percent(low)}-${percent(high)})`,
      )
    }
    console.log(label, `chi-square ${chiSquare.toFixed(1)} at ${groups.length - 1} degrees of freedom`)
  }
}

const [command, ...argv] = process.argv.slice(2)
if (command === 'pairs') await listPairs(argv[0] ?? '', argv[1] ?? '')
else if (command === 'sheet') await drawSheet(argv)
else tellRates(argv[0] ?? '', part.parse(argv[1] ?? 'all'))
