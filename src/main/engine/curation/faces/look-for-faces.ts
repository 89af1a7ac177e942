import {
  openLandmarkNetwork,
  openRecognitionNetwork,
  openTinyDetector,
} from '#engine/networks/faces/face-networks.ts'
import { openBlazeDetector } from '#engine/networks/faces/blaze-detector.ts'
import { openOwnDetector } from '#engine/networks/faces/own-detector.ts'
import { detectorMargins } from '#engine/networks/faces/domain/detector-margins.ts'
import { findFaces as findInPicture, type FaceNetworks } from '#engine/networks/faces/find-faces.ts'
import type { DetectorChoice } from '#engine/networks/faces/face-detection.ts'
import type { FacesOfImage } from '#engine/curation/faces/face-tasks.ts'
import { createOpenSlot } from '#engine/base/kernel/open-slot.ts'
import type { TriedPicture } from '#engine/base/media/read-imported-image.ts'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'

const runtime = createOrtRuntime()

function openDetector(choice: DetectorChoice, threads: number) {
  switch (choice.kind) {
    case 'blaze':
      return openBlazeDetector({ runtime, threads })
    case 'tiny':
      return openTinyDetector({ runtime, threads }, detectorMargins.tiny)
    case 'file':
      return openOwnDetector(choice.file, { runtime, threads, margin: detectorMargins.file })
    default:
      return choice satisfies never
  }
}

const closeAll = async (opened: readonly AsyncDisposable[]): Promise<void> => {
  await Promise.all(opened.map((one) => one[Symbol.asyncDispose]()))
}

export interface NetworkChoice {
  readonly detector: DetectorChoice
  readonly threads: number
}

async function openNetworks({ detector: choice, threads }: NetworkChoice): Promise<FaceNetworks> {
  await using opening = new AsyncDisposableStack()
  const detector = opening.use(await openDetector(choice, threads))
  const landmarks = opening.use(await openLandmarkNetwork({ runtime, threads }))
  const recognition = opening.use(await openRecognitionNetwork({ runtime, threads }))
  opening.move()
  return { detector, landmarks, recognition }
}

/** A thread keeps its networks for the next task of the same scan; a scan has one detector. */
const networks = createOpenSlot<NetworkChoice, FaceNetworks>({
  open: openNetworks,
  close: ({ detector, landmarks, recognition }) => closeAll([detector, landmarks, recognition]),
  isSame: (a, b) => JSON.stringify(a) === JSON.stringify(b),
})

/** Boxes, landmarks and descriptors of a file that was decoded, or what is wrong with it. @throws AppError as opening the networks */
export async function lookForFaces(decoded: TriedPicture, choice: NetworkChoice): Promise<FacesOfImage> {
  // A task has more to it than the choice, and what differs from task to task must not open the networks anew.
  const { detector, threads } = choice
  const opened = await networks.get({ detector, threads })
  if ('refusal' in decoded) return { kind: 'refused', reason: decoded.refusal }
  return { kind: 'found', ...(await findInPicture(decoded.picture, opened)) }
}
