import { join, resolve } from 'node:path'
import { reportRequest, type ReportRequest, type ReportResult } from '#shared/contract/report.contract.ts'
import type { JobHandler } from '#engine/base/jobs/job.ts'
import { writeNewFile } from '#engine/base/kernel/write-new-file.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { countFigures } from './domain/count-figures.ts'
import { drawReport } from './draw-report.ts'
import type { ReportService } from './report.service.ts'

interface ReportJobDeps {
  readonly reports: Pick<ReportService, 'read'>
  readonly workers: WorkerLocator
}

/** Writes the files of a report. Called again after being killed it writes the same, and leaves what is there already. */
export function createReportJob({
  reports,
  workers,
}: ReportJobDeps): JobHandler<ReportRequest, ReportResult> {
  return {
    kind: 'report',
    input: reportRequest,
    changes: [],
    title: ({ evaluationId }) => `Report of evaluation ${evaluationId}`,
    run: async (request, { signal, report }) => {
      const document = await reports.read(request, { signal, report })
      report({ phase: 'Drawing the report', done: 0, total: null })
      const drawn = await drawReport(document, request, { workers, signal })
      const files: ReportResult['files'] = []
      for (const [index, { format, path, content }] of drawn.entries()) {
        signal.throwIfAborted()
        report({ phase: 'Writing files', done: index, total: drawn.length })
        const file = join(resolve(request.folder), path)
        const { sha256 } = await writeNewFile(file, [content])
        files.push({ format, file, sha256 })
      }
      return { files, figures: countFigures(document) }
    },
  }
}
