import { expect, it } from 'vitest'
import { combineEvidence } from '#engine/curation/label-checks/combine-evidence.ts'
import type { LabelEvidence } from '#engine/curation/label-checks/compute-label-checks.ts'

const evidence = (classes: string[], rows: Readonly<Record<number, number[]>>): LabelEvidence => {
  const imageIds = Float64Array.from(Object.keys(rows), Number)
  return {
    task: 'race',
    classes,
    imageIds,
    probabilities: Float32Array.from(Object.values(rows).flat()),
    years: new Float64Array(imageIds.length).fill(NaN),
  }
}

const models = evidence(['White', 'Black', 'Asian'], {
  1: [0.5, 0.25, 0.25],
  3: [0, 1, 0],
  4: [0.25, 0.25, 0.5],
})
const vectors = evidence(['Black', 'White'], { 1: [0.75, 0.25], 2: [1, 0], 4: [0.5, 0.5] })
const labels = new Map([
  [1, 'White'],
  [2, 'White'],
  [3, 'Black'],
  [4, 'Asian'],
])
const { evidence: combined, weights: even } = combineEvidence(
  [models, vectors],
  (id) => labels.get(id) ?? null,
)
const rowOf = (id: number): number[] => {
  const at = combined.imageIds.indexOf(id)
  return [...(combined.probabilities ?? [])].slice(at * 3, at * 3 + 3)
}

it('Two sources that know an image and its label are averaged, class by class', () => {
  expect(combined.classes).toEqual(['White', 'Black', 'Asian'])
  expect(rowOf(1)).toEqual([0.375, 0.5, 0.125])
  expect(even).toEqual([0.5, 0.5])
})

it('An image that one source does not know is left to the other', () => {
  expect([...combined.imageIds]).toEqual([1, 2, 3, 4])
  expect(rowOf(2)).toEqual([0, 1, 0])
  expect(rowOf(3)).toEqual([0, 1, 0])
})

it('A source without a class for the label of an image says nothing of it', () => {
  expect(rowOf(4)).toEqual([0.25, 0.25, 0.5])
})

it('A source that knows the labels better counts for more, and the other still speaks for images of its own', () => {
  const rows = (right: (id: number) => number, ids: readonly number[]) =>
    Object.fromEntries(ids.map((id) => [id, [right(id), 1 - right(id)]]))
  const shared = Array.from({ length: 60 }, (_, id) => id + 1)
  const good = evidence(
    ['White', 'Black'],
    rows((id) => (id % 10 === 0 ? 0.4 : 0.95), shared),
  )
  const poor = evidence(
    ['White', 'Black'],
    rows((id) => (id % 2 === 0 ? 0.75 : 0.25), [...shared, 61]),
  )
  const {
    evidence: { probabilities },
    weights,
  } = combineEvidence([good, poor], () => 'White')
  expect(weights[0]).toBeGreaterThan(0.9)
  expect(probabilities?.[0]).toBeGreaterThan(0.9)
  expect(probabilities?.[120]).toBe(0.25)
})
