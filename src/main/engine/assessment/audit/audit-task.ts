import * as z from 'zod'

export const auditTask = z.object({
  /** Path of the catalogue's database file. */
  catalogue: z.string(),
})
