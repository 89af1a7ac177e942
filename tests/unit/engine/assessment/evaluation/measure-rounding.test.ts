import { expect, it } from 'vitest'
import { imageId } from '#shared/contract/base.contract.ts'
import { describeRounding } from '#shared/derived/describe-rounding.ts'
import { estimateProportion } from '#shared/domain/intervals.ts'
import { measureRounding } from '#engine/assessment/evaluation/measure-rounding.ts'
import { listSchemeLabels } from '#engine/networks/architecture/model-labels.ts'

const image = (id: number, gender: string | null, person = id) => ({
  imageId: imageId.parse(id),
  groupKey: String(person),
  scheme: 'utkface5' as const,
  race: 'Asian',
  gender,
  ageBin: null,
  ageYears: null,
  file: '',
  fileSha256: '',
  pixelSha256: '',
})
const model = {
  labels: { age: null, gender: listSchemeLabels('utkface5').gender, race: null },
  ageReadOut: 'class' as const,
}
const heads = (...numbers: number[]) => new Map([['gender', Float32Array.from(numbers)]] as const)
const [first = '', second = ''] = listSchemeLabels('utkface5').gender ?? []

it('rounding is counted answer by answer, by group, and told in words', () => {
  const images = [image(1, first), image(2, first), image(3, second), image(4, null)]
  const wide = heads(1, 0, 1, 0.75, 0, 1, 0, 1)
  // The second answer turns, away from its label; the fourth has none.
  const narrow = heads(1, 0, 0.5, 0.75, 0, 1, 0.25, 1)
  const [gender, ...others] = measureRounding(images, model, { narrow, wide })
  expect(others).toEqual([])
  expect(gender).toMatchObject({
    task: 'gender',
    changed: estimateProportion(1, 4),
    largest: 0.5,
    accuracyGain: -1 / 3,
    byGroup: [
      { grouping: 'race', rates: [{ group: 'Asian', rate: estimateProportion(1, 4) }], test: null },
      {
        grouping: 'gender',
        rates: [
          { group: first, rate: estimateProportion(1, 2) },
          { group: second, rate: estimateProportion(0, 1) },
        ],
        test: null,
      },
    ],
  })
  expect(describeRounding(gender === undefined ? null : [gender])).toEqual([
    expect.stringContaining('accuracy -33.33 points'),
    '  by race: no two groups to compare',
    '  by gender: too few to tell groups apart',
  ])
  expect(describeRounding(null)).toEqual([])
})

it('rounding is judged over people: five pictures that change together are one change', () => {
  const people = 200
  const at = Array.from({ length: people * 5 }, (_, place) => place)
  const personOf = (place: number): number => Math.floor(place / 5)
  const isChanged = (place: number): boolean =>
    personOf(place) % (personOf(place) < people / 2 ? 10 : 7) === 0
  const genders = at.map((place) => (personOf(place) < people / 2 ? first : second))
  const wide = heads(...at.flatMap(() => [1, 0]))
  const narrow = heads(...at.flatMap((place) => (isChanged(place) ? [0, 1] : [1, 0])))
  const measure = (person: (place: number) => number) => {
    const images = at.map((place) => image(place + 1, genders[place] ?? null, person(place)))
    return measureRounding(images, model, { narrow, wide })[0]
  }
  const [apart, together] = [measure((place) => place), measure(personOf)]
  const changed = at.filter(isChanged).length
  expect(apart?.changed).toEqual(estimateProportion(changed, at.length))
  expect(together?.changed.value).toBe(apart?.changed.value)
  expect(together?.changed.low ?? 1).toBeLessThan(estimateProportion(changed / 5, people).low ?? 0)
  const chiSquareOf = (found: typeof apart): number | undefined =>
    found?.byGroup.find(({ grouping }) => grouping === 'gender')?.test?.chiSquare
  // As many fifths as there are pictures of each.
  expect((chiSquareOf(apart) ?? 0) / (chiSquareOf(together) ?? 1)).toBeCloseTo(5, 0)
})
