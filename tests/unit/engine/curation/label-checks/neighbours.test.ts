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

describe('copies of one picture', () => {
  it('are no neighbours of each other, and leave their places to others', () => {
    const { vectors, labels } = drawPoints(600, 4)
    const { dimensions, values } = vectors
    // Every fourth point is the same as the three before it.
    const groups = labels.map((_, point) => Math.floor(point / 4))
    values.forEach((_, at) => {
      const [point, column] = [Math.floor(at / dimensions), at % dimensions]
      values[at] = values[4 * Math.floor(point / 4) * dimensions + column] ?? 0
    })
    const options = { k: 10, labels, groups }
    const found = [
      findNeighbours(vectors, { ...options, onTiles: nothing }),
      searchNeighbours(vectors, { ...options, onPoints: nothing }),
    ]
    for (const { all, sameLabel } of found) {
      for (let point = 0; point < labels.length; point++) {
        const others = [...listOf(all, point), ...listOf(sameLabel, point)]
        expect(others.filter((other) => groups[other] === groups[point])).toEqual([])
        expect(listOf(all, point)).toHaveLength(10)
      }
    }
  })
})

describe('labels of neighbours', () => {
  const lists: NeighbourLists = {
    k: 6,
    points: Int32Array.from({ length: 42 }, (_, at) => (Math.floor(at / 6) + 1 + (at % 6)) % 7),
    distances: new Float32Array(42).fill(1),
  }

  it('score by what their weight has beyond chance, of the own label and of the strongest other', () => {
    const labels = Int32Array.of(0, 0, 0, 1, 1, 1, 1)
    const { scores, same, labelled, suggested } = compareLabels(lists, { labels, classes: 2 })
    const weight = 6 * Math.exp(-1 / 2)
    const excess = (share: number, byChance: number): number => (weight * (share - byChance)) / (weight + 1)
    expect([same[0], labelled[0], suggested[0]]).toEqual([2, 6, 1])
    expect(scores[0]).toBeCloseTo((1 + excess(2 / 6, 3 / 7) - excess(4 / 6, 4 / 7)) / 2, 12)
  })

  it('do not doubt a rare label for being rare', () => {
    // Of 200 images 10 carry a rare label; the neighbours of two are drawn from all alike.
    const labels = Int32Array.from({ length: 200 }, (_, image) => (image % 20 === 0 ? 1 : 0))
    const k = 10
    const points = Int32Array.from({ length: 200 * k }, (_, at) => (Math.floor(at / k) + 1 + (at % k)) % 200)
    const even: NeighbourLists = { k, points, distances: new Float32Array(200 * k).fill(1) }
    const { scores } = compareLabels(even, { labels, classes: 2 })
    // The rare image has no neighbour of its label, as chance has it; the common one has nothing but its own.
    expect(scores[0]).toBeGreaterThan(0.4)
    // A common image among the rare ones alone is doubted, and the more the nearer they are.
    const among = Int32Array.from(points, (point, at) =>
      Math.floor(at / k) === 1 ? (((at % k) + 1) * 20) % 200 : point,
    )
    expect(compareLabels({ ...even, points: among }, { labels, classes: 2 }).scores[1]).toBeLessThan(0.1)
  })

  it('break ties by strength', () => {
    const labels = Int32Array.of(0, 0, 0, 1, 1, 1, 1)
    const near = Float32Array.from(lists.distances, (distance, at) =>
      at % 6 === 5 ? distance : distance / 2,
    )
    const [far, nearer] = [lists, { ...lists, distances: near }].map(
      (one) =>
        compareLabels(one, { labels: labels.map((label, at) => (at === 0 ? 1 - label : label)), classes: 2 })
          .scores[0] ?? NaN,
    )
    expect(nearer).not.toBe(far)
  })

  it('say nothing of an image without a label, or with too few neighbours that carry one', () => {
    const labels = Int32Array.of(-1, -1, -1, 0, 0, 1, 1)
    const { scores } = compareLabels(lists, { labels, classes: 2 })
    expect([...scores].every(Number.isNaN)).toBe(true)
  })

  it('judge ages by how much farther off they are than is usual at that age', () => {
    // People of 80 have neighbours of 50, people of 30 of 30: but for one of each, whose neighbours are 5.
    const [old, young, odd] = [60, 60, 2]
    const years = Float64Array.from({ length: old + young + odd + 30 }, (_, image) =>
      image < old
        ? 80
        : image < old + young
          ? 30
          : image === old + young
            ? 80
            : image === old + young + 1
              ? 30
              : ([50, 30, 5][image % 3] ?? 0),
    )
    const givers = (age: number) =>
      [...years.keys()].filter((image) => image >= old + young + odd && years[image] === age)
    const sources = new Map([
      [50, givers(50)],
      [30, givers(30)],
      [5, givers(5)],
    ])
    const of = (image: number): number =>
      image < old ? 50 : image < old + young ? 30 : image < old + young + odd ? 5 : (years[image] ?? 0)
    const k = 6
    const aged: NeighbourLists = {
      k,
      points: Int32Array.from(
        { length: years.length * k },
        (_, at) => sources.get(of(Math.floor(at / k)))?.[at % k] ?? -1,
      ),
      distances: new Float32Array(years.length * k).fill(1),
    }
    const { scores, yearsOff, medianYears, usualYears } = compareYears(aged, years)
    expect([yearsOff[0], medianYears[0], usualYears[0], scores[0]]).toEqual([30, 50, -30, 1])
    expect([usualYears[old], scores[old]]).toEqual([0, 1])
    // 45 years beyond the usual 30, and 25 beyond none, in spreads of 4 years.
    expect(scores[old + young]).toBeCloseTo(Math.exp(-45 / 10), 12)
    expect(scores[old + young + 1]).toBeCloseTo(Math.exp(-25 / 10), 12)
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
