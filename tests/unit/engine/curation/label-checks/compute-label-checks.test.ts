import { expect, test } from 'vitest'
import { judgeLabels } from '#engine/curation/label-checks/compute-label-checks.ts'
import { ageBinLabels } from '#shared/domain/label-schemes.ts'

/** A model that hardly knows, leaning to the middle of life. */
const unsure = [0.04, 0.06, 0.1, 0.16, 0.16, 0.14, 0.12, 0.11, 0.11]
/** One that knows a person of 10 to 19. */
const sure = [0, 0.02, 0.95, 0.02, 0.01, 0, 0, 0, 0]

test('an age is doubted for what a model knows, not for its distance from the middle of life', () => {
  const people = [
    { label: '70+', says: unsure },
    { label: '0-2', says: unsure },
    { label: '40-49', says: sure },
    { label: '20-29', says: sure },
    ...Array.from({ length: 20 }, () => ({ label: '10-19', says: sure })),
  ]
  const judged = judgeLabels(
    {
      task: 'age',
      classes: ageBinLabels,
      imageIds: Float64Array.from(people, (_, id) => id),
      probabilities: Float32Array.from(people.flatMap(({ says }) => says)),
      years: new Float64Array(people.length).fill(NaN),
    },
    {
      labels: new Map(
        people.map(({ label }, id) => [
          id,
          { imageId: id, race: null, gender: null, ageBin: label, ageYears: null },
        ]),
      ),
      seed: 0,
    },
  )
  const [old = NaN, baby = NaN, wrong = NaN, next = NaN, right = NaN] = judged?.scores ?? []
  expect(wrong).toBeLessThan(Math.min(old, baby))
  expect(wrong).toBeCloseTo(0.01, 5)
  expect(old).toBeCloseTo(0.22, 5)
  // A neighbouring bin is no mistake.
  expect(next).toBeCloseTo(0.98, 5)
  expect(right).toBeCloseTo(0.99, 5)
})
