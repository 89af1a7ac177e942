import { AppError } from '#shared/contract/errors.ts'
import type { ExplanationSettings } from '#shared/contract/explanation.contract.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import type { Point } from '#engine/networks/faces/domain/geometry.ts'
import type { ExplainedNetwork } from '#engine/networks/inference/explained-network.ts'
import type { Asker } from './asker.ts'
import { cutIntoCells } from './domain/cells.ts'
import { mapActivation, mapGradients } from './domain/class-activation.ts'
import { fillPicture } from './domain/fills.ts'
import { segmentByLandmarks } from './domain/landmark-grid.ts'
import { limeQuickshift, segmentByQuickshift } from './domain/quickshift.ts'
import type { Segments } from './domain/segments.ts'
import { segmentBySlic, usualSlic } from './domain/slic.ts'
import { LimeStream } from './run-lime.ts'
import { planOcclusion, runOcclusion, wholePicture } from './run-occlusion.ts'

/** A picture as a network sees it. */
export interface Seen {
  /** `[3, size, size]` planar, 0-255. */
  readonly tensor: Uint8Array
  readonly size: number
  /** The 68 points of the face in it; null without a face. */
  readonly points: readonly Point[] | null
}

export function toRgb({ tensor, size }: Pick<Seen, 'tensor' | 'size'>): RgbImage {
  const plane = size * size
  const data = new Uint8Array(tensor.length)
  for (let pixel = 0; pixel < plane; pixel++)
    for (let channel = 0; channel < 3; channel++)
      data[pixel * 3 + channel] = tensor[channel * plane + pixel] ?? 0
  return { width: size, height: size, data }
}

export function toPlanar(data: Uint8Array): Uint8Array {
  const plane = data.length / 3
  const planar = new Uint8Array(data.length)
  for (let pixel = 0; pixel < plane; pixel++)
    for (let channel = 0; channel < 3; channel++)
      planar[channel * plane + pixel] = data[pixel * 3 + channel] ?? 0
  return planar
}

export interface Cut {
  readonly kind: ExplanationSettings['segments'] | 'cells'
  readonly segments: Segments
  readonly names: readonly string[] | null
}

/** The regions of LIME. Throws PRECONDITION where they go by a face and there is none. */
export function cutPicture(seen: Seen, kind: ExplanationSettings['segments']): Cut {
  const picture = toRgb(seen)
  switch (kind) {
    case 'quickshift':
      return { kind, segments: segmentByQuickshift(picture, limeQuickshift), names: null }
    case 'slic':
      return { kind, segments: segmentBySlic(picture, usualSlic), names: null }
    case 'landmarks': {
      if (seen.points === null) {
        throw new AppError(
          'PRECONDITION',
          'No face was found in the picture, so that it cannot be cut by the parts of one. Use quickshift or slic.',
        )
      }
      return { kind, ...segmentByLandmarks(seen.points, picture) }
    }
    default:
      return kind satisfies never
  }
}

export function hidePicture(seen: Seen, segments: Segments, fill: ExplanationSettings['fill']) {
  return { shown: seen.tensor, hidden: toPlanar(fillPicture(toRgb(seen), segments, fill)), segments }
}

/** Below this many levels the eye, and most networks, see no difference. */
const sameLevels = 4

/** Regions that look hidden as they look shown, such as those of one colour by their own mean: no map can tell what they count. */
export function countUnhidden({ shown, hidden, segments }: ReturnType<typeof hidePicture>): number {
  const { labels, count } = segments
  const differs = new Uint8Array(count)
  shown.forEach((value, at) => {
    if (Math.abs(value - (hidden[at] ?? 0)) > sameLevels) differs[labels[at % labels.length] ?? 0] = 1
  })
  return count - differs.reduce((sum, one) => sum + one, 0)
}

/** The random numbers of one LIME stream, from their beginning. */
export const drawLime = (seed: number, stream: number) => () => createRandom(seed, ['lime', stream])

/** The maps of one picture by one method, without what is told of them: one row of region weights for each target. */
export interface PlainMaps {
  readonly cut: Cut
  readonly weights: readonly Float64Array[]
}

type Method = ExplanationSettings['method']

/** Where the cells of class activation lie, and their values. */
async function activate(
  network: ExplainedNetwork,
  asker: Asker,
  seen: Seen,
  method: Method,
): Promise<PlainMaps> {
  const { heads, features, linear } = await network.see(Float32Array.from(seen.tensor))
  const weights = asker.targets.map(({ task, gradient }) => {
    const head = linear.get(task)
    if (head === undefined) {
      throw new AppError(
        'INVALID_INPUT',
        `The ${task} head of the model is no linear function of its averaged maps, so that there is no class activation of it. Use LIME or occlusion.`,
      )
    }
    const activation = mapActivation(features, head, gradient(heads.get(task) ?? new Float32Array()))
    return method === 'gradcam' ? mapGradients(activation) : activation
  })
  const segments = cutIntoCells(seen.size, features.height, features.width)
  return { cut: { kind: 'cells', segments, names: null }, weights }
}

interface MapRequest {
  readonly network: ExplainedNetwork
  readonly asker: Asker
  readonly settings: ExplanationSettings
  /** What a map of the same picture was cut into, so that maps can be compared. */
  readonly cut: Cut
}

/** One map for each target, from LIME's first stream with `samples` samples or by the other methods. */
export async function makeMaps(
  seen: Seen,
  { network, asker, settings, cut }: MapRequest,
  samples: number,
): Promise<Float64Array[]> {
  const { method, fill, seed } = settings
  if (method === 'cam' || method === 'gradcam')
    return [...(await activate(network, asker, seen, method)).weights]
  if (method === 'occlusion') return runOcclusion(asker, hidePicture(seen, wholePicture(seen.size), fill))
  const picture = hidePicture(seen, cut.segments, fill)
  const stream = new LimeStream(picture, drawLime(seed, 0))
  await stream.extend(asker, samples)
  return stream.fit(asker.targets.length).map(({ weights }) => weights)
}

/** What the method's values belong to. */
export async function planCut(
  seen: Seen,
  { network, settings }: Pick<MapRequest, 'network' | 'settings'>,
): Promise<Cut> {
  const { method, segments } = settings
  if (method === 'lime') return cutPicture(seen, segments)
  if (method === 'occlusion') return { kind: 'cells', segments: planOcclusion(seen.size), names: null }
  const { features } = await network.see(Float32Array.from(seen.tensor))
  return { kind: 'cells', segments: cutIntoCells(seen.size, features.height, features.width), names: null }
}
