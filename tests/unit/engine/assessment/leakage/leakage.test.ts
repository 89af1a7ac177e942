import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LeakFindings } from '#shared/contract/leakage.contract.ts'
import { describeBreak, describeJoins } from '#shared/derived/describe-certificate.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import { findFacesAcross } from '#engine/assessment/leakage/domain/faces-across.ts'
import { createJudge } from '#engine/assessment/leakage/domain/judge-pairs.ts'
import { judgeState, listBreaks } from '#engine/assessment/leakage/domain/judge-state.ts'
import { findNearAcross } from '#engine/assessment/leakage/domain/near-across.ts'
import {
  countJoins,
  listCutNear,
  shareAcross,
  type TiedImage,
} from '#engine/assessment/leakage/domain/tied-images.ts'
import { groupImages } from '#engine/data/splits/domain/group-images.ts'
import { hashPerceptually, shrinkGrey } from '#engine/curation/pixels/domain/perceptual-hash.ts'

const image = (imageId: number, ties: Partial<TiedImage> = {}): TiedImage => ({
  imageId,
  fileSha256: `file ${imageId}`,
  pixelSha256: `pixels ${imageId}`,
  identity: null,
  person: null,
  near: null,
  ...ties,
})

describe('what stands in two parts', () => {
  it('is counted by what ties it, and as groups also by way of images in no part', () => {
    const images = [
      image(1, { identity: 7 }),
      image(2, { identity: 7 }),
      image(3, { person: 4 }),
      image(4, { person: 4, pixelSha256: 'same' }),
      image(5, { pixelSha256: 'same' }),
    ]
    expect(countJoins({ images, partOf: Int8Array.of(0, 2, 0, -1, 2) })).toEqual({
      identity: 1,
      file: 0,
      pixel: 0,
      person: 0,
      group: 2,
    })
  })

  it('is nothing where each group stands in one part, whatever ties its images', () => {
    const tie = fc.option(fc.nat(6), { nil: null })
    fc.assert(
      fc.property(
        fc.array(fc.record({ identity: tie, person: tie, near: tie, pixel: fc.nat(30) }), { maxLength: 60 }),
        fc.nat(),
        (rows, seed) => {
          const images = rows.map(({ pixel, ...ties }, at) =>
            image(at, { ...ties, pixelSha256: `p${pixel}` }),
          )
          const { groupOf, count } = groupImages(images)
          const random = createRandom(seed)
          const partOfGroup = Int8Array.from({ length: count }, () => random.int(0, 2))
          const partOf = Int8Array.from(groupOf, (group) => partOfGroup[group] ?? 0)
          expect(Object.values(countJoins({ images, partOf })).every((joined) => joined === 0)).toBe(true)
          expect(listCutNear({ images, partOf })).toEqual([])
        },
      ),
    )
  })

  it('is of all pairs the share across parts', () => {
    expect(shareAcross([2, 1, 1])).toBeCloseTo(5 / 6)
    expect(shareAcross([4])).toBe(0)
    expect(shareAcross([])).toBe(0)
  })
})

/** Soft blobs by chance, unlike their own mirror. */
function draw(seed: number): { width: number; height: number; data: Uint8Array } {
  const random = createRandom(seed)
  const blobs = Array.from({ length: 6 }, () => ({
    x: random.int(0, 63),
    y: random.int(0, 63),
    size: random.int(4, 14),
    level: random.int(40, 200),
  }))
  const data = Uint8Array.from({ length: 64 * 64 }, (_, at) => {
    const [x, y] = [at % 64, Math.floor(at / 64)]
    const level = blobs.reduce(
      (sum, blob) => sum + blob.level * Math.exp(-((x - blob.x) ** 2 + (y - blob.y) ** 2) / blob.size ** 2),
      10,
    )
    return Math.min(255, level)
  })
  return { width: 64, height: 64, data }
}

