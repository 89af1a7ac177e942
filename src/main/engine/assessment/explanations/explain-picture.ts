import type { ExplanationMap, ExplanationSettings } from '#shared/contract/explanation.contract.ts'
import { mostSamples } from '#shared/contract/explanation.contract.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import type { ImageCodec } from '#engine/base/media/image-codec.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import type { ExplainedNetwork } from '#engine/networks/inference/explained-network.ts'
import type { Asker } from './asker.ts'
import { batchPictures } from './asker.ts'
import {
  addNoise,
  checkFlipping,
  checkSamples,
  compareSizes,
  findRefusal,
  measureSensitivity,
  noisyPictures,
} from './check-maps.ts'
import { drawCells } from './domain/cells.ts'
import { drawOverlay } from './domain/colour-map.ts'
import {
  countUnhidden,
  drawLime,
  hidePicture,
  makeMaps,
  planCut,
  toRgb,
  type Cut,
  type Seen,
} from './make-maps.ts'
import { agreeOnRanks, LimeStream, listMilestones } from './run-lime.ts'

/** From here on three seeds agree well enough to stop. */
export const stableFrom = 0.9
const streamCount = 3
/** Maps are drawn at least so large. */
const drawnSide = 448

/** A map as far as it is known. */
export interface DraftMap {
  readonly weights: Float64Array
  readonly r2: number | null
  readonly stability: number | null
  readonly checks: ExplanationMap['checks']
}

export interface Draft {
  readonly cut: Cut
  readonly maps: readonly DraftMap[]
  readonly samples: number
  readonly notes: readonly string[]
}

const noteUnhidden = (regions: number): string[] =>
  regions === 0
    ? []
    : [
        `${regions} ${regions === 1 ? 'region looks' : 'regions look'} hidden as ${regions === 1 ? 'it looks' : 'they look'} shown, being of one colour, so that this map cannot say what ${regions === 1 ? 'it counts' : 'they count'}. Fill by blur or training mean to see.`,
      ]

interface Run {
  readonly network: ExplainedNetwork
  readonly asker: Asker
  readonly settings: ExplanationSettings
  readonly seen: Seen
  /** Names what is done now, and how many pictures it wants. */
  readonly begin: (phase: string, total: number) => void
  readonly show: (draft: Draft) => Promise<void>
}

const toDrafts = (rows: readonly Float64Array[]): DraftMap[] =>
  rows.map((weights) => ({ weights, r2: null, stability: null, checks: null }))

/** LIME's map, shown after its first batch and each time it stands on twice as many samples. */
async function runLime({ asker, settings, seen, begin, show }: Run, cut: Cut): Promise<Draft> {
  const { samples: asked, seed, fill, untilStable, checks } = settings
  const picture = hidePicture(seen, cut.segments, fill)
  const notes = noteUnhidden(countUnhidden(picture))
  const streams = Array.from({ length: streamCount }, (_, at) => new LimeStream(picture, drawLime(seed, at)))
  const [main] = streams
  if (main === undefined) throw new Error('LIME has no stream')
  const { length: outputs } = asker.targets
  const draftOf = (samples: number, stability: readonly (number | null)[]): Draft => ({
    cut,
    samples,
    notes,
    maps: main.fit(outputs).map(({ weights, r2 }, target) => {
      return { weights, r2, stability: stability[target] ?? null, checks: null }
    }),
  })
  begin('Asking about samples', asked)
  for (const milestone of listMilestones(asked, batchPictures)) {
    await main.extend(asker, milestone)
    await show(draftOf(milestone, []))
  }
  if (!checks && !untilStable) return draftOf(asked, [])
  for (let samples = asked; ; samples = Math.min(mostSamples, samples * 2)) {
    begin('Comparing three seeds', samples * streamCount)
    for (const stream of streams) await stream.extend(asker, samples)
    const stability = agreeOnRanks(streams.map((stream) => stream.fit(outputs)))
    const draft = draftOf(samples, stability)
    await show(draft)
    // One that answers all samples alike never gets any steadier.
    const isStable = stability.every((one) => one === null || one >= stableFrom)
    if (!untilStable || isStable || samples === mostSamples) return draft
  }
}

