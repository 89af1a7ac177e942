import { checks } from '#shared/domain/checks.ts'
import { createOpenSlot } from '#engine/base/kernel/open-slot.ts'
import { openImageCodec } from '#engine/base/media/open-image-codec.ts'
import type { DecodedImage } from '#engine/base/media/image-codec.ts'
import { packOutcome } from '#engine/base/threads/worker-outcome.ts'
import { scoreFaces, type FaceCheck } from '#engine/curation/faces/domain/score-faces.ts'
import { measurePixels } from '#engine/curation/pixels/domain/measure-pixels.ts'
import { pixelScorers, type PixelCheck } from '#engine/curation/pixels/domain/score-pixels.ts'
import { toGrey } from '#engine/curation/pixels/domain/to-grey.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import { averageBlocks } from '#engine/networks/faces/domain/sample-square.ts'
import { openBlazeDetector } from '#engine/networks/faces/blaze-detector.ts'
import type { FoundFaces } from '#engine/networks/faces/domain/stored-faces.ts'
import { openLandmarkNetwork, openRecognitionNetwork } from '#engine/networks/faces/face-networks.ts'
import { findFaces } from '#engine/networks/faces/find-faces.ts'
import { usualChoice } from '#engine/networks/inference/inference-choice.ts'
import { openRuntime } from '#engine/networks/inference/open-runtime.ts'
import { varyPicture } from './domain/vary-picture.ts'
import type { ExamineTask, VaryTask } from './examine-tasks.ts'
import { showAsked } from './look-at-picture.ts'

const networks = createOpenSlot({
  open: async (threads: number) => {
    const machine = { runtime: openRuntime(usualChoice), threads }
    return {
      detector: await openBlazeDetector(machine),
      landmarks: await openLandmarkNetwork(machine),
      recognition: await openRecognitionNetwork(machine),
    }
  },
  close: async (opened) => {
    await Promise.all(Object.values(opened).map((one) => one[Symbol.asyncDispose]()))
  },
})

/** Checks of single pictures; the others compare with a data set. */
const pixelChecks = (Object.keys(pixelScorers) as PixelCheck[]).filter(
  (check) => pixelScorers[check].comparesSizes !== true && check !== 'unreadable' && check !== 'damaged',
)
const faceChecks: readonly FaceCheck[] = [
  'no-face',
  'several-faces',
  'small-face',
  'off-centre-face',
  'extreme-pose',
  'occluded-face',
  'uncertain-face',
]

/** What a scan would ask a person to look at. */
function listWarnings(picture: RgbImage, faces: FoundFaces) {
  const measures = { ...measurePixels(picture, toGrey(picture)), damage: 0 }
  const evidence = { measures, problem: null, width: picture.width, height: picture.height, sizes: null }
  const scored = [
    ...pixelChecks.map((check) => [check, pixelScorers[check].score(evidence)] as const),
    ...faceChecks.map((check) => [check, scoreFaces(check, faces)] as const),
  ]
  return scored.flatMap(([check, found]) => {
    const { cut, title, help } = checks[check]
    return found === null || cut === null || found.score >= cut
      ? []
      : [{ check, title, help, score: found.score, cut }]
  })
}

async function decode({ codec, picture }: ExamineTask): Promise<DecodedImage> {
  return (await openImageCodec(codec)).decode(picture)
}

/** What is to be known of a picture before an answer about it is believed, and its face's descriptor. */
export function examinePicture(task: ExamineTask) {
  return packOutcome(async () => {
    const whole = await decode(task)
    const opened = await networks.get(task.threads)
    const { picture } = await showAsked(whole, task.face, opened.detector)
    const { faces, descriptor } = await findFaces(picture, opened)
    const damaged = whole.isDamaged
      ? [{ check: 'damaged', title: checks.damaged.title, help: checks.damaged.help, score: 0, cut: null }]
      : []
    return { faces: faces.faces.length, warnings: [...damaged, ...listWarnings(picture, faces)], descriptor }
  })
}

/** More than three times what a network sees of a picture, so that turning and cutting lose nothing that it would have seen. */
const sideToVary = 768

/** The picture that is asked about, a photograph of many megapixels made as small as its variations can do with. */
export function shrinkToVary(task: ExamineTask) {
  return packOutcome(async () => {
    const opened = await networks.get(task.threads)
    const { picture } = await showAsked(await decode(task), task.face, opened.detector)
    const { width, height } = picture
    const fitting = Math.floor(Math.max(width, height) / sideToVary)
    const factor = Math.max(1, Math.min(fitting, width, height))
    const { data, ...size } = factor === 1 ? picture : averageBlocks(picture, factor)
    return { width: size.width, height: size.height, data, factor }
  })
}

export const varyOne = ({ codec, picture, variation }: VaryTask) =>
  packOutcome(async () => (await openImageCodec(codec)).encodePng(varyPicture(picture, variation)))
