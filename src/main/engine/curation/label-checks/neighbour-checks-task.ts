import * as z from 'zod'
import type { NeighbourLists } from '#engine/curation/vectors/domain/nearest-neighbours.ts'
import type {
  NeighbourAgreement,
  NeighbourYears,
} from '#engine/curation/label-checks/domain/neighbour-labels.ts'
import type { Outliers } from '#engine/curation/label-checks/domain/outliers.ts'

/** cleanlab's and Datalab's number of neighbours. */
export const neighbourCount = 10
/** Pairs of more images take too long to compare: an index answers instead. */
const mostExactImages = 20_000

export const neighbourChecksTask = z.object({
  /** Path of the catalogue's database file. */
  catalogue: z.string(),
  spaceId: z.int(),
  mostExactImages: z.int().positive().default(mostExactImages),
})
export type NeighbourChecksTask = z.input<typeof neighbourChecksTask>

const floats = z.instanceof(Float64Array)
const integers = z.instanceof(Int32Array)
const bytes = z.instanceof(Uint8Array)
const lists = z.object({ k: z.int(), points: integers, distances: z.instanceof(Float32Array) })
const agreement = z.object({
  classes: z.array(z.string()),
  given: integers,
  scores: floats,
  same: bytes,
  labelled: bytes,
  suggested: integers,
  suggestedShares: floats,
})

/** Columns `[images]`. */
export interface NeighbourColumns {
  readonly imageIds: Float64Array
  readonly all: NeighbourLists
  readonly sameLabel: NeighbourLists
  readonly race: LabelAgreement
  readonly gender: LabelAgreement
  readonly age: NeighbourYears & { readonly years: Float64Array; readonly bins: readonly (string | null)[] }
  readonly outlier: Outliers
}
export interface LabelAgreement extends NeighbourAgreement {
  readonly classes: readonly string[]
  /** Index of the image's own label, -1 where it is missing. */
  readonly given: Int32Array
}

export const neighbourChecksAnswer = z.object({
  imageIds: floats,
  all: lists,
  sameLabel: lists,
  race: agreement,
  gender: agreement,
  age: z.object({
    scores: floats,
    yearsOff: floats,
    medianYears: floats,
    usualYears: floats,
    years: floats,
    bins: z.array(z.string().nullable()),
  }),
  outlier: z.object({ distances: floats, cuts: floats, scores: floats, flags: bytes }),
})
export const neighbourChecksProgress = z.object({ done: z.int(), total: z.int() })
