import * as z from 'zod'
import { auditMeasureNames } from '#shared/domain/audit-measures.ts'

/** Path of the catalogue's database file. */
const catalogue = z.string()

export const auditTask = z.object({ catalogue })

export const qualitiesTask = z.object({
  catalogue,
  images: z.array(z.object({ imageId: z.int(), pixelSha256: z.string() })),
})
export type QualitiesTask = z.infer<typeof qualitiesTask>

/** By measure, `[images]`. */
export const qualities = z.map(z.enum(auditMeasureNames), z.instanceof(Float64Array))
export type Qualities = z.infer<typeof qualities>
