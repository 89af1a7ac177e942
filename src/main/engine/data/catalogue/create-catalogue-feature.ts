import type { Topic } from '#shared/contract/system.contract.ts'
import type { Db } from '#engine/base/db/db.ts'
import { registerJob, type RegisteredJob } from '#engine/base/jobs/job.ts'
import type { Clock } from '#engine/base/kernel/clock.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { createWorkerPool } from '#engine/base/threads/worker-pool.ts'
import { CatalogueService } from './catalogue.service.ts'
import { DatasetRepo } from './dataset.repo.ts'
import { ImageBrowseService } from './image-browse.service.ts'
import { ImageCellRepo } from './image-cell.repo.ts'
import { ImageDetailRepo } from './image-detail.repo.ts'
import { ImageExportService } from './image-export.service.ts'
import { ImageQueryRepo } from './image-query.repo.ts'
import { ImageSearchRepo } from './image-search.repo.ts'
import { ImageSearchService } from './image-search.service.ts'
import { ImageTableRepo } from './image-table.repo.ts'
import { ImageTableService } from './image-table.service.ts'
import { ImageWriteRepo } from './image-write.repo.ts'
import { createImportJob } from './import.job.ts'
import { ImportService } from './import.service.ts'
import { MediaService } from './media.service.ts'
import { SavedQueryRepo } from './saved-query.repo.ts'
import { SavedQueryService } from './saved-query.service.ts'

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
    details: new ImageDetailRepo(db),
    projectFolder: folder.path,
  })
  const images = new ImageBrowseService({
    datasets,
    images: new ImageQueryRepo(db),
    cells: new ImageCellRepo(db),
    tables: new ImageTableService({ repo: new ImageTableRepo(db) }),
    searches: new ImageSearchService({ repo: new ImageSearchRepo(db) }),
  })
  const imageExports = new ImageExportService({ images })
  const savedQueries = new SavedQueryService({ queries: new SavedQueryRepo(db), now, publishChange })
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
  return { services: { catalogue, images, imageExports, savedQueries, imports, media }, handlers }
}
