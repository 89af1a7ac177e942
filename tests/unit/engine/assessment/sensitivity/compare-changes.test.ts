import { expect, it } from 'vitest'
import { createRandom } from '#engine/base/kernel/random.ts'
import { changes } from '#engine/assessment/sensitivity/domain/changes.ts'
import { compareChanges, type ChangedAnswers } from '#engine/assessment/sensitivity/domain/compare-changes.ts'
import { makeRecords } from '#tests/fixtures/task-records.ts'

const n = 200
const random = createRandom(4, ['changes'])
const kinds = changes.map(({ kind }) => kind)

/** White faces flip when they are mirrored, and hardly any other does; the last image cannot be read and the one before has no label of race. */
function makeAnswers(): { answers: ChangedAnswers; race: string[] } {
  const race = Array.from({ length: n }, (_, image) => (image % 2 === 0 ? 'White' : 'Black'))
  const predicted = new Int16Array(n * changes.length)
  const years = new Float32Array(n * changes.length)
  for (let image = 0; image < n; image++) {
    kinds.forEach((kind, place) => {
      const at = image * changes.length + place
      const rate = kind === 'flip' && race[image] === 'White' ? 0.5 : 0.02
      predicted[at] = image === n - 1 ? -1 : kind !== null && random.float() < rate ? 2 : 1
      years[at] = 30 + (kind === null ? 0 : random.float() * 4 - 2)
    })
  }
  return { answers: { task: 'age', predicted, years }, race }
}

const { answers, race } = makeAnswers()
const records = makeRecords({
  labels: ['a', 'b', 'c'],
  labelled: Array.from({ length: n }, () => 0),
  predicted: Array.from({ length: n }, () => 0),
  race,
})
records.groupings.race.indices[n - 2] = -1
const compared = compareChanges([answers], records, { draws: 400, seed: 1 })
const find = (kind: 'crop' | 'brightness' | 'flip') => {
  const found = compared.find((one) => one.kind === kind && one.by === 'race')
  if (found === undefined) throw new Error(`There is no comparison of ${kind}`)
  return found
}

it.each(['crop', 'brightness', 'flip'] as const)('counts and means are those of plain loops (%s)', (kind) => {
  const { overall, groups } = find(kind)
  const count = (isIn: (image: number) => boolean) => {
    let [all, flipped, moved] = [0, 0, 0]
    for (let image = 0; image < n - 1; image++) {
      if (!isIn(image)) continue
      const own = kinds.flatMap((one, place) => (one === kind ? [image * changes.length + place] : []))
      const first = image * changes.length
      all += 1
      flipped += own.some((at) => answers.predicted[at] !== answers.predicted[first]) ? 1 : 0
      moved += own.reduce((sum, at) => sum + Math.abs((answers.years?.[at] ?? 0) - 30), 0) / own.length
    }
    return { all, flips: flipped / all, moved: moved / all }
  }
  // The image without a label of race counts among all, and in no group.
  const everyone = count(() => true)
  expect(overall).toMatchObject({ flips: { n: n - 1 }, movedYears: { n: n - 1 }, people: n - 1 })
  expect(overall.flips.value).toBeCloseTo(everyone.flips, 12)
  expect(overall.movedYears?.value).toBeCloseTo(everyone.moved, 6)
  for (const { group, flips, movedYears, people } of groups) {
    const own = count((image) => race[image] === group && image !== n - 2)
    expect({ n: flips.n, people }).toEqual({ n: own.all, people: own.all })
    expect(flips.value).toBeCloseTo(own.flips, 12)
    expect(movedYears?.value).toBeCloseTo(own.moved, 6)
  }
})

it('groups are told apart where they differ, beside chance and corrected, and not where they do not', () => {
  const flip = find('flip').flipsGap
  expect(flip?.observed).toBeGreaterThan(0.3)
  expect(flip?.expectedByChance).toBeLessThan(0.15)
  expect(flip?.adjusted).toBeLessThanOrEqual(0.05)
  expect(flip?.adjusted).toBeGreaterThan(flip?.p ?? 1)
  for (const gap of [find('crop').flipsGap, find('brightness').flipsGap, find('flip').movedYearsGap])
    expect(gap?.adjusted).toBeGreaterThan(0.05)
  // Nobody has a label of gender or age.
  expect(compared.filter(({ by }) => by !== 'race').every(({ flipsGap }) => flipsGap === null)).toBe(true)
})
