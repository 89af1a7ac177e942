import { BackboneNetwork } from '#engine/curation/faces/networks/backbone-network.ts'
import {
  openDefaultDetector,
  openLandmarkNetwork,
  openRecognitionNetwork,
  openTinyDetector,
} from '#engine/curation/faces/networks/face-networks.ts'
import { inspectOwnDetector, openOwnDetector } from '#engine/curation/faces/networks/own-detector.ts'
import { detectorMargins } from '#engine/curation/faces/domain/detector-margins.ts'
import { findFaces as findInPicture, type FaceNetworks } from '#engine/curation/faces/find-faces.ts'
import type {
  DetectorChoice,
  EmbedImagesTask,
  FacesOfImage,
  FindFacesTask,
  InspectDetectorTask,
} from '#engine/curation/faces/face-tasks.ts'
import { tryDecodeImportedImage } from '#engine/base/media/read-imported-image.ts'
import { resizeToPlanar } from '#engine/networks/architecture/resize-image.ts'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import { packOutcome } from '#engine/base/threads/worker-outcome.ts'

const runtime = createOrtRuntime()

let networks: { readonly key: string; readonly opened: Promise<FaceNetworks> } | undefined
let backbone: { readonly file: string; readonly opened: Promise<BackboneNetwork> } | undefined

function openDetector(choice: DetectorChoice, threads: number) {
  switch (choice.kind) {
    case 'ssd':
      return openDefaultDetector({ runtime, threads })
    case 'tiny':
      return openTinyDetector({ runtime, threads }, detectorMargins.tiny)
    case 'file':
      return openOwnDetector(choice.file, { runtime, threads, margin: detectorMargins.file })
    default:
      return choice satisfies never
  }
}

async function openNetworks(choice: DetectorChoice, threads: number): Promise<FaceNetworks> {
  const [detector, landmarks, recognition] = await Promise.all([
    openDetector(choice, threads),
    openLandmarkNetwork({ runtime, threads }),
    openRecognitionNetwork({ runtime, threads }),
  ])
  return { detector, landmarks, recognition }
}

async function closeNetworks(opened: Promise<FaceNetworks>): Promise<void> {
  const { detector, landmarks, recognition } = await opened
  await Promise.all([detector, landmarks, recognition].map((network) => network[Symbol.asyncDispose]()))
}

/** A thread keeps its networks for the next task of the same scan; a scan has one detector. */
async function findNetworks(choice: DetectorChoice, threads: number): Promise<FaceNetworks> {
  const key = JSON.stringify([choice, threads])
  if (networks !== undefined && networks.key !== key) {
    const { opened } = networks
    networks = undefined
    await closeNetworks(opened)
  }
  networks ??= { key, opened: openNetworks(choice, threads) }
  try {
    return await networks.opened
  } catch (error) {
    networks = undefined
    throw error
  }
}

/** Boxes, landmarks and descriptors of each file; one that cannot be read comes back with its reason. */
export function findFaces({ codec, detector, threads, images }: FindFacesTask) {
  return packOutcome(async () => {
    const opened = await findNetworks(detector, threads)
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

/** The backbone's embedding of each file; null for one that cannot be read. */
export function embedImages({ codec, onnxFile, inputSize, threads, images }: EmbedImagesTask) {
  return packOutcome(async () => {
    if (backbone?.file !== onnxFile) {
      const former = backbone?.opened
      backbone = { file: onnxFile, opened: BackboneNetwork.open(onnxFile, runtime, threads) }
      await (await former)?.[Symbol.asyncDispose]()
    }
    const network = await backbone.opened
    const vectors: (Float32Array | null)[] = []
    for (const image of images) {
      const decoded = await tryDecodeImportedImage(image, codec)
      vectors.push(
        'refusal' in decoded
          ? null
          : await network.embed(resizeToPlanar(decoded.picture, inputSize), inputSize),
      )
    }
    return vectors
  })
}
