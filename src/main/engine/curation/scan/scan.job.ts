import { scanRequest, type ScanRequest, type ScanResult } from '#shared/contract/check.contract.ts'
import { checkIds } from '#shared/domain/checks.ts'
import type { JobHandler } from '#engine/base/jobs/job.ts'
import { parseInput } from '#engine/base/kernel/parse-input.ts'
import type { ScanService } from './scan.service.ts'

export const createScanJob = (scans: ScanService): JobHandler<ScanRequest, ScanResult> => ({
  kind: 'scan',
  parse: (input) => parseInput(scanRequest, input, 'The stored scan'),
  title: ({ checks = checkIds }) =>
    checks.length === checkIds.length
      ? 'Scan for images that do not belong'
      : `Scan: ${checks.length} ${checks.length === 1 ? 'check' : 'checks'}`,
  run: (request, context) => scans.run(request, context),
})