/** Holds each map against random ones, a forgetful network and noise. */
async function checkDraft(run: Run, draft: Draft): Promise<Draft> {
  const { network, asker, settings, seen, begin } = run
  const { cut, maps } = draft
  const { segments } = cut
  const weights = maps.map((map) => map.weights)
  const { tensor } = seen
  const { seed, method } = settings
  begin('Hiding pixels in the order of the map', 0)
  const flipping = await checkFlipping({ asker, tensor, segments, maps: weights, seed })
  const samples = method === 'lime' ? Math.min(checkSamples, settings.samples) : 0
  const again = (other: Seen, by: ExplainedNetwork, ask: Asker) =>
    makeMaps(other, { network: by, asker: ask, settings, cut }, samples)
  begin('Asking a network of shuffled weights', samples)
  const random = createRandom(seed, ['forgetful'])
  await using forgetful = network.randomise((numbers) => random.shuffle(numbers))
  const forgotten = await again(seen, forgetful, asker.turnTo(forgetful))
  begin('Adding noise to the picture', samples * noisyPictures)
  // LIME's maps of noisy pictures stand on fewer samples, so that they are compared with one of as few.
  const plain = method === 'lime' ? await again(seen, network, asker) : weights
  const noisy: Float64Array[][] = []
  for (let at = 0; at < noisyPictures; at++)
    noisy.push(await again({ ...seen, tensor: addNoise(tensor, seed, at) }, network, asker))
  return {
    ...draft,
    maps: maps.map((map, target) => {
      const own = plain[target] ?? map.weights
      const randomised = { correlation: compareSizes(own, forgotten[target] ?? own), samples }
      const flipped = flipping[target]
      if (flipped === undefined) throw new Error('A map was not checked')
      const noisyOnes = noisy.flatMap((rows) => rows.slice(target, target + 1))
      const sensitivity = measureSensitivity(own, noisyOnes, tensor)
      const refusal = findRefusal(map.weights, flipped, randomised)
      return { ...map, checks: { flipping: flipped, randomised, sensitivity, refusal } }
    }),
  }
}

/** The maps of one picture: shown on the way, and at last with what speaks for and against them. */
export async function explainPicture(run: Run): Promise<Draft> {
  const { network, asker, settings, seen, show } = run
  run.begin('Cutting the picture', 0)
  const cut = await planCut(seen, { network, settings })
  if (settings.method === 'lime') {
    const draft = await runLime(run, cut)
    return settings.checks ? checkDraft(run, draft) : draft
  }
  run.begin('Drawing the map', 0)
  const maps = toDrafts(await makeMaps(seen, { network, asker, settings, cut }, 0))
  const draft = { cut, maps, samples: 0, notes: [] }
  await show(draft)
  return settings.checks ? checkDraft(run, draft) : draft
}

/** Pictures are drawn so many times as large. */
export const chooseScale = (size: number): number => Math.ceil(drawnSide / size)

/** The picture with a map over it: smooth where regions are cells of a grid. */
export function drawMap(seen: Seen, { segments, kind }: Cut, weights: Float64Array): RgbImage {
  const picture = toRgb(seen)
  const scale = chooseScale(seen.size)
  const side = Math.sqrt(segments.count)
  const values =
    kind === 'cells'
      ? drawCells(weights, { rows: side, columns: side }, seen.size)
      : Float64Array.from(segments.labels, (label) => weights[label] ?? 0)
  return drawOverlay(picture, Float64Array.from(values), scale)
}

export const encodeAddress = async (codec: ImageCodec, picture: RgbImage): Promise<string> =>
  `data:image/png;base64,${Buffer.from(await codec.encodePng(picture)).toString('base64')}`
