import * as z from 'zod'
import { computeId, deviceMeasurement } from '#shared/contract/system.contract.ts'

/** What the engine asks a probe process. */
export const probeRequest = z.object({
  id: computeId,
  threads: z.int().positive(),
  /** An empty folder for what it writes on the way. */
  folder: z.string(),
})
export type ProbeRequest = z.infer<typeof probeRequest>

/** What a probe process says: the comparison, then the speed so far after every batch, then that it is done. */
export const probeMessage = z.discriminatedUnion('type', [
  deviceMeasurement.pick({ parity: true, operators: true, arithmetic: true }).extend({
    type: z.literal('compared'),
    /** Where the library itself tells what it computes on. */
    hardware: z.string().nullable(),
    /** Where it is another than ONNX Runtime. */
    library: z.string().nullable(),
  }),
  z.object({
    type: z.literal('speed'),
    of: z.enum(['cpu', 'device']),
    imagesPerSecond: z.number().positive(),
  }),
  z.object({ type: z.literal('done') }),
  z.object({ type: z.literal('failed'), message: z.string() }),
])
export type ProbeMessage = z.infer<typeof probeMessage>
