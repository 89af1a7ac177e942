import { expect, it } from 'vitest'
import { numberPeople } from '#engine/assessment/evaluation/domain/number-people.ts'

const row = (imageId: number, identity: number | null, person: number | null) => ({
  imageId,
  identity,
  person,
})

it('people are those whom the data set names, else those who were inferred, and nobody else', () => {
  const rows = [row(1, 7, null), row(2, 7, 90), row(3, null, 90), row(4, null, 91), row(5, null, 91)]
  const { people, known } = numberPeople([1, 2, 3, 4, 5, 6], rows)
  expect([...people]).toEqual([0, 0, 0, 1, 1, -1])
  expect(known).toEqual({ dataset: 2, inferred: 3, unknown: 1 })
})

it('an inferred person whom the data set names twice is neither', () => {
  const { people } = numberPeople([1, 2, 3], [row(1, 7, 90), row(2, 8, 90), row(3, null, 90)])
  expect([...people]).toEqual([0, 1, 2])
})
