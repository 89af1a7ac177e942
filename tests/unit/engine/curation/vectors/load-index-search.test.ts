import { expect, test } from 'vitest'
import { searchNeighbours } from '#engine/curation/vectors/index-neighbours.ts'
import { loadIndexSearch } from '#engine/curation/vectors/load-index-search.ts'

test('a machine without a build of the index is told so, with what it is needed for', async () => {
  const cause = new Error('No native build was found')
  const refused = loadIndexSearch(() => Promise.reject(cause))
  await expect(refused).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining('usearch'),
    cause,
  })
  expect(await loadIndexSearch()).toBe(searchNeighbours)
})
