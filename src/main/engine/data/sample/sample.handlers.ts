import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProjectSummary } from '#shared/contract/project.contract.ts'
import type { JobRunner } from '#engine/base/jobs/job.ts'
import type { EngineImplementer } from '#engine/base/kernel/implementer.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'

interface SampleHandlerDeps {
  readonly userDataFolder: string
  readonly createProject: (options: {
    folder: string
    name: string
    isSynthetic: true
  }) => Promise<ProjectSummary>
  readonly services: () => { readonly jobs: JobRunner }
}

/** `samples/sample-<n>` below the user's data, one higher than the highest there is. */
async function chooseFolder(userDataFolder: string): Promise<string> {
  const samples = join(userDataFolder, 'samples')
  try {
    await mkdir(samples, { recursive: true })
    const numbers = (await readdir(samples)).map((name) => Number(/^sample-(\d+)$/.exec(name)?.[1] ?? 0))
    return join(samples, `sample-${Math.max(0, ...numbers) + 1}`)
  } catch (error) {
    throw mapSystemError(error, { action: 'make', path: samples })
  }
}

export const createSampleHandler = (
  os: EngineImplementer['project']['createSample'],
  { userDataFolder, createProject, services }: SampleHandlerDeps,
) =>
  os.handler(async ({ input: { folder, images, seed } }) => {
    const project = await createProject({
      folder: folder ?? (await chooseFolder(userDataFolder)),
      name: 'Sample portraits',
      isSynthetic: true,
    })
    return { jobId: services().jobs.enqueue('sample', { images, seed }).id, folder: project.folder }
  })