function compared(picture: ReturnType<typeof draw>, part: number) {
  const hash = BigInt.asUintN(64, hashPerceptually(picture))
  return {
    high: Number(hash >> 32n),
    low: Number(hash & 0xffff_ffffn),
    grey: shrinkGrey(picture),
    part,
  }
}

describe('near copies across parts', () => {
  const mirrorOf = (picture: ReturnType<typeof draw>) => ({
    ...picture,
    data: picture.data.map((_, at) => picture.data[at - (at % 64) + 63 - (at % 64)] ?? 0),
  })
  const find = (pictures: ReturnType<typeof compared>[]) =>
    findNearAcross(pictures, { limit: 0.3, onProgress: () => undefined }).pairs

  it('are found in a mirror too, and only across parts', () => {
    const pictures = Array.from({ length: 40 }, (_, seed) => draw(seed))
    const rows = pictures.flatMap((picture) => [compared(picture, 0), compared(mirrorOf(picture), 2)])
    const pairs = find(rows)
    expect(pairs.filter(({ isMirrored }) => isMirrored).map(({ a, b }) => [a, b])).toEqual(
      expect.arrayContaining(pictures.map((_, at) => [at * 2, at * 2 + 1])),
    )
    expect(find(rows.map((row) => ({ ...row, part: 1 })))).toEqual([])
  })

  it('are found brighter and with grain, once each', () => {
    const random = createRandom(3)
    const picture = draw(5)
    const copy = {
      ...picture,
      data: picture.data.map((level) => Math.min(255, level + 12 + random.int(0, 3))),
    }
    expect(find([compared(picture, 0), compared(copy, 1), compared(draw(6), 2)])).toMatchObject([
      { a: 0, b: 1, isMirrored: false },
    ])
  })
})

describe('faces across parts', () => {
  it('are one pair for each two groups, the nearest, and equal what comparing all of them gives', () => {
    const random = createRandom(9)
    const [points, dimensions] = [60, 8]
    const values = Float32Array.from({ length: points * dimensions }, () => random.normal() * 0.25)
    const partOf = Uint8Array.from({ length: points }, (_, at) => at % 3)
    const groupOf = Int32Array.from({ length: points }, (_, at) => Math.floor(at / 3) % 15)
    const threshold = 0.5
    const { pairs, radius } = findFacesAcross(
      { values, dimensions, partOf, groupOf },
      { threshold, onPoints: () => undefined },
    )
    const nearest = new Map<string, number>()
    for (let a = 0; a < points; a++)
      for (let b = a + 1; b < points; b++) {
        if (partOf[a] === partOf[b]) continue
        const distance = Math.hypot(
          ...Array.from(
            { length: dimensions },
            (_, at) => (values[a * dimensions + at] ?? 0) - (values[b * dimensions + at] ?? 0),
          ),
        )
        if (distance > threshold) continue
        const key = [groupOf[a] ?? 0, groupOf[b] ?? 0].toSorted((x, y) => x - y).join(' ')
        nearest.set(key, Math.min(distance, nearest.get(key) ?? 9))
      }
    const found = pairs.map(
      ({ a, b, distance }) =>
        [[groupOf[a] ?? 0, groupOf[b] ?? 0].toSorted((x, y) => x - y).join(' '), distance] as const,
    )
    expect(found.length).toBeGreaterThan(10)
    expect(new Set(found.map(([key]) => key))).toEqual(new Set(nearest.keys()))
    for (const [key, distance] of found) expect(distance).toBeCloseTo(nearest.get(key) ?? 0, 3)
    expect(radius).toBe(threshold)
  })
})

