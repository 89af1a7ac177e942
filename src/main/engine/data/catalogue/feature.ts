import { importRequest } from '#shared/contract/dataset.contract.ts'
import { answer } from '#engine/base/procedures/handlers.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import { registerJob } from '#engine/base/jobs/job.ts'
import { createWorkerPool } from '#engine/base/threads/worker-pool.ts'
import type { ErasureRecordService } from '#engine/data/erasures/erasure-record.service.ts'
import { CatalogueService } from './catalogue.service.ts'
import { DatasetRepo } from './dataset.repo.ts'
import { ErasedImageRepo } from './erased-image.repo.ts'
import { ImageBrowseService } from './image-browse.service.ts'
import { ImageCellRepo } from './image-cell.repo.ts'
import { ImageDetailRepo } from './image-detail.repo.ts'
import { ImageErasureService } from './image-erasure.service.ts'
import { ImageExportService } from './image-export.service.ts'
import { ImageIntegrityRepo } from './image-integrity.repo.ts'
import { ImageIntegrityService } from './image-integrity.service.ts'
import { ImageQueryRepo } from './image-query.repo.ts'
import { ImageSearchRepo } from './image-search.repo.ts'
import { ImageSearchService } from './image-search.service.ts'
import { ImageStateRepo } from './image-state.repo.ts'
import { ImageStateService } from './image-state.service.ts'
import { ImageTableRepo } from './image-table.repo.ts'
import { ImageTableService } from './image-table.service.ts'
import { ImageWriteRepo } from './image-write.repo.ts'
import { ImportPreviewService } from './import-preview.service.ts'
import { ImportRelinkRepo } from './import-relink.repo.ts'
import { ImportRelinkService } from './import-relink.service.ts'
import { ImportService } from './import.service.ts'
import { ImportUndoRepo } from './import-undo.repo.ts'
import { ImportUndoService } from './import-undo.service.ts'
import { MediaService } from './media.service.ts'
import { SavedQueryRepo } from './saved-query.repo.ts'
import { SavedQueryService } from './saved-query.service.ts'

export function openCatalogue(lent: Lent & { readonly erasures: ErasureRecordService }) {
  const { db, folder, codec, workers, cores, now, jobs, publishChange, closers } = lent
  const datasets = new DatasetRepo(db)
  const pool = closers.use(createWorkerPool({ workers, name: 'ingest', threads: cores }))
  const closing = new AbortController()
  closers.defer(() => closing.abort())

  const catalogue = new CatalogueService({
    datasets,
    details: new ImageDetailRepo(db),
    projectFolder: folder.path,
  })
  const tables = new ImageTableService({ repo: new ImageTableRepo(db) })
  const images = new ImageBrowseService({
    datasets,
    images: new ImageQueryRepo(db),
    cells: new ImageCellRepo(db),
    tables,
    searches: new ImageSearchService({ repo: new ImageSearchRepo(db) }),
  })
  const imageStates = new ImageStateService({ states: new ImageStateRepo(db) })
  const imageExports = new ImageExportService({ images })
  const savedQueries = new SavedQueryService({ queries: new SavedQueryRepo(db), now, publishChange })
  const erased = new ErasedImageRepo(db)
  const relinks = new ImportRelinkService({
    db,
    repo: new ImportRelinkRepo(db),
    datasets,
    projectFolder: folder.path,
  })
  const importUndos = new ImportUndoService({
    db,
    repo: new ImportUndoRepo(db),
    relinks,
    erased,
    tables,
    projectFolder: folder.path,
    originals: folder.originals,
    thumbsFolder: folder.thumbs,
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
    listRefusals: () => lent.erasures.listRefusals(),
    relinks,
    strays: importUndos,
    findBegunUndo: (name) => importUndos.findBegunIn(name),
  })
  const previews = new ImportPreviewService({ pool, codec })
  const imageErasures = new ImageErasureService({
    db,
    repo: erased,
    tables,
    projectFolder: folder.path,
    thumbsFolder: folder.thumbs,
  })
  const media = new MediaService({
    catalogue,
    pool,
    codec,
    thumbsFolder: folder.thumbs,
    logger: lent.logger,
    signal: closing.signal,
  })
  const imageIntegrity = new ImageIntegrityService({
    repo: new ImageIntegrityRepo(db),
    projectFolder: folder.path,
    thumbsFolder: folder.thumbs,
  })
  return {
    services: { catalogue, images, imageStates, imports, media, imageErasures, imageIntegrity, importUndos },
    holder: imageErasures,
    jobs: [
      registerJob({
        kind: 'import',
        input: importRequest,
        changes: ['datasets', 'images', 'project'],
        title: ({ name, source }) => `Import ${name ?? source}`,
        run: async (request, context) => {
          await lent.copyBefore('import')
          return imports.run(request, context)
        },
      }),
    ],
    handlers: answer({
      'dataset.list': () => catalogue.listDatasets(),
      // Checked here too, so that a wrong path fails the call and not only the job.
      'dataset.import': async (request) => ({
        jobId: jobs.enqueue('import', await imports.prepare(request)).id,
      }),
      'dataset.preview': (request, signal) => previews.preview(request, signal),
      'dataset.imports': () => importUndos.list(),
      'dataset.issues': ({ datasetId }) => catalogue.listIssues(datasetId),
      'image.query': (request) => images.queryPage(request),
      'image.window': (request) => images.readWindow(request),
      'image.tiles': (request) => images.readTiles(request.images),
      'image.cells': ({ images: ids, columns }) =>
        images.readCells(ids, { columns, splitId: images.splitOf({}) }),
      'image.facets': ({ filter }) => images.countFacets(filter),
      'image.export': (request, signal) => imageExports.write(request, signal),
      'image.get': ({ imageId }) => catalogue.getImage(imageId),
      'savedQuery.list': () => savedQueries.list(),
      'savedQuery.save': (request) => savedQueries.save(request),
      'savedQuery.rename': ({ savedQueryId, name }) => savedQueries.rename(savedQueryId, name),
      'savedQuery.remove': ({ savedQueryId }) => ({ removed: savedQueries.remove(savedQueryId) }),
    }),
  }
}
