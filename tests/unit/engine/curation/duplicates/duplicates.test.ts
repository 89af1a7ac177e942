import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRandom } from '#engine/base/kernel/random.ts'
import { findConflict, type LabelledCopy } from '#engine/curation/checks/conflicting-labels.ts'
import { DisjointSets } from '#engine/curation/duplicates/domain/disjoint-sets.ts'
import { measureDifference, standardiseGrey } from '#engine/curation/duplicates/domain/grey-likeness.ts'
import {
  findNearPairs,
  type HashColumns,
  type NearPair,
} from '#engine/curation/duplicates/domain/near-pairs.ts'
import { judgeCopies, type Copy } from '#engine/curation/checks/judge-copies.ts'
import { imageId } from '#shared/contract/base.contract.ts'

function countBits(difference: bigint): number {
  return difference.toString(2).replaceAll('0', '').length
}

const toColumns = (hashes: readonly bigint[]): HashColumns => ({
  high: Uint32Array.from(hashes, (hash) => Number(hash >> 32n)),
  low: Uint32Array.from(hashes, (hash) => Number(hash & 0xffffffffn)),
})

/** Hashes of which many lie close together, as those of copies do. */
function drawHashes(seed: number, count: number): bigint[] {
  const random = createRandom(seed, ['hashes'])
  const hashes: bigint[] = []
  for (let at = 0; at < count; at++) {
    const original = hashes[random.int(0, Math.max(0, at - 1))]
    if (original === undefined || random.float() < 0.5) {
      hashes.push((BigInt(random.int(0, 0x7fffffff)) << 33n) ^ BigInt(random.int(0, 0x7fffffff)))
      continue
    }
    let hash = original
    for (let flip = random.int(0, 14); flip > 0; flip--) hash ^= 1n << BigInt(random.int(0, 63))
    hashes.push(hash)
  }
  return hashes
}

const sortPairs = (pairs: NearPair[]): NearPair[] => pairs.sort((x, y) => x.a - y.a || x.b - y.b)

describe('near pairs of hashes', () => {
  it('are those of comparing all pairs, each once, whatever the distance asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 3, max: 14 }), (seed, most) => {
        const hashes = drawHashes(seed, 60)
        const found: NearPair[] = []
        findNearPairs(toColumns(hashes), most, { onPair: (pair) => found.push(pair) })
        const expected = hashes.flatMap((first, a) =>
          hashes.flatMap((second, b) => {
            const distance = countBits(first ^ second)
            return a < b && distance <= most ? [{ a, b, distance }] : []
          }),
        )
        expect(sortPairs(found)).toEqual(expected)
      }),
      { numRuns: 25 },
    )
  })

  it('can be stopped', () => {
    const stop = () => {
      throw new Error('enough')
    }
    expect(() => findNearPairs(toColumns([1n, 2n]), 10, { onPair: () => {}, onProgress: stop })).toThrow(
      'enough',
    )
  })
})

describe('grey pictures', () => {
  const picture = Uint8Array.from({ length: 256 }, (_, at) => (at * 37) % 200)

  it('are equal whatever their brightness and contrast', () => {
    const duller = picture.map((level) => 40 + level / 2)
    expect(measureDifference(standardiseGrey(picture), standardiseGrey(duller))).toBeLessThan(0.02)
  })

  it('of nearly one level are equal whatever their grain', () => {
    const [blank, grainy] = [new Uint8Array(256).fill(90), new Uint8Array(256).map((_, at) => 90 + (at % 2))]
    expect(measureDifference(standardiseGrey(blank), standardiseGrey(grainy))).toBeLessThan(0.13)
  })
})

describe('groups', () => {
  it('are connected components, named by their smallest member', () => {
    const sets = new DisjointSets(8)
    for (const [a, b] of [
      [6, 2],
      [5, 7],
      [2, 4],
    ] as const)
      sets.union(a, b)
    expect(sets.listGroups()).toEqual([
      [2, 4, 6],
      [5, 7],
    ])
  })
})

const copy = (labels: Partial<LabelledCopy>): LabelledCopy => ({
  scheme: 'utkface5',
  race: 'White',
  gender: 'Male',
  ageYears: 30,
  ageBin: '30-39',
  ...labels,
})

