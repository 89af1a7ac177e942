import * as z from 'zod'
import { jobId, procedure, timestamp } from './base.contract.ts'

export const projectSummary = z.strictObject({
  folder: z.string(),
  name: z.string(),
  uuid: z.uuid(),
  createdAt: timestamp,
  /** True for the generated sample project, whose numbers mean nothing about people. */
  isSynthetic: z.boolean(),
  counts: z.strictObject({
    datasets: z.int().nonnegative(),
    images: z.int().nonnegative(),
    splits: z.int().nonnegative(),
    runs: z.int().nonnegative(),
    models: z.int().nonnegative(),
    evaluations: z.int().nonnegative(),
    exports: z.int().nonnegative(),
  }),
})
export type ProjectSummary = z.infer<typeof projectSummary>

export const recentProject = z.strictObject({
  folder: z.string(),
  name: z.string(),
  openedAt: timestamp,
  isMissing: z.boolean(),
})
export type RecentProject = z.infer<typeof recentProject>

export const projectContract = {
  current: procedure
    .route({ method: 'GET', path: '/project', summary: 'The open project, or null', tags: ['project'] })
    .output(projectSummary.nullable()),
  create: procedure
    .route({
      method: 'POST',
      path: '/project/create',
      summary: 'Make a project in a folder and open it',
      tags: ['project'],
    })
    .input(z.object({ folder: z.string().min(1), name: z.string().min(1).max(200).optional() }))
    .output(projectSummary),
  open: procedure
    .route({ method: 'POST', path: '/project/open', summary: 'Open a project folder', tags: ['project'] })
    .input(z.object({ folder: z.string().min(1) }))
    .output(projectSummary),
  close: procedure
    .route({ method: 'POST', path: '/project/close', summary: 'Close the open project', tags: ['project'] })
    .output(z.strictObject({ closed: z.boolean() })),
  recent: procedure
    .route({ method: 'GET', path: '/project/recent', summary: 'Recently opened projects', tags: ['project'] })
    .output(z.array(recentProject)),
  /** Generates the abstract sample portraits in a new project folder and imports them. */
  createSample: procedure
    .route({
      method: 'POST',
      path: '/project/sample',
      summary: 'Make and open the generated sample project',
      tags: ['project'],
    })
    .input(
      z.object({
        folder: z.string().min(1).optional(),
        images: z.int().min(100).max(100_000).default(1200),
        seed: z.int().nonnegative().default(1),
      }),
    )
    .output(z.strictObject({ jobId, folder: z.string() })),
}
