import { expect, it } from 'vitest'
import { labelSchemes } from '#shared/domain/label-schemes.ts'
import { countFacets, type FacetCell } from '#engine/catalogue/domain/count-facets.ts'

const cellOf = (race: string | null): FacetCell => ({
  datasetId: 1,
  race,
  gender: null,
  ageBin: null,
  part: null,
  count: 2,
})

it.each(Object.entries(labelSchemes))(
  'the races of %s stand in their own order, missing last',
  (_, { race }) => {
    const facets = countFacets([null, ...race.toReversed()].map(cellOf), {
      filter: {},
      datasetNames: new Map(),
      hasSplit: false,
    })
    expect(facets.race.map(({ value }) => value)).toEqual([...race, null])
    expect(facets.total).toBe(2 * (race.length + 1))
  },
)
