import type { MapChecks } from '#shared/contract/explanation.contract.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import type { Asker } from './asker.ts'
import { chanceOf, measureArea, orderPixels, planSteps } from './domain/pixel-flipping.ts'
import { correlateRanks } from './domain/rank-correlation.ts'
import type { Segments } from './domain/segments.ts'

const steps = 16
/** With 20 of them, a map that is better than all has p = 1/21, below 0.05. */
const randomMaps = 20
const chanceLimit = 0.05
/** From here on the forgetful network draws much the same map. */
const alikeLimit = 0.5
export const noiseLevels = 11
export const noisyPictures = 3
/** Samples of LIME in the checks that draw whole maps anew. */
export const checkSamples = 256

export const randomMapRefusal = 'This map says no more than a random one'

interface Checked {
  readonly asker: Pick<Asker, 'ask' | 'targets'>
  readonly tensor: Uint8Array
  readonly segments: Segments
  /** One row of region weights for each target. */
  readonly maps: readonly Float64Array[]
  readonly seed: number
}

export type Flipping = MapChecks['flipping']

/** The answers along one order of pixels, `[steps, targets]`. */
function flipAlong({ asker, tensor }: Checked, order: Uint32Array, grey: number): Promise<Float64Array> {
  const ends = planSteps(order.length, steps)
  const plane = order.length
  return asker.ask(steps, (into, step) => {
    into.set(tensor)
    for (const pixel of order.subarray(0, ends[step] ?? plane))
      for (const place of [pixel, pixel + plane, pixel + 2 * plane]) into[place] = grey
  })
}

/**
 * Pixel flipping: pixels turn to the picture's mean value, those of the most important regions first, and the answer should fall soon.
 * Random maps are the map's own regions with their values dealt out anew. Equal values of a map, and of a random one, come in an
 * order of chance: dealt out anew, values of any map then put its regions into any order alike, so that all targets share the
 * random orders, and a map stands among them as one of them where it says nothing.
 */
export async function checkFlipping(checked: Checked): Promise<Flipping[]> {
  const { asker, tensor, segments, maps, seed } = checked
  const grey = tensor.reduce((sum, value) => sum + value, 0) / tensor.length
  const { length: outputs } = asker.targets
  const areaOf = (answers: Float64Array, target: number) =>
    measureArea(Array.from({ length: steps }, (_, step) => answers[step * outputs + target] ?? 0))
  const random = createRandom(seed, ['random maps'])
  const deal = () => random.shuffle(Array.from({ length: segments.count }, (_, region) => region))
  const byChance: Float64Array[] = []
  for (let at = 0; at < randomMaps; at++) {
    const values = deal()
    byChance.push(await flipAlong(checked, orderPixels(segments, values, values), grey))
  }
  const flipped: Flipping[] = []
  for (const [target, map] of maps.entries()) {
    const answers = await flipAlong(checked, orderPixels(segments, map, deal()), grey)
    const auc = areaOf(answers, target)
    const areas = byChance.map((one) => areaOf(one, target))
    flipped.push({
      steps,
      auc,
      random: {
        n: randomMaps,
        mean: areas.reduce((sum, area) => sum + area, 0) / areas.length,
        low: Math.min(...areas),
        high: Math.max(...areas),
      },
      p: chanceOf(auc, areas),
    })
  }
  return flipped
}

const lengthOf = (values: ArrayLike<number>): number =>
  Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0))

/** How far maps of noisy pictures lie from the map: as shares of its own size, and of the picture's. */
export function measureSensitivity(
  map: Float64Array,
  noisy: readonly Float64Array[],
  tensor: Uint8Array,
): MapChecks['sensitivity'] {
  const farthest = Math.max(
    ...noisy.map((other) => lengthOf(map.map((value, region) => value - (other[region] ?? 0)))),
  )
  const [size, pictureSize] = [lengthOf(map), lengthOf(tensor) / 255]
  return {
    change: size > 0 ? farthest / size : null,
    perInput: pictureSize > 0 ? farthest / pictureSize : null,
    noiseLevels,
    pictures: noisy.length,
  }
}

/** The picture with noise of up to `noiseLevels` levels in every value. */
export function addNoise(tensor: Uint8Array, seed: number, at: number): Uint8Array {
  const random = createRandom(seed, ['noise', at])
  return tensor.map((value) => Math.min(255, Math.max(0, value + random.int(-noiseLevels, noiseLevels))))
}

/** Spearman's correlation of the sizes of two maps, as Quantus compares them. */
export const compareSizes = (map: Float64Array, other: Float64Array): number | null =>
  correlateRanks(map.map(Math.abs), other.map(Math.abs))

const isEven = (map: ArrayLike<number>): boolean => Array.from(map).every((value) => value === map[0])

/** What can be said of maps without holding them against anything: one colour all over looks like a finding and is none. */
export const noteEven = (maps: readonly { readonly weights: ArrayLike<number> }[]): string[] =>
  maps.some(({ weights }) => isEven(weights))
    ? ['A map in one colour says nothing: to it all parts of the picture count the same.']
    : []

/** Why a map is not to be used. */
export function findRefusal(
  map: Float64Array,
  flipping: Pick<Flipping, 'p' | 'auc' | 'random'>,
  randomised: MapChecks['randomised'],
): string | null {
  if (isEven(map)) return `${randomMapRefusal}: to it all parts of the picture count the same.`
  if (flipping.p > chanceLimit) {
    const { n } = flipping.random
    const better = Math.round(flipping.p * (1 + n)) - 1
    return `${randomMapRefusal}: hiding its most important pixels first lowers the answer no sooner than ${better} of ${n} random maps do.`
  }
  const { correlation } = randomised
  if (correlation !== null && correlation >= alikeLimit) {
    return `${randomMapRefusal}: with the network's weights in disorder it looks much the same (rank correlation ${correlation.toFixed(2)}), so that it shows the picture and not what the network learned.`
  }
  return null
}
