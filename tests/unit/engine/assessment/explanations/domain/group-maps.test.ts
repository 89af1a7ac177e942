import { describe, expect, it } from 'vitest'
import { createRandom } from '#engine/base/kernel/random.ts'
import { alignMap, fitSimilarity, frameCells } from '#engine/assessment/explanations/domain/align-map.ts'
import { compareMaps } from '#engine/assessment/explanations/domain/compare-maps.ts'
import { numberSubjects } from '#engine/assessment/explanations/domain/number-subjects.ts'
import { countGroup, describeDeals, describeDifference } from '#shared/derived/describe-group-maps.ts'
import type { Point } from '#engine/networks/faces/domain/geometry.ts'

/** A face whose eyes, nose and mouth lie where the frame wants them, with all other points in its middle. */
function placeFace(move: (point: Point) => Point): Point[] {
  const points = Array.from({ length: 68 }, () => ({ x: 0.5, y: 0.5 }))
  for (let at = 36; at < 42; at++) points[at] = { x: 0.37, y: 0.42 }
  for (let at = 42; at < 48; at++) points[at] = { x: 0.63, y: 0.42 }
  points[30] = { x: 0.5, y: 0.58 }
  points[48] = { x: 0.4, y: 0.71 }
  points[54] = { x: 0.6, y: 0.71 }
  return points.map(move)
}

describe('faces upon each other', () => {
  it('are moved by the similarity that was planted', () => {
    const [a, b, x0, y0] = [1.4, -0.6, 20, -7]
    const from = [
      { x: 0, y: 0 },
      { x: 10, y: 2 },
      { x: 4, y: 9 },
    ]
    const to = from.map(({ x, y }) => ({ x: a * x - b * y + x0, y: b * x + a * y + y0 }))
    const found = fitSimilarity(from, to)
    expect(found?.a).toBeCloseTo(a, 10)
    expect(found?.b).toBeCloseTo(b, 10)
    expect(found?.x0).toBeCloseTo(x0, 10)
    expect(found?.y0).toBeCloseTo(y0, 10)
    expect(fitSimilarity([from[0]!, from[0]!], to)).toBeNull()
  })

  it('leave a map as it is where the face stands as the frame has it, in units of its mean size', () => {
    const side = frameCells
    const random = createRandom(3, ['map'])
    const values = Float64Array.from({ length: side * side }, () => random.float() - 0.4)
    const mean = values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length
    const size = 224
    const points = placeFace(({ x, y }) => ({ x: x * size, y: y * size }))
    const aligned = alignMap({ values, rows: side, columns: side }, points, size)
    aligned?.forEach((value, cell) => expect(value).toBeCloseTo((values[cell] ?? 0) / mean, 5))
  })

  it('take what lies beyond the picture for unknown, and bring a turned and smaller face back', () => {
    const size = 200
    // Half as large, turned by 90 degrees about the middle of the picture.
    const points = placeFace(({ x, y }) => ({
      x: (0.5 - (y - 0.5) * 0.5) * size,
      y: (0.5 + (x - 0.5) * 0.5) * size,
    }))
    const side = 40
    const values = Float64Array.from({ length: side * side }, (_, at) => {
      const [x, y] = [((at % side) + 0.5) / side, (Math.floor(at / side) + 0.5) / side]
      // Hot about where the frame's upper left quarter has come to lie.
      return Math.hypot(x - 0.625, y - 0.375) < 0.08 ? 1 : 0
    })
    const aligned = alignMap({ values, rows: side, columns: side }, points, size) ?? new Float32Array()
    const hot = [...aligned.keys()].filter((cell) => (aligned[cell] ?? 0) > Math.max(...aligned) / 2)
    const middle = (read: (cell: number) => number) =>
      hot.reduce((sum, cell) => sum + (read(cell) + 0.5) / frameCells, 0) / hot.length
    expect(middle((cell) => cell % frameCells)).toBeCloseTo(0.25, 1)
    expect(middle((cell) => Math.floor(cell / frameCells))).toBeCloseTo(0.25, 1)
    const small = placeFace(({ x, y }) => ({ x: (x - 0.3) * size, y: (y - 0.3) * size }))
    const beyond = alignMap({ values, rows: side, columns: side }, small, size)
    expect(beyond?.[0]).toBeNaN()
    expect(beyond?.[frameCells * frameCells - 1]).not.toBeNaN()
    expect(alignMap({ values: new Float64Array(4), rows: 2, columns: 2 }, points, size)).toBeNull()
  })
})

