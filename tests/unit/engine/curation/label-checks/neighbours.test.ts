import { describe, expect, it } from 'vitest'
import { findNeighbours, type NeighbourLists } from '#engine/curation/vectors/domain/nearest-neighbours.ts'
import { compareLabels, compareYears } from '#engine/curation/label-checks/domain/neighbour-labels.ts'
import { findOutliers } from '#engine/curation/label-checks/domain/outliers.ts'
import { searchNeighbours } from '#engine/curation/vectors/index-neighbours.ts'
import { createRandom } from '#engine/base/kernel/random.ts'

const nothing = () => undefined

function drawPoints(count: number, dimensions: number) {
  const random = createRandom(9, [count])
  const values = Float32Array.from({ length: count * dimensions }, () => random.normal())
  const labels = Int32Array.from({ length: count }, () => random.int(-1, 2))
  return { vectors: { values, dimensions }, labels }
}

/** The plain definition. */
function sortNeighbours(
  { values, dimensions }: { values: Float32Array; dimensions: number },
  point: number,
  isCandidate: (other: number) => boolean,
): number[] {
  const count = values.length / dimensions
  const distance = (other: number): number => {
    let sum = 0
    for (let j = 0; j < dimensions; j++)
      sum += ((values[point * dimensions + j] ?? 0) - (values[other * dimensions + j] ?? 0)) ** 2
    return sum
  }
  return Array.from({ length: count }, (_, other) => other)
    .filter((other) => other !== point && isCandidate(other))
    .sort((a, b) => distance(a) - distance(b))
}

const listOf = ({ points, k }: NeighbourLists, point: number): number[] =>
  [...points.subarray(point * k, (point + 1) * k)].filter((other) => other !== -1)

describe('nearest neighbours', () => {
  it('are those of the plain definition, among all and within the label', () => {
    const { vectors, labels } = drawPoints(150, 7)
    const { all, sameLabel } = findNeighbours(vectors, { k: 10, labels, onTiles: nothing })
    for (let point = 0; point < labels.length; point++) {
      expect(listOf(all, point)).toEqual(sortNeighbours(vectors, point, () => true).slice(0, 10))
      const own = labels[point] ?? -1
      const same = own === -1 ? [] : sortNeighbours(vectors, point, (other) => labels[other] === own)
      expect(listOf(sameLabel, point)).toEqual(same.slice(0, 10))
    }
  })

  it('are nearly all found by the index that answers for large sets, the same at every search', () => {
    const { vectors, labels } = drawPoints(2500, 16)
    const options = { k: 10, labels }
    const exact = findNeighbours(vectors, { ...options, onTiles: nothing })
    const found = searchNeighbours(vectors, { ...options, onPoints: nothing })
    for (const kind of ['all', 'sameLabel'] as const) {
      let shared = 0
      let wanted = 0
      for (let point = 0; point < labels.length; point++) {
        const truth = new Set(listOf(exact[kind], point))
        wanted += truth.size
        shared += listOf(found[kind], point).filter((other) => truth.has(other)).length
      }
      expect(shared / wanted).toBeGreaterThan(0.98)
    }
    expect(searchNeighbours(vectors, { ...options, onPoints: nothing })).toEqual(found)
  })
})

describe('labels of neighbours', () => {
  const lists: NeighbourLists = {
    k: 6,
    points: Int32Array.from({ length: 42 }, (_, at) => (Math.floor(at / 6) + 1 + (at % 6)) % 7),
    distances: new Float32Array(42).fill(1),
  }

  it('score by the share of the weight that carries the own label', () => {
    const labels = Int32Array.of(0, 0, 0, 1, 1, 1, 1)
    const { scores, same, labelled, suggested } = compareLabels(lists, { labels, classes: 2 })
    expect([scores[0], same[0], labelled[0], suggested[0]]).toEqual([2 / 6, 2, 6, 1])
    expect([scores[6], suggested[6]]).toEqual([3 / 6, 0])
  })

  it('say nothing of an image without a label, or with too few neighbours that carry one', () => {
    const labels = Int32Array.of(-1, -1, -1, 0, 0, 1, 1)
    const { scores } = compareLabels(lists, { labels, classes: 2 })
    expect([...scores].every(Number.isNaN)).toBe(true)
  })

  it('judge ages by the median distance in years', () => {
    const years = Float64Array.of(60, 5, 6, 7, 8, 9, 10)
    const { yearsOff, medianYears, scores } = compareYears(lists, years)
    expect([yearsOff[0], medianYears[0]]).toEqual([52.5, 7.5])
    expect(scores[0]).toBeCloseTo(Math.exp(-52.5 / 15), 12)
  })
})

describe('outliers', () => {
  it('are images beyond Q3 + 1.7 IQR of their own label', () => {
    const near = Array.from({ length: 60 }, (_, at) => 1 + at / 60)
    const wide = Array.from({ length: 60 }, (_, at) => 10 + at / 6)
    const distances = Float32Array.from([...near, 6, ...wide, 19])
    const list: NeighbourLists = { k: 1, points: new Int32Array(distances.length), distances }
    const labels = Int32Array.from(distances, (_, at) => (at < 61 ? 0 : 1))
    const { flags, scores } = findOutliers({ all: list, sameLabel: list }, labels)
    expect([...flags].flatMap((flag, at) => (flag === 1 ? [at] : []))).toEqual([60])
    expect(scores[60]).toBeLessThan(Math.exp(-1))
  })
})
