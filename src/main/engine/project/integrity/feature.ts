import type { CatalogueCopy } from '#shared/contract/project.contract.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import { registerJob } from '#engine/base/jobs/job.ts'
import { answer } from '#engine/base/procedures/handlers.ts'
import type { ImageIntegrityService } from '#engine/data/catalogue/image-integrity.service.ts'
import type { ModelService } from '#engine/learning/models/model.service.ts'
import type { RunFilesService } from '#engine/learning/training/run-files.service.ts'
import type { TensorService } from '#engine/networks/tensors/tensor.service.ts'
import { checkCatalogueSeals, type CatalogueSeals } from './check-catalogue.ts'
import { checkFiles } from './check-files.ts'
import { createIntegrityJob } from './integrity.job.ts'

interface IntegrityLent extends Lent, CatalogueSeals {
  readonly listCopies: () => Promise<CatalogueCopy[]>
  readonly imageIntegrity: ImageIntegrityService
  readonly models: ModelService
  readonly runFiles: RunFilesService
  readonly tensors: TensorService
}

export function openIntegrity(lent: IntegrityLent) {
  const { db, folder, workers, jobs, storedFiles, models, listCopies, imageIntegrity, runFiles } = lent
  const files = { projectFolder: folder.path, storedFiles, models, listCopies }
  const job = createIntegrityJob({
    workers,
    catalogue: db.file,
    sources: [
      { phase: 'Checking what is sealed', check: (context) => checkCatalogueSeals(lent, context) },
      { phase: 'Checking the files of models and runs', check: (context) => checkFiles(files, context) },
      { phase: 'Checking the files of runs', check: (context) => runFiles.check(context) },
      { phase: 'Checking labels and images', check: (context) => imageIntegrity.check(context) },
      {
        phase: 'Checking decoded images',
        check: (context) =>
          lent.tensors.inspect(context, (pixelSha256) => imageIntegrity.hasPixels(pixelSha256)),
      },
    ],
  })
  return {
    services: {},
    jobs: [registerJob(job)],
    handlers: answer({
      'integrity.check': (request) => ({ jobId: jobs.enqueue('integrity', request).id }),
    }),
  }
}