const cells = 25

interface Planted {
  readonly images: number
  /** How much more the first group counts the third cell. */
  readonly effect: number
  readonly perPerson?: number
  readonly seed?: number
}

/** Maps of noise, the same for all images of a person but for a little. */
function plant({ images, effect, perPerson = 1, seed = 1 }: Planted) {
  const random = createRandom(seed, ['planted'])
  const noise = () => random.float() + random.float() + random.float() - 1.5
  const maps = new Float32Array(images * cells)
  const groups = new Int32Array(images)
  const people = new Int32Array(images)
  let own = new Float32Array(cells)
  for (let image = 0; image < images; image++) {
    const person = Math.floor(image / perPerson)
    if (image % perPerson === 0) own = Float32Array.from({ length: cells }, noise)
    people[image] = person
    groups[image] = person % 2
    for (let cell = 0; cell < cells; cell++) {
      const shift = groups[image] === 0 && cell === 2 ? effect : 0
      maps[image * cells + cell] = 1 + (own[cell] ?? 0) + 0.1 * noise() + shift
    }
  }
  return { maps, cells, groups, names: ['A', 'B', 'C'], people, isKnown: people.map(() => 1) }
}

describe('groups of maps', () => {
  it('differ where a difference was planted, and nowhere else', () => {
    const aligned = plant({ images: 400, effect: 0.4 })
    const { groups, isTested, compared } = compareMaps(aligned, { draws: 500, seed: 1 })
    expect({ isTested, compared }).toEqual({ isTested: true, compared: cells })
    const [a, b, c] = groups
    expect(a).toMatchObject({ group: 'A', images: 200, people: 200 })
    const found = a?.p?.flatMap((p, cell) => ((p ?? 1) < 0.05 ? [cell] : []))
    expect(found).toEqual([2])
    // By hand: the means of the two groups.
    const mean = (group: number, cell: number) => {
      const values = [...aligned.groups.keys()].flatMap((image) =>
        aligned.groups[image] === group ? [aligned.maps[image * cells + cell] ?? 0] : [],
      )
      return values.reduce((sum, value) => sum + value, 0) / values.length
    }
    for (const cell of [0, 2, 24]) {
      expect(a?.mean?.[cell]).toBeCloseTo(mean(0, cell), 6)
      expect(a?.difference?.[cell]).toBeCloseTo(mean(0, cell) - mean(1, cell), 6)
      expect(b?.difference?.[cell]).toBeCloseTo(mean(1, cell) - mean(0, cell), 6)
    }
    expect(a?.halfWidth?.[2] ?? 1).toBeLessThan(a?.difference?.[2] ?? 0)
    expect(c).toMatchObject({ images: 0, people: 0, mean: null, difference: null, p: null })
  })

  it('differ by chance in about one of twenty comparisons as a whole, also where people have many images', () => {
    let found = 0
    const trials = 60
    for (let seed = 0; seed < trials; seed++) {
      const { groups } = compareMaps(plant({ images: 240, effect: 0, perPerson: 6, seed }), {
        draws: 200,
        seed,
      })
      if (groups.some(({ p }) => p?.some((one) => (one ?? 1) < 0.05))) found++
    }
    // 60 trials at 0.05: more than 8 come in 0.5 % of such runs.
    expect(found).toBeLessThanOrEqual(8)
  })

  it('have no figures below 30 images, no tests without a second group, and no cells that lie beyond many pictures', () => {
    const aligned = plant({ images: 70, effect: 1 })
    aligned.groups.fill(2, 0, 12)
    aligned.groups.fill(0, 12)
    for (let image = 0; image < 10; image++) aligned.maps[image * cells + 7] = Number.NaN
    const { groups, isTested, compared } = compareMaps(aligned, { draws: 200, seed: 1 })
    expect({ isTested, compared }).toEqual({ isTested: false, compared: cells - 1 })
    expect(groups[2]).toMatchObject({ images: 12, mean: null, difference: null })
    expect(groups[0]?.images).toBe(58)
    expect(groups[0]?.mean?.[7]).toBeNull()
    expect(groups[0]?.difference).toBeNull()
  })

  it('are means of the images that have a cell, and never of what others have there', () => {
    const aligned = plant({ images: 400, effect: 0 })
    // Of the first group's 200 images, 15 go without the cell, in which all the others have 9.
    let without = 0
    for (let image = 0; image < 400; image++) {
      if (aligned.groups[image] !== 0) continue
      aligned.maps[image * cells + 4] = without++ < 15 ? Number.NaN : 9
    }
    const { groups } = compareMaps(aligned, { draws: 200, seed: 1 })
    const others = [...aligned.groups.keys()].filter((image) => aligned.groups[image] === 1)
    const mean = others.reduce((sum, image) => sum + (aligned.maps[image * cells + 4] ?? 0), 0) / 200
    expect(groups[0]?.mean?.[4]).toBeCloseTo(9, 6)
    expect(groups[0]?.difference?.[4]).toBeCloseTo(9 - mean, 6)
  })

  it('have no cell that most images of one group lie beyond, though few of all do', () => {
    const aligned = plant({ images: 400, effect: 0 })
    for (let image = 0; image < 400; image++) aligned.groups[image] = image < 40 ? 0 : 1
    for (let image = 0; image < 36; image++) aligned.maps[image * cells + 4] = Number.NaN
    const { groups, compared } = compareMaps(aligned, { draws: 200, seed: 1 })
    expect(compared).toBe(cells - 1)
    expect(groups[0]?.mean?.[4]).toBeNull()
    expect(groups[0]?.mean?.[5]).not.toBeNull()
  })

  it('count the images of nobody known, and people who stand in several of them', () => {
    const aligned = plant({ images: 120, effect: 0, perPerson: 2 })
    aligned.isKnown.fill(0, 0, 30)
    const apart = compareMaps(aligned, { draws: 100, seed: 1 })
    expect(apart.peopleInSeveral).toBe(0)
    expect(apart.groups[0]).toMatchObject({ images: 60, people: 30, unknown: 16 })
    expect(apart.groups[1]).toMatchObject({ images: 60, people: 30, unknown: 14 })
    aligned.groups[0] = 1
    expect(compareMaps(aligned, { draws: 100, seed: 1 }).peopleInSeveral).toBe(1)
  })
})

