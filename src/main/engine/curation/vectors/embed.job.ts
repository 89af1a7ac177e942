import * as z from 'zod'
import { modelId } from '#shared/contract/base.contract.ts'
import type { EmbedResult } from '#shared/contract/embedding.contract.ts'
import type { JobContext, JobHandler } from '#engine/base/jobs/job.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import { preprocessingVersion } from '#engine/networks/architecture/resize-image.ts'
import type { ModelService } from '#engine/learning/models/model.service.ts'
import { embeddingSizes, seesFaces } from '#shared/domain/architectures.ts'
import { cropSource } from '#engine/networks/faces/crop-face.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { createWorkerPool } from '#engine/base/threads/worker-pool.ts'
import { hashCanonical } from '#engine/base/kernel/hash.ts'
import type { EmbeddingSpace, NewSpace } from './embedding-space.ts'
import type { EmbeddingStoreService } from './embedding-store.service.ts'
import { nameModelSpace } from './space-names.ts'
import { locateFile } from '#engine/data/catalogue/locate-file.ts'
import { embeddedImages, type EmbedImagesTask } from './embed-tasks.ts'
import { listPages, type PendingImage } from './image-pages.ts'

const input = z.object({ modelId })
type EmbedInput = z.infer<typeof input>

interface EmbedJobDeps {
  readonly embeddings: EmbeddingStoreService
  readonly models: Pick<ModelService, 'locate'>
  readonly projectFolder: string
  readonly host: {
    readonly workers: WorkerLocator
    readonly codec: ImageCodecName
    readonly cores: number
  }
}

const embedVersion = 1
const imagesPerTask = 16

/** Works out the backbone's embedding of every image that has none yet; resumable at any image. */
export function createEmbedJob(deps: EmbedJobDeps): JobHandler<EmbedInput, EmbedResult> {
  return {
    kind: 'embed',
    input,
    changes: ['checks', 'images', 'project'],
    title: (asked) => `Embed the images with model ${asked.modelId}`,
    run: async (asked, context) => {
      const model = deps.models.locate(asked.modelId)
      const space = await deps.embeddings.prepare(describeSpace(model), context.signal)
      const result = await embedAll(space, { deps, context, model })
      return { space: space.name, ...result }
    },
  }
}

type Model = ReturnType<ModelService['locate']>

const describeSpace = (model: Model): NewSpace => ({
  name: nameModelSpace(model.id),
  modelId: model.id,
  dimensions: embeddingSizes[model.arch],
  version: embedVersion,
  sourceSha256: hashCanonical({
    weights: model.weightsSha256,
    embedVersion,
    ...(seesFaces(model.arch) ? { cropSource } : { preprocessingVersion }),
  }),
})

interface Chunk extends EmbedImagesTask {
  readonly pending: readonly PendingImage[]
}

async function embedAll(
  space: EmbeddingSpace,
  { deps, context, model }: { deps: EmbedJobDeps; context: JobContext; model: Model },
): Promise<{ images: number; unreadable: number }> {
  const { embeddings, host } = deps
  const { signal, report } = context
  await using pool = createWorkerPool({ workers: host.workers, name: 'embed', threads: host.cores })
  const newest = embeddings.newestImage()
  let [images, unreadable] = [0, 0]
  function* chunks(): Generator<Chunk> {
    for (const page of listPages(newest)) {
      const pending = embeddings.listPending(space.id, page)
      report({ phase: 'Embedding', done: page.after, total: newest })
      for (let at = 0; at < pending.length; at += imagesPerTask) {
        const chunk = pending.slice(at, at + imagesPerTask)
        const files = chunk.map((image) => ({
          file: locateFile(image, deps.projectFolder),
          fileSha256: image.fileSha256,
        }))
        const { onnx: onnxFile } = model.files
        const { onnxSha256: sha256 } = model
        const task = {
          codec: host.codec,
          onnxFile,
          sha256,
          inputSize: model.inputSize,
          view: seesFaces(model.arch) ? ('face' as const) : ('whole' as const),
          threads: 1,
          images: files,
        }
        yield { ...task, pending: chunk }
      }
    }
  }
  const call = { name: 'embedImages', result: embeddedImages, signal }
  for await (const [{ pending }, vectors] of pool.map(chunks(), call)) {
    const rows = pending.flatMap(({ imageId, pixelSha256 }, at) => {
      const vector = vectors[at] ?? null
      // What cannot be read is tried again by the next job.
      if (vector === null) return []
      return [{ imageId, pixelSha256, vector: vector === 'no-face' ? null : vector }]
    })
    embeddings.put(space.id, rows)
    images += rows.length
    unreadable += pending.length - rows.length
  }
  report({ phase: 'Embedding', done: newest, total: newest })
  return { images, unreadable }
}
