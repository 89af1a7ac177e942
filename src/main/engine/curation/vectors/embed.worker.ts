import { createOpenSlot } from '#engine/base/kernel/open-slot.ts'
import { tryDecodeImportedImage } from '#engine/base/media/read-imported-image.ts'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import { packOutcome } from '#engine/base/threads/worker-outcome.ts'
import { BackboneNetwork } from '#engine/curation/vectors/backbone-network.ts'
import type { EmbedImagesTask } from '#engine/curation/vectors/embed-tasks.ts'
import type { ExpectedModel } from '#engine/networks/inference/exported-model.ts'
import { resizeToPlanar } from '#engine/networks/architecture/resize-image.ts'

const runtime = createOrtRuntime()

/** A thread keeps its network for the next task of the same job. */
const backbone = createOpenSlot<ExpectedModel & { readonly threads: number }, BackboneNetwork>({
  open: ({ threads, ...model }) => BackboneNetwork.open(model, runtime, threads),
  close: (network) => network[Symbol.asyncDispose](),
  isSame: (a, b) => a.onnxFile === b.onnxFile && a.sha256 === b.sha256 && a.threads === b.threads,
})

/** The backbone's embedding of each file; null for one that cannot be read. */
export function embedImages({ codec, onnxFile, sha256, inputSize, threads, images }: EmbedImagesTask) {
  return packOutcome(async () => {
    const network = await backbone.get({ onnxFile, sha256, threads })
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
