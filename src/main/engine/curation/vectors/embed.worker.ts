import { createOpenSlot } from '#engine/base/kernel/open-slot.ts'
import { tryDecodeImportedImage } from '#engine/base/media/read-imported-image.ts'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import { packOutcome } from '#engine/base/threads/worker-outcome.ts'
import { BackboneNetwork } from '#engine/curation/vectors/backbone-network.ts'
import type { EmbedImagesTask } from '#engine/curation/vectors/embed-tasks.ts'
import type { ExpectedModel } from '#engine/networks/inference/exported-model.ts'
import { makeInput, openFaceCropper, type FaceCropper } from '#engine/networks/faces/crop-face.ts'

const runtime = createOrtRuntime()

/** A thread keeps its network for the next task of the same job. */
const backbone = createOpenSlot<ExpectedModel & { readonly threads: number }, BackboneNetwork>({
  open: ({ threads, ...model }) => BackboneNetwork.open(model, runtime, threads),
  close: (network) => network[Symbol.asyncDispose](),
  isSame: (a, b) => a.onnxFile === b.onnxFile && a.sha256 === b.sha256 && a.threads === b.threads,
})

/** One thread each, as the pool has one for every core. */
const croppers = createOpenSlot<'face', FaceCropper>({
  open: () => openFaceCropper({ runtime, threads: 1 }),
  close: async (cropper) => cropper[Symbol.asyncDispose](),
})

/** The backbone's embedding of each file, of its main face where the model sees faces alone; null for one that cannot be read. */
export function embedImages(task: EmbedImagesTask) {
  const { codec, onnxFile, sha256, inputSize, view, threads, images } = task

  return packOutcome(async () => {
    const network = await backbone.get({ onnxFile, sha256, threads })
    const vectors: (Float32Array | 'no-face' | null)[] = []
    for (const image of images) {
      const decoded = await tryDecodeImportedImage(image, codec)
      if ('refusal' in decoded) {
        vectors.push(null)
        continue
      }
      const seen = await makeInput(decoded.picture, { inputSize, view }, () => croppers.get('face'))
      const isFaceless = view === 'face' && seen.face === null
      vectors.push(isFaceless ? 'no-face' : await network.embed(seen.tensor, inputSize))
    }
    return vectors
  })
}
