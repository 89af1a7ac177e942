import { expect, it } from 'vitest'
import { labelSchemes } from '#shared/domain/label-schemes.ts'
import { countFacets } from '#engine/data/catalogue/domain/count-facets.ts'
import { ImageTable } from '#engine/data/catalogue/domain/image-table.ts'

function makeTable(races: readonly (string | null)[]): ImageTable {
  const table = new ImageTable()
  races.forEach((race, index) =>
    table.put({
      id: index + 1,
      datasetId: 1,
      race,
      gender: null,
      ageYears: null,
      ageBin: null,
      identityId: null,
      status: 'undecided',
      isIdentitySuspect: false,
    }),
  )
  table.settle()
  return table
}

it.each(Object.entries(labelSchemes))(
  'the races of %s stand in their own order, missing last',
  (_, { race }) => {
    const facets = countFacets({
      table: makeTable([null, ...race.toReversed()]),
      filter: {},
      parts: null,
      base: null,
      isStatusSearched: false,
      datasetNames: new Map(),
    })
    expect(facets.race.map(({ value }) => value)).toEqual([...race, null])
    expect(facets.total).toBe(race.length + 1)
  },
)
