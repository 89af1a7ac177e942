import * as z from 'zod'
import { captionKinds } from '#renderer/components/tile-words.ts'
import type { ImageFilter } from '#shared/contract/image.contract.ts'
import { checkIds, type CheckId } from '#shared/domain/checks.ts'

const label = z.string().nullable().optional().catch(undefined)

/** The whole view of the Curate screen as the address holds it. */
export const curateSearch = z.object({
  check: z.enum(checkIds).optional().catch(undefined),
  view: z.enum(['map', 'shortcuts']).optional().catch(undefined),
  /** Narrows the queue to one label, as a click on a flag rate does. */
  race: label,
  gender: label,
  age: label,
  /** Whether what is decided stays in sight. */
  decided: z.boolean().optional().catch(undefined),
  /** The image whose details stand beside the map. */
  image: z.int().positive().optional().catch(undefined),
  /** What stands below the picture that the pointer is on. */
  show: z.array(z.enum(captionKinds)).optional().catch(undefined),
  dialog: z.enum(['scan']).optional().catch(undefined),
  /** A second reading. */
  reading: z.int().positive().optional().catch(undefined),
})
export type CurateSearch = z.infer<typeof curateSearch>

export type LabelFacet = 'race' | 'gender' | 'age'
export const labelFacets = ['race', 'gender', 'age'] as const satisfies readonly LabelFacet[]

/** The part of the address that narrows a queue, as the engine takes it. */
export function toQueueFilter(search: CurateSearch): ImageFilter {
  return Object.fromEntries(
    labelFacets.flatMap((facet) => {
      const value = search[facet]
      return value === undefined ? [] : [[facet, [value]]]
    }),
  )
}

/** What waits in a queue, as every count and every decision about all of it takes it. */
export const openFilter = (check: CheckId, filter: ImageFilter): ImageFilter => ({
  ...filter,
  search: `open:${check}`,
})

/** A click on a label narrows the queue to it; on the one that is chosen already it takes the narrowing back. */
export function toggleFacet(search: CurateSearch, facet: LabelFacet, value: string | null): CurateSearch {
  return { ...search, [facet]: search[facet] === value ? undefined : value }
}

/** The same images, worst first, as the catalogue's address holds them: many are seen at once there. */
export const tilesOfQueue = (check: CheckId, search: CurateSearch) => ({
  ...toQueueFilter(search),
  findings: [check],
  sort: 'finding' as const,
  ...(search.decided === true ? {} : { search: `open:${check}` }),
})
