import type { Topic } from '#shared/contract/system.contract.ts'
import type { Db } from '../db/db.ts'
import { registerJob, type RegisteredJob } from '../jobs/job.ts'
import type { Clock } from '../kernel/clock.ts'
import type { ImageCodecName } from '../media/image-codec.ts'
import type { WorkerLocator } from '../workers/worker-locator.ts'
import { createWorkerPool } from '../workers/worker-pool.ts'
import { CatalogueService } from './catalogue.service.ts'
import { DatasetRepo } from './dataset.repo.ts'
import { ImageDetailRepo } from './image-detail.repo.ts'
import { ImageQueryRepo } from './image-query.repo.ts'
import { ImageWriteRepo } from './image-write.repo.ts'
import { createImportJob } from './import.job.ts'
import { ImportService } from './import.service.ts'
import { MediaService } from './media.service.ts'

interface CatalogueFeatureDeps {
  readonly db: Db
  readonly folder: { readonly path: string; readonly thumbs: string; readonly originals: string }
  readonly codec: ImageCodecName
  readonly workers: WorkerLocator
  readonly cores: number
  readonly now: Clock
  readonly publishChange: (topics: readonly Topic[]) => void
  /** Closed with the project. */
  readonly closers: AsyncDisposableStack
}

/** Puts the catalogue of one open project together: its services, and the jobs it can run. */
export function createCatalogueFeature(deps: CatalogueFeatureDeps) {
  const { db, folder, codec, workers, cores, now, publishChange, closers } = deps
  const datasets = new DatasetRepo(db)
  const pool = closers.use(createWorkerPool({ workers, name: 'ingest', threads: cores }))
  const closing = new AbortController()
  closers.defer(() => closing.abort())

  const catalogue = new CatalogueService({
    datasets,
    images: new ImageQueryRepo(db),
    details: new ImageDetailRepo(db),
    projectFolder: folder.path,
  })
  const imports = new ImportService({
    db,
    datasets,
    images: new ImageWriteRepo(db),
    pool,
    codec,
    project: folder,
    now,
    publishChange,
  })
  const media = new MediaService({
    catalogue,
    pool,
    codec,
    thumbsFolder: folder.thumbs,
    signal: closing.signal,
  })
  const handlers: readonly RegisteredJob[] = [registerJob(createImportJob(imports))]
  return { services: { catalogue, imports, media }, handlers }
}
