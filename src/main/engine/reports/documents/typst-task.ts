import * as z from 'zod'

/** A document to be set, with the drawings that it names by their paths. */
export const typstTask = z.object({
  main: z.string(),
  figures: z.array(z.object({ path: z.string(), svg: z.string() })),
})

export const typstPdf = z.instanceof(Uint8Array)
