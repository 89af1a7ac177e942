/**
 * `node bench/faces.ts <detect|describe|crops|verify|speed> [--faces FOLDER] [--images N] [--part all|aside|rest] [--set fairface|utkface] [--detector FILE] [--wasm FOLDER] [--out FILE]`
 *
 * `detect`: the share of FairFace's validation faces that the detectors find, by label, with a test of the differences. `describe`:
 * the share without a descriptor, of FairFace or UTKFace. `crops`:
 * faces found in pieces without one. `verify`: the published pairs of LFW at hand told apart by descriptors, in the published
 * folds, also with drawn pairs of different people. `speed`: images a second beside face-api's own program, in turns. `--part
 * aside` keeps to the 30 % of pictures that no cut and no margin was chosen on. Real faces are looked for in EVENHAND_FACES.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { wilsonInterval } from '#shared/domain/intervals.ts'
import { binOfYears, labelSchemes } from '#shared/domain/label-schemes.ts'
import { detectorMargins } from '#engine/networks/faces/domain/detector-margins.ts'
import { squaredDistance } from '#engine/curation/vectors/nearest.ts'
import { overlapOf, type Box } from '#engine/networks/faces/domain/geometry.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import { findFaces } from '#engine/networks/faces/find-faces.ts'
import { faceScore } from '#engine/networks/faces/domain/stored-faces.ts'
import type { FaceDetector } from '#engine/networks/faces/face-detector.ts'
import {
  openLandmarkNetwork,
  openRecognitionNetwork,
  openTinyDetector,
} from '#engine/networks/faces/face-networks.ts'
import { openBlazeDetector } from '#engine/networks/faces/blaze-detector.ts'
import { openOwnDetector } from '#engine/networks/faces/own-detector.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import { openImageCodec } from '#engine/base/media/open-image-codec.ts'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import { openFaceApi } from './face-api.ts'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    faces: { type: 'string', default: process.env['EVENHAND_FACES'] ?? '../shared/data' },
    images: { type: 'string', default: '1500' },
    part: { type: 'string', default: 'all' },
    set: { type: 'string', default: 'fairface' },
    detector: { type: 'string' },
    wasm: { type: 'string' },
    out: { type: 'string' },
  },
})
const faces = resolve(options.faces)
const runtime = createOrtRuntime()
const codec = await openImageCodec('sharp')
const say = (text: string): void => void process.stdout.write(`${text}\n`)
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
const lowest = 0.05
const seed = 20_261_122

const decode = async (file: string): Promise<RgbImage> => codec.decode(readFileSync(file))
const openDefault = () => openBlazeDetector({ runtime, threads: 1 })
const openTiny = () => openTinyDetector({ runtime, threads: 1 }, detectorMargins.tiny)
const openFile = (file: string, margin: number = detectorMargins.file) =>
  openOwnDetector(resolve(file), { runtime, threads: 1, margin })

async function openDetectors(): Promise<Map<string, FaceDetector>> {
  const detectors = new Map([
    ['default', await openDefault()],
    ['tiny', await openTiny()],
  ])
  if (options.detector !== undefined) detectors.set(options.detector, await openFile(options.detector))
  return detectors
}

/** Every so many of a list, in its order. */
const spread = <Item>(items: readonly Item[], count: number): Item[] =>
  items.filter(
    (_, at) => Math.floor((at * count) / items.length) !== Math.floor(((at - 1) * count) / items.length),
  )

const describeRate = (found: number, n: number): string => {
  const { low, high } = wilsonInterval(found, n)
  return `${percent(found / n)} (${(100 * low).toFixed(1)}-${(100 * high).toFixed(1)}), n = ${n}`
}

async function bestScores(
  pictures: readonly (() => Promise<RgbImage>)[],
  detectors: ReadonlyMap<string, FaceDetector>,
): Promise<Map<string, number[]>> {
  const scores = new Map(Array.from(detectors.keys(), (name): [string, number[]] => [name, []]))
  for (const open of pictures) {
    const picture = await open()
    for (const [name, detector] of detectors) {
      const [best] = await detector.detect(picture, lowest)
      scores.get(name)?.push(best?.score ?? 0)
    }
  }
  return scores
}

