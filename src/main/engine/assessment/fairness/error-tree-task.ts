import * as z from 'zod'

const estimate = z.object({
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  n: z.int(),
})
const half = z.object({ wrong: estimate, people: z.int() })

/** Answers and what is known of their images, copied to a thread; arrays `[n]`. */
export const errorTreeTask = z.object({
  isWrong: z.instanceof(Uint8Array),
  /** Whether the image has a label of the task, and so counts. */
  isLabelled: z.instanceof(Uint8Array),
  clusters: z.instanceof(Int32Array),
  covariates: z.array(
    z.object({
      name: z.string(),
      labels: z.array(z.string()).nullable(),
      isOrdered: z.boolean(),
      values: z.instanceof(Float64Array),
    }),
  ),
  seed: z.int(),
})

export const grownTree = z.object({
  /** Of each half as a whole. */
  grown: half,
  held: half,
  leaves: z.array(
    z.object({
      way: z.array(
        z.object({
          question: z.object({
            covariate: z.int(),
            relation: z.enum(['is', 'at most', 'is known']),
            value: z.number().or(z.nan()),
          }),
          isTrue: z.boolean(),
        }),
      ),
      grown: half,
      held: half,
      rest: half,
      difference: z
        .object({ value: z.number(), low: z.number(), high: z.number(), p: z.number(), adjusted: z.number() })
        .nullable(),
      claim: z.enum(['more', 'fewer']),
      state: z.enum(['confirmed', 'not confirmed', 'too few']),
    }),
  ),
  /** `[n]` leaf of each image, -1 where it does not count. */
  leafOf: z.instanceof(Int8Array),
  /** `[n]` whether it is of the held half. */
  isHeld: z.instanceof(Uint8Array),
})
export type GrownTree = z.infer<typeof grownTree>
