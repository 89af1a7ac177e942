import { inspectOwnDetector } from '#engine/networks/faces/own-detector.ts'
import type { FacesOfImage, FindFacesTask, InspectDetectorTask } from '#engine/curation/faces/face-tasks.ts'
import { lookForFaces } from '#engine/curation/faces/look-for-faces.ts'
import { tryDecodeImportedImage } from '#engine/base/media/read-imported-image.ts'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import { packOutcome } from '#engine/base/threads/worker-outcome.ts'

/** Boxes, landmarks and descriptors of each file; one that cannot be read comes back with its reason. */
export function findFaces({ codec, detector, threads, images }: FindFacesTask) {
  return packOutcome(async () => {
    const answers: FacesOfImage[] = []
    for (const image of images)
      answers.push(await lookForFaces(await tryDecodeImportedImage(image, codec), { detector, threads }))
    return answers
  })
}

/** Tells what kind of detector a file is, or refuses it. */
export function inspectDetector({ file }: InspectDetectorTask) {
  return packOutcome(() => inspectOwnDetector(file, createOrtRuntime()))
}