describe('labels of copies', () => {
  it('agree where they are equal or missing', () => {
    expect(
      findConflict([copy({}), copy({ race: null, gender: null, ageYears: null, ageBin: null })]),
    ).toBeNull()
  })

  it('conflict task by task, years within one bin included', () => {
    expect(
      findConflict([copy({}), copy({ race: 'Black', ageYears: 35 }), copy({ ageYears: 9, ageBin: '3-9' })])
        ?.labels,
    ).toEqual({
      race: ['Black', 'White'],
      age: ['9', '30', '35'],
    })
  })

  it('are compared by bins where one has no years', () => {
    expect(findConflict([copy({}), copy({ ageYears: null })])).toBeNull()
    expect(findConflict([copy({}), copy({ ageYears: null, ageBin: '40-49' })])?.labels).toEqual({
      age: ['30-39', '40-49'],
    })
  })

  it('of two schemes conflict only where each has a counterpart', () => {
    const other = copy({ scheme: 'fairface7', race: 'East Asian' })
    expect(findConflict([copy({ race: 'Asian' }), other])).toBeNull()
    expect(findConflict([copy({ race: 'White' }), other])?.labels).toEqual({ race: ['East Asian', 'White'] })
  })

  it('weigh more the further they are apart', () => {
    const weightOf = (labels: Partial<LabelledCopy>) => findConflict([copy({}), copy(labels)])?.weight ?? 0
    expect(weightOf({ ageYears: 31 })).toBeLessThan(weightOf({ ageYears: 60 }))
    expect(weightOf({ gender: 'Female' })).toBeLessThan(weightOf({ gender: 'Female', race: 'Indian' }))
  })
})

describe('the copy to keep', () => {
  const same: Omit<Copy, 'imageId'> = {
    ...copy({}),
    status: 'undecided',
    pixels: 100,
    sharpness: 40,
    bytes: 900,
  }
  const judge = (...copies: readonly Partial<Copy>[]) =>
    judgeCopies(copies.map((one, index) => ({ ...same, imageId: imageId.parse(index + 1), ...one })))
  const suggest = (...copies: readonly Partial<Copy>[]) => judge(...copies).suggestedKeep

  it('is none where labels differ, however many carry one of them and whichever came first', () => {
    for (const other of [{ race: 'Black' }, { gender: 'Female' }, { ageYears: 31 }]) {
      expect(suggest({}, other)).toBeNull()
      expect(suggest(other, {})).toBeNull()
      expect(suggest({}, {}, other)).toBeNull()
    }
    expect(judge({ race: 'Black' }, {}).conflict).toEqual({ race: ['Black', 'White'] })
  })

  it('is the one that was kept, then the one with most labels, most pixels, the sharpest, the largest file, the first', () => {
    expect(suggest({ pixels: 400 }, { status: 'kept' })).toEqual({ imageId: 2, reason: 'it was kept before' })
    expect(suggest({ race: null, pixels: 400 }, {})?.reason).toBe('it carries labels that others lack')
    expect(suggest({ ageYears: null }, {})?.imageId).toBe(2)
    expect(suggest({}, { pixels: 400 })?.reason).toBe('it has the most pixels')
    expect(suggest({ sharpness: 50 }, {})).toEqual({ imageId: 1, reason: 'it is the sharpest' })
    expect(suggest({}, { sharpness: 41 }, { bytes: 901 })).toEqual({
      imageId: 3,
      reason: 'its file is the largest',
    })
    expect(suggest({}, {})).toEqual({
      imageId: 1,
      reason: 'the copies and their labels are equal and it was imported first',
    })
  })

  it('is none where every copy lacks a label that another one carries', () => {
    expect(suggest({ race: null }, { gender: null })).toBeNull()
  })

  it('speaks of the copies that are left, and of removed ones as far as they put a label in doubt', () => {
    const removed = { status: 'removed', gender: 'Female' } as const
    expect(judge({}, removed)).toMatchObject({ conflict: null, suggestedKeep: null })
    expect(judge({}, removed).contested).toEqual({ gender: ['Female', 'Male'] })
    expect(suggest({}, {}, removed)?.imageId).toBe(1)
  })

  it('names the better picture also where labels differ, and none of equal ones', () => {
    expect(judge({ race: 'Black' }, { pixels: 400 }).clearest).toBe(2)
    expect(judge({ race: 'Black' }, {}).clearest).toBeNull()
  })

  it('is none of nothing', () => {
    expect(suggest()).toBeNull()
  })
})