describe('what is dealt out as one', () => {
  it('is a known person with the copies of their pictures, or a set of copies of nobody known', () => {
    const people = Int32Array.from([4, -1, -1, -1, 4, 7, 7, 8, -1])
    const copies = Int32Array.from([0, 0, 1, 1, 2, 3, 5, 5, 5])
    // The last is a copy of two people's pictures: whose it is, is not known.
    expect([...numberSubjects(people, copies)]).toEqual([0, 0, 1, 1, 0, 2, 2, 3, 4])
  })
})

describe('what is told of groups of maps', () => {
  const group = {
    group: 'A',
    images: 40,
    people: 38,
    unknown: 0,
    mean: [],
    difference: [],
    halfWidth: [],
    p: [],
  }

  it('calls nobody a person who is not known to be one', () => {
    expect(countGroup(group)).toBe('n = 40 images of 38 people')
    expect(countGroup({ ...group, unknown: 12 })).toBe(
      'n = 40 images of 38 people or sets of copies; in 12 nobody is known',
    )
  })

  it('never has a p of nothing', () => {
    const compared = { task: 'race', by: 'race', compared: 2, isTested: true, draws: 10_000 } as const
    const one = { ...group, mean: [1, 1], p: [1 / 10_001, 0.5] }
    expect(describeDifference(one, { ...compared, peopleInSeveral: 0, groups: [] })).toContain(
      'lowest corrected p below 0.001',
    )
  })

  it('says where pictures are dealt and not people', () => {
    const compared = { task: 'race', by: 'outcome', compared: 2, isTested: true, draws: 100 } as const
    expect(describeDeals({ ...compared, peopleInSeveral: 0, groups: [] })).toBeNull()
    expect(describeDeals({ ...compared, peopleInSeveral: 2, groups: [] })).toContain(
      '2 people have images in several of these groups',
    )
  })
})
