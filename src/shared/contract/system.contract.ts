import { eventIterator } from '@orpc/contract'
import * as z from 'zod'
import { procedure, timestamp, filePath } from './base.contract.ts'
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

/** What can compute a training: ONNX Runtime's providers, oneDNN on the CPU, and TensorFlow on whatever it finds. */
export const computeId = z.enum(['cpu', 'webgpu', 'cuda', 'dml', 'coreml', 'onednn', 'tensorflow'])
export type ComputeId = z.infer<typeof computeId>

const imagesPerSecond = z.number().positive().nullable()

/** What a test of one device measured, beside the CPU in the same minute. */
export const deviceMeasurement = z.strictObject({
  testedAt: timestamp,
  /** Relative differences from the CPU, of one step's loss and of all its gradients together; null for the CPU itself. */
  parity: z
    .strictObject({
      loss: z.number().nonnegative(),
      gradients: z.number().nonnegative(),
      /** Largest difference of a weight after the step. */
      weights: z.number().nonnegative(),
    })
    .nullable(),
  /** Operators of that step that ran on the device, and the names of those that the CPU had to take. */
  operators: z.strictObject({ onDevice: z.int().nonnegative(), onCpu: z.array(z.string()) }).nullable(),
  /** Training ResNet-18 at 64 px in batches of 32; null where the first batches took too long to measure. */
  imagesPerSecond,
  cpuImagesPerSecond: imagesPerSecond,
  /** What activations and products were computed in while the speed was measured. */
  arithmetic: z.enum(['float32', 'bf16']).default('float32'),
})
export type DeviceMeasurement = z.infer<typeof deviceMeasurement>

export const deviceReport = z.strictObject({
  id: computeId,
  /** For people. */
  name: z.string(),
  /** `untested` until it has been seen to train. */
  state: z.enum(['available', 'unavailable', 'untested']),
  /** What it computes on, as far as it can be told. */
  hardware: z.string().nullable(),
  /** Library that computes and its version, where it is another than ONNX Runtime and has been tested. */
  library: z.string().nullable().default(null),
  /** Why it is not available and what to do. */
  reason: z.string().nullable(),
  measured: deviceMeasurement.nullable(),
})
export type DeviceReport = z.infer<typeof deviceReport>

export const deviceList = z.strictObject({
  devices: z.array(deviceReport),
  /** What a run on `auto` takes. */
  automatic: computeId,
})
export type DeviceList = z.infer<typeof deviceList>

export const topic = z.enum([
  'project',
  'datasets',
  'images',
  'splits',
  'runs',
  'models',
  'evaluations',
  'checks',
  'decisions',
  'identities',
  'snapshots',
])
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
  devices: procedure
    .route({
      method: 'GET',
      path: '/system/devices',
      summary: 'What can train here, as far as it was tested',
      tags: ['system'],
    })
    .output(deviceList),
  /** Trains a step in a process of its own, compares it with the CPU's and measures the speed; takes up to minutes. */
  testDevice: procedure
    .route({
      method: 'POST',
      path: '/system/devices/{device}/test',
      summary: 'Test one device by training on it',
      tags: ['system'],
    })
    .input(z.object({ device: computeId }))
    .output(deviceReport),
  /** Everything that changes, as it happens; the window keeps one of these open. */
  events: procedure
    .route({ method: 'GET', path: '/events', summary: 'Changes as server-sent events', tags: ['system'] })
    .output(eventIterator(engineEvent)),
  /** Folders below a folder, for a window that has no native folder dialog. */
  folders: procedure
    .route({ method: 'GET', path: '/system/folders', summary: 'Folders below a folder', tags: ['system'] })
    .input(z.object({ path: filePath.or(z.literal('')).optional() }))
    .output(
      z.strictObject({
        path: z.string(),
        parent: z.string().nullable(),
        folders: z.array(folderEntry),
        files: z.int().nonnegative(),
      }),
    ),
}