/** Whether a picture is among the 30 % that were set aside before anything was chosen, by its name. */
function isAside(file: string): boolean {
  const digest = createHash('sha256')
    .update(`evenhand-aside-1:${basename(file)}`)
    .digest('hex')
  return Number.parseInt(digest.slice(0, 8), 16) < 0.3 * 2 ** 32
}

const isWanted = (file: string): boolean =>
  options.part === 'all' || isAside(file) === (options.part === 'aside')

interface LabelledFace {
  readonly file: string
  readonly race: string
  readonly gender: string
  readonly age: string
}

function readFairface(): LabelledFace[] {
  const [, ...lines] = readFileSync(join(faces, 'fairface', 'fairface_label_val_canonical.csv'), 'utf8')
    .trim()
    .split('\n')
  return lines.flatMap((line) => {
    const [name = '', age = '', gender = '', race = ''] = line.split(',')
    const file = join(faces, 'fairface', name)
    return existsSync(file) && isWanted(file) ? [{ file, race, gender, age }] : []
  })
}

/** By file names, whose ages in years go into FairFace's bins. */
function readUtkface(): LabelledFace[] {
  const { utkface5 } = labelSchemes
  return readdirSync(join(faces, 'utkface')).flatMap((name) => {
    const [, age, gender, race] = /^(\d{1,3})_([01])_([0-4])_\d+\.jpg/.exec(name) ?? []
    const file = join(faces, 'utkface', name)
    if (age === undefined || !isWanted(file)) return []
    const bin = binOfYears(Number(age)) ?? ''
    return [
      {
        file,
        race: utkface5.race[Number(race)] ?? '',
        gender: utkface5.gender[Number(gender)] ?? '',
        age: bin,
      },
    ]
  })
}

/** Sum over groups of (found - expected)^2 / variance, as Pearson's chi-square of a table of two columns. */
function measureSpread(groups: readonly string[], isFound: readonly boolean[]): number {
  const rate = isFound.filter(Boolean).length / isFound.length
  if (rate === 0 || rate === 1) return 0
  const tallies = new Map<string, { n: number; found: number }>()
  groups.forEach((group, at) => {
    const tally = tallies.get(group) ?? { n: 0, found: 0 }
    tallies.set(group, { n: tally.n + 1, found: tally.found + (isFound[at] === true ? 1 : 0) })
  })
  return [...tallies.values()].reduce(
    (sum, { n, found }) => sum + (found - n * rate) ** 2 / (n * rate * (1 - rate)),
    0,
  )
}

/** By 2,000 permutations: with few misses in a group the chi-square distribution itself does not hold. */
function testSpread(
  groups: readonly string[],
  isFound: readonly boolean[],
): { chiSquare: number; p: number } {
  const random = createRandom(seed, ['spread'])
  const chiSquare = measureSpread(groups, isFound)
  const rounds = 2000
  let asFar = 0
  for (let round = 0; round < rounds; round++)
    if (measureSpread(groups, random.shuffle([...isFound])) >= chiSquare - 1e-9) asFar += 1
  return { chiSquare, p: (asFar + 1) / (rounds + 1) }
}

function reportGroups(chosen: readonly LabelledFace[], isFound: readonly boolean[]): void {
  for (const label of ['race', 'gender', 'age'] as const) {
    const groups = chosen.map((face) => face[label])
    const { chiSquare, p } = testSpread(groups, isFound)
    say(`  by ${label}: chi-square ${chiSquare.toFixed(2)}, p ${p.toFixed(4)}`)
    for (const group of [...new Set(groups)].toSorted()) {
      const ofGroup = isFound.filter((_, at) => groups[at] === group)
      say(`    ${group}: without ${describeRate(ofGroup.filter((found) => !found).length, ofGroup.length)}`)
    }
  }
}

