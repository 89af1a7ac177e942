import { eventIterator } from '@orpc/contract'
import * as z from 'zod'
import { procedure } from './base.contract.ts'
import { jobSnapshot } from './job.contract.ts'

export const systemInfo = z.strictObject({
  version: z.string(),
  node: z.string(),
  platform: z.string(),
  host: z.enum(['electron', 'server', 'cli']),
  cores: z.int().positive(),
  memoryBytes: z.int().positive(),
  imageCodec: z.strictObject({ name: z.enum(['sharp', 'sharp-wasm']), reason: z.string() }),
  onnxRuntime: z.string(),
})
export type SystemInfo = z.infer<typeof systemInfo>

export const topic = z.enum(['project', 'datasets', 'images', 'splits', 'runs', 'models', 'evaluations'])
export type Topic = z.infer<typeof topic>

export const engineEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('jobChanged'), job: jobSnapshot }),
  z.strictObject({ type: z.literal('catalogueChanged'), topics: z.array(topic) }),
])
export type EngineEvent = z.infer<typeof engineEvent>

export const folderEntry = z.strictObject({
  name: z.string(),
  path: z.string(),
  isProject: z.boolean(),
})

export const systemContract = {
  info: procedure
    .route({
      method: 'GET',
      path: '/system',
      summary: 'Versions, cores and the image codec in use',
      tags: ['system'],
    })
    .output(systemInfo),
  /** Everything that changes, as it happens; the window keeps one of these open. */
  events: procedure
    .route({ method: 'GET', path: '/events', summary: 'Changes as server-sent events', tags: ['system'] })
    .output(eventIterator(engineEvent)),
  /** Folders below a folder, for a window that has no native folder dialog. */
  folders: procedure
    .route({ method: 'GET', path: '/system/folders', summary: 'Folders below a folder', tags: ['system'] })
    .input(z.object({ path: z.string().optional() }))
    .output(
      z.strictObject({
        path: z.string(),
        parent: z.string().nullable(),
        folders: z.array(folderEntry),
        files: z.int().nonnegative(),
      }),
    ),
}
