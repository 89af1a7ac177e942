import { decodeBlaze } from '#engine/networks/faces/domain/decode-detections.ts'
import type { Box } from '#engine/networks/faces/domain/geometry.ts'
import { addSmallFaces, joinLooks } from '#engine/networks/faces/domain/join-looks.ts'
import {
  blazeRules,
  firstLooks,
  lastLook,
  overlapLimits,
  smallFaceLook,
  type BlazeLook,
} from '#engine/networks/faces/domain/detector-margins.ts'
import {
  averageBlocks,
  placeShares,
  sampleSquare,
  shrinkSquare,
  viewWithMargin,
  type SquareView,
} from '#engine/networks/faces/domain/sample-square.ts'
import { tilePicture } from '#engine/networks/faces/domain/tile-picture.ts'
import { suppressOverlaps, type Candidate } from '#engine/networks/faces/domain/suppress-overlaps.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import { blazefaceNumbers, blazefaces, buildBlazeface, type Blazeface } from './blazeface.ts'
import type { FaceDetector } from './face-detector.ts'
import { ImageNetwork, type Machine } from './image-network.ts'

type BlazeNetworks = Readonly<Record<Blazeface, ImageNetwork>>

const { shrunkSide, lookScore, beyondDoubt, noFace, secondScore, frame } = blazeRules

/** What a network finds in the square drawn of a view, in pixels of the picture. */
async function lookAt(
  square: Float32Array,
  { view, range, side }: { view: SquareView; range: Blazeface; side: number },
  networks: BlazeNetworks,
): Promise<readonly Candidate[]> {
  const outputs = await networks[range].run([square], ['boxes', 'scores'])
  const { grids } = blazefaces[range]
  const found = decodeBlaze(outputs, { grids, numbers: blazefaceNumbers, side }, lookScore)
  return suppressOverlaps(
    found.map(({ score, box }) => ({ score, box: placeShares(box, view) })),
    overlapLimits.blaze,
  )
}

/** Faces that are too small for the looks at the whole picture. */
async function findSmallFaces(picture: RgbImage, networks: BlazeNetworks): Promise<readonly Candidate[]> {
  const { range, side, tiles, largestShare, score: smallest } = smallFaceLook
  const longer = Math.max(picture.width, picture.height)
  const views = [viewWithMargin(picture, 0)]
  if (isLarge(picture)) views.push(...tilePicture(picture, Math.ceil(longer / tiles)))
  const found: Candidate[] = []
  for (const view of views) {
    const seen = await lookAt(sampleSquare(picture, view, side), { view, range, side }, networks)
    const isSmall = ({ width, height }: Box) => Math.max(width, height) <= view.side * largestShare
    found.push(...seen.filter(({ box, score }) => score >= smallest && isSmall(box)))
  }
  return found
}

const isLarge = ({ width, height }: RgbImage): boolean =>
  Math.max(width, height) >= smallFaceLook.largePicture

function shrinkLarge(picture: RgbImage): { shrunk: RgbImage; factor: number } {
  const factor = Math.floor(Math.max(picture.width, picture.height) / shrunkSide)
  const isUseful = factor > 1 && Math.min(picture.width, picture.height) >= factor
  return isUseful ? { shrunk: averageBlocks(picture, factor), factor } : { shrunk: picture, factor: 1 }
}

const enlargeBox = ({ x, y, width, height }: Box, by: number): Box => ({
  x: x * by,
  y: y * by,
  width: width * by,
  height: height * by,
})

function reframe({ x, y, width, height }: Box): Box {
  const middle = { x: x + width / 2, y: y + height * (0.5 + frame.down) }
  const [wide, high] = [width * frame.width, height * frame.height]
  return { x: middle.x - wide / 2, y: middle.y - high / 2, width: wide, height: high }
}

/**
 * One face beyond doubt and nothing else that a third look could make one. It could still tell of a second face to doubt, which is
 * left out for the time of a look at nearly every picture.
 */
const isBeyondDoubt = ([best, next]: readonly Candidate[]): boolean =>
  best !== undefined && best.score >= beyondDoubt && (next === undefined || next.score < noFace)

/** The default detector: two looks of BlazeFace, and a third of another network where they leave a doubt; the mean counts. */
export async function openBlazeDetector(machine: Machine): Promise<FaceDetector> {
  await using opening = new AsyncDisposableStack()
  const open = async (range: Blazeface) =>
    opening.use(await ImageNetwork.open(await buildBlazeface(range), machine))
  const networks = { short: await open('short'), full: await open('full') }
  const opened = opening.move()
  return {
    secondScore,
    async detect(picture, minimalScore) {
      const looks: (readonly Candidate[])[] = []
      const { shrunk, factor } = shrinkLarge(picture)
      const look = async ({ margin, ...one }: BlazeLook): Promise<void> => {
        const view = viewWithMargin(shrunk, margin)
        const seen = await lookAt(shrinkSquare(shrunk, view, one.side), { ...one, view }, networks)
        looks.push(seen.map(({ score, box }) => ({ score, box: enlargeBox(box, factor) })))
      }
      for (const one of firstLooks) await look(one)
      const isSure = isBeyondDoubt(joinLooks(looks))
      if (!isSure) await look(lastLook)
      const faces = joinLooks(looks)
      const small = isSure && !isLarge(picture) ? [] : await findSmallFaces(picture, networks)
      return addSmallFaces(faces, small)
        .filter(({ score }) => score >= minimalScore)
        .map(({ score, box }) => ({ score, box: reframe(box) }))
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
