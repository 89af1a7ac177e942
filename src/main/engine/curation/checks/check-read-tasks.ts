import * as z from 'zod'
import { checkId } from '#shared/contract/check.contract.ts'

const ofCheck = z.object({
  /** Path of the catalogue's database file. */
  catalogue: z.string(),
  check: checkId,
})
export const countFlagsTask = ofCheck.pick({ catalogue: true })
export const countBinsTask = ofCheck.extend({ bins: z.int().positive() })
export const previewTask = ofCheck.extend({ cut: z.number().nullable(), limit: z.int().nonnegative() })

export const flagCounts = z.object({
  counts: z.array(
    z.object({ check: checkId, flagged: z.int(), open: z.int(), groups: z.int(), openGroups: z.int() }),
  ),
  /** Checks that left images out which they would judge now. */
  behind: z.array(checkId),
})
export const binCounts = z.array(z.int())
const examples = z.array(z.object({ imageId: z.int(), score: z.number() }))
const cells = z.array(
  z.object({
    race: z.string().nullable(),
    gender: z.string().nullable(),
    ageBin: z.string().nullable(),
    flagged: z.int(),
    n: z.int(),
  }),
)
export const ratesFigures = z.array(z.object({ check: checkId, cells }))
export const previewFigures = z.object({
  cells,
  below: examples,
  above: examples,
})
