import { AppError } from '#shared/contract/errors.ts'
import { createOpenSlot } from '#engine/base/kernel/open-slot.ts'
import { openImageCodec } from '#engine/base/media/open-image-codec.ts'
import { readImportedImage, type ImportedImage } from '#engine/base/media/read-imported-image.ts'
import { packOutcome } from '#engine/base/threads/worker-outcome.ts'
import { openBlazeDetector } from '#engine/networks/faces/blaze-detector.ts'
import { openLandmarkNetwork } from '#engine/networks/faces/face-networks.ts'
import { ExplainedNetwork } from '#engine/networks/inference/explained-network.ts'
import { usualChoice } from '#engine/networks/inference/inference-choice.ts'
import { openRuntime } from '#engine/networks/inference/open-runtime.ts'
import { alignMap, frameCells } from './domain/align-map.ts'
import { mapActivation } from './domain/class-activation.ts'
import { compareMaps } from './domain/compare-maps.ts'
import { chooseTargets } from './domain/targets.ts'
import { alignedState, type AlignImagesTask, type CompareTask } from './group-map-tasks.ts'
import { lookAtPicture, type Looked } from './look-at-picture.ts'

interface Opened extends AsyncDisposable {
  readonly network: ExplainedNetwork
  readonly detector: Awaited<ReturnType<typeof openBlazeDetector>>
  readonly landmarks: Awaited<ReturnType<typeof openLandmarkNetwork>>
}

type Key = Pick<AlignImagesTask, 'onnxFile' | 'sha256' | 'threads'>

const opened = createOpenSlot<Key, Opened>({
  open: async ({ onnxFile, sha256, threads }) => {
    const machine = { runtime: openRuntime(usualChoice), threads }
    await using opening = new AsyncDisposableStack()
    const network = opening.use(await ExplainedNetwork.open({ onnxFile, sha256 }, machine))
    const detector = opening.use(await openBlazeDetector(machine))
    const landmarks = opening.use(await openLandmarkNetwork(machine))
    const all = opening.move()
    return { network, detector, landmarks, [Symbol.asyncDispose]: async () => all.disposeAsync() }
  },
  close: async (value) => value[Symbol.asyncDispose](),
  isSame: (a, b) => a.onnxFile === b.onnxFile && a.sha256 === b.sha256 && a.threads === b.threads,
})

/** Null for a file that cannot be read or is another than was imported. */
async function look(
  image: ImportedImage,
  { codec, ...eyes }: AlignImagesTask & Opened,
): Promise<Looked | null> {
  try {
    const { view, metadata } = eyes.network
    return await lookAtPicture(await readImportedImage(image), {
      codec: await openImageCodec(codec),
      eyes,
      view,
      inputSize: metadata.inputSize,
      face: null,
    })
  } catch (error) {
    if (error instanceof AppError) return null
    throw error
  }
}

const cells = frameCells * frameCells

/** The maps of one image, one for each task, or why it has none. */
async function alignImage(image: ImportedImage, task: AlignImagesTask & Opened) {
  const looked = await look(image, task)
  if (looked === null) return alignedState.unreadable
  const { tensor, points, size } = looked.seen
  if (points === null) return alignedState.noFace
  const { network } = task
  const { heads, features, linear } = await network.see(Float32Array.from(tensor))
  const { labels, ageReadOut } = network.metadata
  const targets = chooseTargets({ heads, labels, ageReadOut, wanted: {} })
  const maps = new Float32Array(task.tasks.length * cells)
  for (const [at, name] of task.tasks.entries()) {
    const target = targets.find((one) => one.task === name)
    const head = linear.get(name)
    if (target === undefined || head === undefined) {
      throw new AppError(
        'INVALID_INPUT',
        `The ${name} head of the model is no linear function of its averaged maps, so that there is no class activation of it.`,
      )
    }
    const activation = mapActivation(features, head, target.gradient(heads.get(name) ?? new Float32Array()))
    const grid = { values: activation, rows: features.height, columns: features.width }
    const aligned = alignMap(grid, points, size)
    if (aligned === null) return alignedState.flat
    maps.set(aligned, at * cells)
  }
  return maps
}

export function alignImages(task: AlignImagesTask) {
  return packOutcome(async () => {
    const { onnxFile, sha256, threads } = task
    const eyes = await opened.get({ onnxFile, sha256, threads })
    const states = new Uint8Array(task.images.length)
    const maps = new Float32Array(task.images.length * task.tasks.length * cells)
    for (const [at, image] of task.images.entries()) {
      const made = await alignImage(image, { ...task, ...eyes })
      if (typeof made === 'number') states[at] = made
      else maps.set(made, at * made.length)
    }
    return { states, maps }
  })
}

export const compareGroups = ({ aligned, draws, seed }: CompareTask) =>
  packOutcome(() => compareMaps(aligned, { draws, seed }))
