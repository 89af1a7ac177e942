import { importRequest, type ImportRequest, type ImportResult } from '#shared/contract/dataset.contract.ts'
import type { JobHandler } from '#engine/base/jobs/job.ts'
import { parseInput } from '#engine/base/kernel/parse-input.ts'
import type { ImportService } from './import.service.ts'

/** Imports one folder; see `ImportService.run` for why it may be killed and repeated. */
export const createImportJob = (imports: ImportService): JobHandler<ImportRequest, ImportResult> => ({
  kind: 'import',
  parse: (input) => parseInput(importRequest, input, 'The stored import'),
  title: ({ name, source }) => `Import ${name ?? source}`,
  run: (input, context) => imports.run(input, context),
})
