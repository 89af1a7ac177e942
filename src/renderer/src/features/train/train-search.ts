import * as z from 'zod'

const id = z.int().positive()

/** The run in view, or the runs that are compared; the sweep whose table is shown; whether the form of a new run is open. */
export const trainSearch = z.object({
  run: id.optional().catch(undefined),
  compare: z.array(id).max(64).optional().catch(undefined),
  sweep: id.optional().catch(undefined),
  form: z.boolean().optional().catch(undefined),
})
