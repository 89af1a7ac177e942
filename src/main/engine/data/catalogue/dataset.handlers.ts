import type { JobRunner } from '#engine/base/jobs/job.ts'
import type { EngineImplementer } from '#engine/base/kernel/implementer.ts'
import type { CatalogueService } from './catalogue.service.ts'
import type { ImportService } from './import.service.ts'

interface DatasetServices {
  readonly catalogue: CatalogueService
  readonly imports: ImportService
  readonly jobs: JobRunner
}

/** @param services gives the open project's services, or throws PRECONDITION */
export function createDatasetHandlers(os: EngineImplementer['dataset'], services: () => DatasetServices) {
  return {
    list: os.list.handler(() => services().catalogue.listDatasets()),
    import: os.import.handler(async ({ input }) => {
      const { imports, jobs } = services()
      // Checked here too, so that a wrong path fails the call and not only the job.
      return { jobId: jobs.enqueue('import', await imports.prepare(input)).id }
    }),
    issues: os.issues.handler(({ input }) => services().catalogue.listIssues(input.datasetId)),
  }
}