describe('the verdict on a pair', () => {
  const images = new Map(
    [image(1, { person: 1 }), image(2, { person: 1 }), image(3, { person: 3 }), image(4), image(5)].map(
      (one) => [one.imageId, one],
    ),
  )
  const of = (a: number, b: number, said: Parameters<typeof createJudge>[0]) =>
    createJudge(said, images)(images.get(a) ?? image(a), images.get(b) ?? image(b))

  it('is that of the two people, whichever of their pictures was looked at', () => {
    const said = { apart: [[1, 3]] as const, faceless: [5] }
    expect(of(2, 3, said)).toBe('not-same')
    expect(of(3, 2, said)).toBe('not-same')
    expect(of(1, 2, said)).toBe('same')
    expect(of(4, 5, said)).toBe('not-a-face')
    expect(of(3, 4, said)).toBeNull()
  })
})

const noJoins = { identity: 0, file: 0, pixel: 0, person: 0, group: 0 }
const inputs = { members: 'm', pictures: 'p', faces: 'f' }
const whole = {
  joins: noJoins,
  undecided: { near: 0, faces: 0 },
  compared: { images: 9, pictures: 9, faces: 8 },
  threshold: 0.5,
  seenWithin: 0.5,
  hasSame: false,
}

describe('the state of a certificate', () => {
  it('is clean only where all was compared and decided', () => {
    expect(judgeState(whole, [])).toBe('clean')
    expect(judgeState({ ...whole, undecided: { near: 0, faces: 1 } }, [])).toBe('undecided')
    expect(judgeState({ ...whole, compared: { images: 9, pictures: 8, faces: 8 } }, [])).toBe('undecided')
    expect(judgeState({ ...whole, compared: { images: 9, pictures: 9, faces: 0 } }, [])).toBe('undecided')
    expect(judgeState({ ...whole, seenWithin: 0.4 }, [])).toBe('undecided')
    expect(judgeState({ ...whole, compared: { ...whole.compared, facesUnsought: 1 } }, [])).toBe('undecided')
    expect(judgeState({ ...whole, compared: { ...whole.compared, facesUnsought: 0 } }, [])).toBe('clean')
    expect(judgeState({ ...whole, usualThreshold: 0.6 }, [])).toBe('undecided')
    expect(judgeState({ ...whole, usualThreshold: 0.5 }, [])).toBe('clean')
    expect(judgeState({ ...whole, hasSame: true }, [])).toBe('leaks')
    expect(judgeState(whole, [{ kind: 'faces', count: null }])).toBe('stale')
    expect(judgeState({ ...whole, joins: { ...noJoins, file: 1 } }, [{ kind: 'faces', count: null }])).toBe(
      'leaks',
    )
  })

  it('names what has come between, and nothing where nothing has', () => {
    const certified = {
      joins: noJoins,
      inputs,
      threshold: 0.5,
      thresholdOf: 'people',
      splitHash: 'a',
    } as const
    const now = { splitHash: 'a', joins: noJoins, inputs, unlistedNear: 0, threshold: 0.5 }
    expect(listBreaks(certified, now)).toEqual([])
    const breaks = listBreaks(certified, {
      splitHash: 'b',
      joins: { ...noJoins, person: 2 },
      inputs: { ...inputs, faces: 'g' },
      unlistedNear: 1,
      threshold: 0.4,
    })
    expect(breaks.map(({ kind, count }) => [kind, count])).toEqual([
      ['split', null],
      ['person', 2],
      ['near', 1],
      ['faces', null],
      ['threshold', null],
    ])
    expect(breaks.map(describeBreak).every((text) => text.length > 10)).toBe(true)
    expect(listBreaks({ ...certified, thresholdOf: 'given' }, { ...now, threshold: 0.4 })).toEqual([])
  })

  it('tells a group apart that only hangs together by way of others', () => {
    expect(describeJoins({ ...noJoins, group: 2 })).toEqual([
      '2 groups in several parts by way of images that stand in none',
    ])
    expect(describeJoins({ ...noJoins, identity: 1, group: 1 } satisfies LeakFindings['joins'])).toEqual([
      '1 named person in several parts',
    ])
  })
})