async function detect(): Promise<unknown> {
  const rows = readFairface()
  const chosen = spread(rows, Math.min(Number(options.images), rows.length))
  const scores = await bestScores(
    chosen.map(
      ({ file }) =>
        () =>
          decode(file),
    ),
    await openDetectors(),
  )
  for (const [name, all] of scores) {
    const isFound = all.map((score) => score >= faceScore)
    say(`${name}: no face ${describeRate(isFound.filter((found) => !found).length, all.length)}`)
    reportGroups(chosen, isFound)
  }
  return {
    faces: chosen.map(({ file, ...labels }) => ({ file: basename(file), ...labels })),
    scores: Object.fromEntries(scores),
  }
}

/** Whoever has no descriptor is left out of all checks of labels and neighbours. */
async function describe(): Promise<unknown> {
  const rows = options.set === 'utkface' ? readUtkface() : readFairface()
  const chosen = spread(rows, Math.min(Number(options.images), rows.length))
  const networks = {
    detector: await openDefault(),
    landmarks: await openLandmarkNetwork({ runtime, threads: 1 }),
    recognition: await openRecognitionNetwork({ runtime, threads: 1 }),
  }
  const found: { file: string; score: number; hasDescriptor: boolean }[] = []
  for (const { file } of chosen) {
    const { faces: seen, descriptor } = await findFaces(await decode(file), networks)
    found.push({ file: basename(file), score: seen.bestScore, hasDescriptor: descriptor !== null })
  }
  const described = found.map(({ hasDescriptor }) => hasDescriptor)
  say(`no descriptor ${describeRate(described.filter((has) => !has).length, described.length)}`)
  reportGroups(chosen, described)
  return found
}

function cut(picture: RgbImage, { x, y, width, height }: Box): RgbImage {
  const data = new Uint8Array(width * height * 3)
  for (let row = 0; row < height; row++) {
    const from = ((y + row) * picture.width + x) * 3
    data.set(picture.data.subarray(from, from + width * 3), row * width * 3)
  }
  return { width, height, data }
}

