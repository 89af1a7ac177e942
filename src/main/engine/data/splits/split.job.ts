import { splitRequest, type SplitRequest, type SplitResult } from '#shared/contract/split.contract.ts'
import type { JobHandler } from '#engine/base/jobs/job.ts'
import { parseInput } from '#engine/base/kernel/parse-input.ts'
import type { SplitService } from './split.service.ts'

export const createSplitJob = (splits: SplitService): JobHandler<SplitRequest, SplitResult> => ({
  kind: 'split',
  parse: (input) => parseInput(splitRequest, input, 'The request for a split'),
  title: ({ name }) => (name === undefined ? 'Make a split' : `Make split ${name}`),
  run: (request, context) => splits.make(request, context),
})
