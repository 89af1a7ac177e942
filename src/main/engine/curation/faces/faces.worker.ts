import {
  openLandmarkNetwork,
  openRecognitionNetwork,
  openTinyDetector,
} from '#engine/networks/faces/face-networks.ts'
import { openBlazeDetector } from '#engine/networks/faces/blaze-detector.ts'
import { inspectOwnDetector, openOwnDetector } from '#engine/networks/faces/own-detector.ts'
import { detectorMargins } from '#engine/networks/faces/domain/detector-margins.ts'
import { findFaces as findInPicture, type FaceNetworks } from '#engine/networks/faces/find-faces.ts'
import type { DetectorChoice } from '#engine/networks/faces/face-detection.ts'
import type { FacesOfImage, FindFacesTask, InspectDetectorTask } from '#engine/curation/faces/face-tasks.ts'
import { createOpenSlot } from '#engine/base/kernel/open-slot.ts'
import { tryDecodeImportedImage } from '#engine/base/media/read-imported-image.ts'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import { packOutcome } from '#engine/base/threads/worker-outcome.ts'

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

interface NetworkChoice {
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

/** Boxes, landmarks and descriptors of each file; one that cannot be read comes back with its reason. */
export function findFaces({ codec, detector, threads, images }: FindFacesTask) {
  return packOutcome(async () => {
    const opened = await networks.get({ detector, threads })
    const answers: FacesOfImage[] = []
    for (const image of images) {
      const decoded = await tryDecodeImportedImage(image, codec)
      answers.push(
        'refusal' in decoded
          ? { kind: 'refused', reason: decoded.refusal }
          : { kind: 'found', ...(await findInPicture(decoded.picture, opened)) },
      )
    }
    return answers
  })
}

/** Tells what kind of detector a file is, or refuses it. */
export function inspectDetector({ file }: InspectDetectorTask) {
  return packOutcome(() => inspectOwnDetector(file, runtime))
}