/** Corners that a detector of another family, at a low score, sees no part of a face in. */
async function findEmptyCorners(count: number): Promise<RgbImage[]> {
  if (options.detector === undefined)
    throw new Error('Name a YuNet file by --detector: it says where there is no face')
  const judge = await openFile(options.detector, 0.25)
  const random = createRandom(seed, ['corners'])
  const files = ['fairface/train', 'lfw', 'commercial'].flatMap((folder) =>
    readdirSync(join(faces, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(jpg|png)$/i.test(name))
      .toSorted()
      .map((name) => join(faces, folder, name))
      .filter(isWanted),
  )
  const pieces: RgbImage[] = []
  for (const file of random.shuffle(files)) {
    if (pieces.length >= count) break
    const picture = await decode(file)
    const side = Math.floor(Math.min(picture.width, picture.height) * (0.25 + 0.2 * random.float()))
    const corner = {
      x: random.int(0, 1) * (picture.width - side),
      y: random.int(0, 1) * (picture.height - side),
      width: side,
      height: side,
    }
    const seen = await judge.detect(picture, 0.1)
    if (seen.length > 0 && seen.every(({ box }) => overlapOf(box, corner) === 0))
      pieces.push(cut(picture, corner))
  }
  await judge[Symbol.asyncDispose]()
  return pieces
}

async function crops(): Promise<unknown> {
  const pieces = await findEmptyCorners(300)
  const scores = await bestScores(
    pieces.map((piece) => () => Promise.resolve(piece)),
    new Map([
      ['default', await openDefault()],
      ['tiny', await openTiny()],
    ]),
  )
  for (const [name, all] of scores)
    for (const limit of [0.5, 0.3, 0.2])
      say(
        `${name}, score >= ${limit}: ${describeRate(all.filter((score) => score >= limit).length, all.length)}`,
      )
  return Object.fromEntries(scores)
}

interface Pair {
  readonly fold: number
  readonly isSame: boolean
  readonly files: readonly [string, string]
}

/** The published pairs whose two pictures are at hand, in their published folds. */
function readPairs(): Pair[] {
  const [head = '', ...lines] = readFileSync(join(faces, 'lfw', 'pairs.txt'), 'utf8')
    .trim()
    .split('\n')
  const perKind = Number(head.split('\t')[1])
  const fileOf = (name: string, number: string): string =>
    join(faces, 'lfw', name, `${name}_${number.padStart(4, '0')}.jpg`)
  return lines.flatMap((line, at): Pair[] => {
    const [first = '', one = '', second = '', two] = line.split('\t')
    const isSame = two === undefined
    const files = [fileOf(first, one), isSame ? fileOf(first, second) : fileOf(second, two)] as const
    return files.every((file) => existsSync(file))
      ? [{ fold: Math.floor(at / (2 * perKind)), isSame, files }]
      : []
  })
}

const shareRight = (pairs: readonly { distance: number; isSame: boolean }[], limit: number): number =>
  pairs.filter(({ distance, isSame }) => distance < limit === isSame).length / pairs.length

function chooseLimit(pairs: readonly { distance: number; isSame: boolean }[]): number {
  const limits = Array.from({ length: 601 }, (_, step) => 0.3 + step / 1000)
  const rates = limits.map((limit) => shareRight(pairs, limit))
  const best = Math.max(...rates)
  const good = limits.filter((_, at) => rates[at] === best)
  return good[Math.floor(good.length / 2)] ?? 0.6
}

/** Every two pictures of different people at hand: the published pairs at hand hold few of them. */
function compareStrangers(
  descriptors: ReadonlyMap<string, Float32Array | null>,
  limits: readonly number[],
): void {
  const known = [...descriptors].flatMap(([file, descriptor]) =>
    descriptor === null ? [] : [{ person: dirname(file), descriptor }],
  )
  const distances = known.flatMap((one, at) =>
    known
      .slice(at + 1)
      .filter(({ person }) => person !== one.person)
      .map((other) => Math.sqrt(squaredDistance(one.descriptor, other.descriptor))),
  )
  for (const limit of limits)
    say(
      `different people below ${limit}: ${describeRate(distances.filter((one) => one < limit).length, distances.length)}`,
    )
}

interface MeasuredPair extends Pair {
  readonly distance: number
}

/**
 * Pairs of different people of one published fold, drawn until each fold holds as many of them as of the same person: few of
 * the published ones are at hand, and an accuracy over the same person alone says nothing.
 */
function drawStrangers(
  measured: readonly MeasuredPair[],
  descriptors: ReadonlyMap<string, Float32Array | null>,
): MeasuredPair[] {
  const random = createRandom(seed, ['strangers'])
  return Array.from({ length: 10 }, (_, fold) => fold).flatMap((fold) => {
    const held = measured.filter((pair) => pair.fold === fold)
    const files = [...new Set(held.flatMap((pair) => pair.files))]
    const wanted = held.filter(({ isSame }) => isSame).length - held.filter(({ isSame }) => !isSame).length
    const drawn = new Map<string, MeasuredPair>()
    while (drawn.size < wanted) {
      const [a = '', b = ''] = random.shuffle(files)
      const [one, other] = [descriptors.get(a), descriptors.get(b)]
      if (!one || !other || dirname(a) === dirname(b)) continue
      const distance = Math.sqrt(squaredDistance(one, other))
      drawn.set([a, b].toSorted().join(), { fold, isSame: false, files: [a, b], distance })
    }
    return [...drawn.values()]
  })
}

/** Accuracy the published way: each fold at the limit that is best for the others. */
function reportFolds(name: string, measured: readonly MeasuredPair[]): unknown {
  const folds = Array.from({ length: 10 }, (_, fold) => {
    const held = measured.filter((pair) => pair.fold === fold)
    const limit = chooseLimit(measured.filter((pair) => pair.fold !== fold))
    return { n: held.length, limit, accuracy: shareRight(held, limit) }
  }).filter(({ n }) => n > 0)
  const accuracy = folds.reduce((sum, fold) => sum + fold.accuracy, 0) / folds.length
  const variance = folds.reduce((sum, fold) => sum + (fold.accuracy - accuracy) ** 2, 0) / (folds.length - 1)
  const same = measured.filter(({ isSame }) => isSame)
  const different = measured.filter(({ isSame }) => !isSame)
  const limit = chooseLimit(measured)
  say(`${name}: ${measured.length} pairs, ${same.length} of the same person`)
  say(
    `  accuracy ${percent(accuracy)} +- ${percent(Math.sqrt(variance / folds.length))} over ${folds.length} folds, ` +
      `limits ${folds.map((fold) => fold.limit.toFixed(3)).join(' ')}`,
  )
  for (const at of [limit, 0.6])
    say(
      `  at ${at.toFixed(3)}: right ${percent(shareRight(measured, at))}, of the same ${percent(shareRight(same, at))}, of different ${percent(shareRight(different, at))}`,
    )
  return { folds, accuracy, n: measured.length, same: same.length }
}

async function verify(): Promise<unknown> {
  const all = readPairs().filter(({ files }) => files.every(isWanted))
  const pairs = spread(all, Math.min(all.length, Number(options.images)))
  const networks = {
    detector: await openDefault(),
    landmarks: await openLandmarkNetwork({ runtime, threads: 1 }),
    recognition: await openRecognitionNetwork({ runtime, threads: 1 }),
  }
  const descriptors = new Map<string, Float32Array | null>()
  for (const file of new Set(pairs.flatMap(({ files }) => files)))
    descriptors.set(file, (await findFaces(await decode(file), networks)).descriptor)
  compareStrangers(descriptors, [0.5, 0.55, 0.6])
  const missing = Array.from(descriptors.values()).filter((one) => one === null).length
  const measured = pairs.flatMap((pair): MeasuredPair[] => {
    const [first, second] = pair.files.map((file) => descriptors.get(file))
    return first && second ? [{ ...pair, distance: Math.sqrt(squaredDistance(first, second)) }] : []
  })
  say(
    `pictures ${descriptors.size}, without a face ${missing}; pairs with faces ${measured.length} of ${pairs.length}`,
  )
  return {
    published: reportFolds('published pairs at hand', measured),
    balanced: reportFolds('with drawn pairs of different people', [
      ...measured,
      ...drawStrangers(measured, descriptors),
    ]),
  }
}

async function speed(): Promise<unknown> {
  const folder = join(faces, 'fairface', 'val')
  const files = spread(readdirSync(folder).toSorted(), Number(options.images)).map((name) =>
    join(folder, name),
  )
  const api = await openFaceApi(options.wasm === undefined ? undefined : resolve(options.wasm))
  const detector = await openTinyDetector({ runtime, threads: 1 }, 0)
  const landmarks = await openLandmarkNetwork({ runtime, threads: 1 })
  const recognition = await openRecognitionNetwork({ runtime, threads: 1 })
  const wanted = new api.TinyFaceDetectorOptions({ inputSize: 416, scoreThreshold: 0.5 })
  let [ours, theirs, count] = [0, 0, 0]
  for (const file of [files[0] ?? '', ...files]) {
    const picture = await decode(file)
    const tensor = api.tf.tensor3d(Float32Array.from(picture.data), [picture.height, picture.width, 3])
    const started = performance.now()
    await findFaces(picture, { detector, landmarks, recognition })
    const between = performance.now()
    await api.detectAllFaces(tensor, wanted).withFaceLandmarks().withFaceDescriptors()
    // The first picture of each only warms up.
    if (count > 0) {
      ours += between - started
      theirs += performance.now() - between
    }
    tensor.dispose()
    count += 1
  }
  const n = files.length
  say(
    `Evenhand ${((1000 * n) / ours).toFixed(2)} images/s, face-api ${((1000 * n) / theirs).toFixed(2)}: ${(theirs / ours).toFixed(1)} times as fast`,
  )
  return { n, oursMs: ours / n, theirsMs: theirs / n, ratio: theirs / ours }
}

const modes = { detect, describe, crops, verify, speed }
const mode = positionals[0] ?? ''
if (!Object.hasOwn(modes, mode)) throw new Error(`Say what to measure: ${Object.keys(modes).join(', ')}`)
const result = await modes[mode as keyof typeof modes]()
if (options.out !== undefined) writeFileSync(options.out, `${JSON.stringify(result)}\n`)
