import type { ImportResult } from '#shared/contract/dataset.contract.ts'
import type { JobHandler } from '#engine/base/jobs/job.ts'
import { parseInput } from '#engine/base/kernel/parse-input.ts'
import { sampleRecipe, type SampleRecipe } from './sample-files.ts'
import type { SampleService } from './sample.service.ts'

export const createSampleJob = (samples: SampleService): JobHandler<SampleRecipe, ImportResult> => ({
  kind: 'sample',
  parse: (input) => parseInput(sampleRecipe, input, 'The recipe of the sample'),
  title: ({ images }) => `Draw and import ${images.toLocaleString('en')} sample portraits`,
  run: (recipe, context) => samples.make(recipe, context),
})
