import type { ImportService } from '#engine/data/catalogue/import.service.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import { registerJob } from '#engine/base/jobs/job.ts'
import { sampleRecipe } from './sample-files.ts'
import { SampleService } from './sample.service.ts'

export function openSamples({ folder, codec, workers, cores, imports }: Lent & { imports: ImportService }) {
  const samples = new SampleService({ projectFolder: folder.path, codec, workers, cores, imports })
  return {
    services: {},
    jobs: [
      registerJob({
        kind: 'sample',
        input: sampleRecipe,
        changes: ['datasets', 'images', 'project'],
        title: ({ images }) => `Draw and import ${images.toLocaleString('en')} sample portraits`,
        run: (recipe, context) => samples.make(recipe, context),
      }),
    ],
    handlers: {},
  }
}
