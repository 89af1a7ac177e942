import type { Topic } from '#shared/contract/system.contract.ts'
import type { CheckScoreService } from '#engine/curation/checks/check-score.service.ts'
import type { Db } from '#engine/base/db/db.ts'
import { registerJob, type JobRunner } from '#engine/base/jobs/job.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import type { ModelService } from '#engine/learning/models/model.service.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { createWorkerPool } from '#engine/base/threads/worker-pool.ts'
import { createEmbedJob } from './embed.job.ts'
import { EmbeddingRepo } from '#engine/curation/vectors/embedding.repo.ts'
import { EmbeddingService } from '#engine/curation/vectors/embedding.service.ts'
import { FaceRepo } from './face.repo.ts'
import { createFaceStep } from './faces.step.ts'

interface FacesDeps {
  readonly db: Db
  readonly projectFolder: string
  readonly jobs: JobRunner
  readonly workers: WorkerLocator
  readonly codec: ImageCodecName
  readonly cores: number
  readonly models: Pick<ModelService, 'locate'>
  readonly images: ConstructorParameters<typeof EmbeddingService>[0]['images']
  readonly scores: CheckScoreService
  readonly rememberDetector: (detector: string | null) => void
  readonly publishChange: (topics: readonly Topic[]) => void
  readonly closers: AsyncDisposableStack
}

/** Long enough that a person who looks at one image after another never waits for an index twice. */
const idleMs = 10 * 60_000

/** Faces and embeddings of one open project: the scan's step, the search, and the job of a model's embeddings. */
export function createFacesFeature(deps: FacesDeps) {
  const { db, projectFolder, jobs, workers, codec, cores, models, publishChange } = deps
  const faces = new FaceRepo(db)
  const embeddings = new EmbeddingRepo(db)
  const pool = deps.closers.use(createWorkerPool({ workers, name: 'vectors', threads: 1, idleMs }))
  const service = new EmbeddingService({
    embeddings,
    models,
    jobs,
    pool,
    catalogue: db.file,
    projectFolder,
    images: deps.images,
  })
  const host = { workers, codec, cores, publishChange }
  return {
    step: createFaceStep({ ...deps, faces, embeddings }),
    services: { embeddings: service },
    handlers: [registerJob(createEmbedJob({ embeddings, faces, models, projectFolder, host }))],
  }
}
