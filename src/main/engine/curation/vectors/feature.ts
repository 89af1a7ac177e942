import { join } from 'node:path'
import type { ErasureWork } from '#engine/base/holders/image-holder.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import { answer } from '#engine/base/procedures/handlers.ts'
import { registerJob } from '#engine/base/jobs/job.ts'
import { createWorkerPool } from '#engine/base/threads/worker-pool.ts'
import type { ImageBrowseService } from '#engine/data/catalogue/image-browse.service.ts'
import type { ModelService } from '#engine/learning/models/model.service.ts'
import { createEmbedJob } from './embed.job.ts'
import { dropIndexes } from './drop-indexes.ts'
import { EmbeddingStoreService } from './embedding-store.service.ts'
import { EmbeddingRepo } from './embedding.repo.ts'
import { EmbeddingService } from './embedding.service.ts'
import { openVectorSource } from './vector-source.ts'

interface VectorsLent extends Lent {
  readonly images: ImageBrowseService
  readonly models: ModelService
}

/** Long enough that a person who looks at one image after another never waits for an index twice. */
const idleMs = 10 * 60_000

export function openVectors(lent: VectorsLent) {
  const { db, folder, jobs, workers, codec, cores, images, models, closers } = lent
  const repo = new EmbeddingRepo(db)
  const embeddings = new EmbeddingService({
    embeddings: repo,
    models,
    jobs,
    pool: closers.use(createWorkerPool({ workers, name: 'vectors', threads: 1, idleMs })),
    catalogue: db.file,
    projectFolder: folder.path,
    images,
  })
  const embeddingStore = new EmbeddingStoreService({ embeddings: repo })
  const embedJob = createEmbedJob({
    embeddings: embeddingStore,
    models,
    projectFolder: folder.path,
    host: { workers, codec, cores },
  })
  return {
    services: {
      embeddings,
      embeddingStore,
      vectorSource: openVectorSource(db),
    },
    jobs: [registerJob(embedJob)],
    holder: {
      rows: repo.held,
      settle: async ({ images: erased }: ErasureWork) => {
        if (erased.length === 0) return
        repo.raiseRevisions()
        await dropIndexes(join(folder.path, 'cache'))
      },
    },
    handlers: answer({
      'embedding.spaces': () => embeddings.listSpaces(),
      'embedding.start': ({ modelId }) => ({ jobId: embeddings.start(modelId) }),
      'embedding.neighbours': (request, signal) => embeddings.findNeighbours(request, signal),
    }),
  }
}
