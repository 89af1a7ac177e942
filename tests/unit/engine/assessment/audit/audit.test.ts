import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { auditMeasureNames, type AuditMeasure } from '#shared/domain/audit-measures.ts'
import { describeDifference, describeParity, describeScale } from '#shared/derived/describe-audit.ts'
import { auditDataset } from '#engine/assessment/audit/domain/audit-dataset.ts'
import type { AuditedImage } from '#engine/assessment/audit/domain/audited-image.ts'
import { estimateComposition, type Bounded } from '#engine/assessment/audit/domain/estimate-composition.ts'
import { testRanks } from '#engine/assessment/audit/domain/kruskal-wallis.ts'
import { numberClusters } from '#engine/assessment/audit/domain/number-clusters.ts'

const three = z.tuple([z.number(), z.number(), z.number()])
const golden = z
  .object({
    compositions: z.array(
      z.object({
        indices: z.array(z.int()),
        people: z.array(z.int()),
        groups: z.int(),
        n: z.int(),
        shares: z.array(three),
        entropy: z.number(),
        ratio: three,
      }),
    ),
    ranks: z.array(z.object({ groups: z.array(z.array(z.number())), statistic: z.number(), p: z.number() })),
  })
  .parse(JSON.parse(readFileSync(new URL('audit-golden.json', import.meta.url), 'utf8')))

const expectNear = (
  { value, low, high }: Bounded,
  expected: readonly [number, number, number],
  digits: number,
): void => {
  for (const [index, figure] of [value, low, high].entries())
    expect(figure).toBeCloseTo(expected[index]!, digits)
}

describe('how images spread over groups', () => {
  it.each(golden.compositions)('equals numpy and statsmodels, $n images in $groups groups', (one) => {
    const found = estimateComposition(Int32Array.from(one.indices), Int32Array.from(one.people), one.groups)
    expect(found.n).toBe(one.n)
    found.shares.forEach((share, group) => expectNear(share, one.shares[group]!, 9))
    expect(found.entropy.value).toBeCloseTo(one.entropy, 9)
    expect(found.entropy).toMatchObject({ low: null, high: null })
    // The reference takes its slopes numerically.
    expectNear(found.minMaxRatio, one.ratio, 7)
  })

  it('is wider where the images are of few people', () => {
    const indices = Int32Array.from({ length: 400 }, (_, image) => Number(image % 4 === 0))
    const alone = estimateComposition(indices, Int32Array.from(indices.keys()), 2)
    const shared = estimateComposition(
      indices,
      Int32Array.from(indices.keys(), (image) => (image % 4) * 25 + Math.floor(image / 16)),
      2,
    )
    expect(shared.shares[1]?.value).toBe(alone.shares[1]?.value)
    expect(shared.shares[1]!.high! - shared.shares[1]!.low!).toBeGreaterThan(
      1.7 * (alone.shares[1]!.high! - alone.shares[1]!.low!),
    )
  })

  it('bounds the share of an empty group and says nothing of images without a group', () => {
    const found = estimateComposition(Int32Array.of(0, 0, 1, 1, -1), Int32Array.of(0, 1, 2, 3, 4), 3)
    expect(found).toMatchObject({ counts: [2, 2, 0], n: 4, people: 4, least: 2 })
    expect(found.shares[2]).toMatchObject({ value: 0, low: 0 })
    expect(found.shares[2]!.high).toBeGreaterThan(0.3)
    expect(found.minMaxRatio).toEqual({ value: 0, low: null, high: null })
    expect(estimateComposition(Int32Array.of(-1), Int32Array.of(0), 2)).toMatchObject({
      n: 0,
      entropy: { value: null },
    })
  })
})

it.each(golden.ranks)('tests ranks as scipy does: H = $statistic', ({ groups, statistic, p }) => {
  const found = testRanks(groups)
  expect(found?.statistic).toBeCloseTo(statistic, 9)
  expect(found?.p).toBeCloseTo(p, 9)
})

it('tests no ranks of one group, or of equal values', () => {
  expect(testRanks([[1, 2, 3], []])).toBeNull()
  expect(testRanks([[1, 1], [1]])).toBeNull()
})

it('takes copies of nobody known for one, and known people for themselves', () => {
  expect([...numberClusters(Int32Array.of(-1, 5, -1, 5, -1), ['a', 'b', 'a', 'c', 'd'])]).toEqual([
    0, 1, 0, 1, 2,
  ])
})

const noMeasures = Object.fromEntries(auditMeasureNames.map((name) => [name, Number.NaN])) as Record<
  AuditMeasure,
  number
>

function makeDataset(images: readonly Partial<AuditedImage>[], people?: readonly number[]) {
  return {
    datasetId: 1,
    name: 'Faces',
    labelScheme: 'utkface5' as const,
    removed: 0,
    images: images.map((image, index) => ({
      imageId: index + 1,
      race: 'White',
      gender: 'Female',
      ageYears: null,
      ageBin: '20-29',
      pixelSha256: String(index),
      skin: 'unmeasured' as const,
      measures: noMeasures,
      ...image,
    })),
    people: Int32Array.from(people ?? images.map((_, index) => index)),
    isKnown: images.map(() => people !== undefined),
    known: { dataset: 0, inferred: 0, unknown: images.length },
  }
}

describe('an audit', () => {
  it('takes a person who stands in several groups once, where most of the pictures are', () => {
    const of = (ageBin: string, brightness: number): Partial<AuditedImage> => ({
      ageBin,
      measures: { ...noMeasures, brightness },
    })
    // Twenty people, each with two pictures at one age and a third at another.
    const images = Array.from({ length: 20 }, (_, at) => [
      of('20-29', at / 20),
      of('20-29', at / 20),
      of('30-39', 1),
    ]).flat()
    const { diversity } = auditDataset(
      makeDataset(
        images,
        images.map((_, at) => Math.floor(at / 3)),
      ),
    )
    const light = diversity.find(({ measure, axis }) => measure === 'brightness' && axis === 'age')
    expect(light?.groups.map(({ people }) => people).reduce((sum, n) => sum + n, 0)).toBe(20)
    expect(light?.test).toBeNull()
  })

  it('names no group of few pictures as the end of a data set', () => {
    const of = (race: string, brightness: number): Partial<AuditedImage> => ({
      race,
      measures: { ...noMeasures, brightness },
    })
    const { diversity } = auditDataset(
      makeDataset([
        ...Array.from({ length: 40 }, (_, at) => of('White', 0.4 + at / 1000)),
        ...Array.from({ length: 40 }, (_, at) => of('Black', 0.2 + at / 1000)),
        of('Indian', 0.9),
      ]),
    )
    const light = diversity.find(({ measure, axis }) => measure === 'brightness' && axis === 'race')
    if (light === undefined) throw new Error('Brightness by race is measured')
    expect(describeDifference(light)).toContain('(Black, n = 40)')
    expect(describeDifference(light)).toContain('(White, n = 40)')
    expect(describeDifference(light)).not.toContain('Indian')
  })

  it('finds the cells without an image', () => {
    const { parity } = auditDataset(makeDataset([{}, { gender: 'Male' }, { race: null }, { ageBin: null }]))
    const cells = parity.find(({ axis }) => axis === 'cells')
    expect(cells).toMatchObject({ groups: 90, labelled: 2, unlabelled: 2, empty: 88, small: 2 })
    expect(cells?.shares).toHaveLength(90)
    expect(cells?.shares.find(({ n }) => n > 0)?.group).toEqual({
      race: 'White',
      gender: 'Male',
      age: '20-29',
    })
    expect(parity.find(({ axis }) => axis === 'gender')?.entropy.value).toBeCloseTo(0.811278, 6)
  })

  it('tells rounded ages, and pictures of one person or of equal pixels that are labelled otherwise', () => {
    const { granularity } = auditDataset(
      makeDataset(
        [
          { ageYears: 30, pixelSha256: 'same' },
          { ageYears: 35, pixelSha256: 'same' },
          { ageYears: 31, gender: 'Male' },
          { ageYears: 70 },
          { race: null },
        ],
        [0, 0, 0, 1, 2],
      ),
    )
    // Three of four decades' ages are asked, two of them end in 0 or 5.
    expect(granularity.heaping?.value).toBeCloseTo((2 / 3) * 500, 9)
    expect(granularity.heaping?.n).toBe(3)
    const alike = (kind: string, task: string) =>
      granularity.agreement.find((one) => one.kind === kind && one.task === task)?.alike
    expect(alike('copies', 'age')).toMatchObject({ value: 0, n: 1 })
    expect(alike('copies', 'gender')).toMatchObject({ value: 1, n: 1 })
    expect(alike('people', 'gender')).toMatchObject({ value: 0, n: 1 })
    expect(alike('people', 'age')).toBeUndefined()
    // Copies of nobody known are no person.
    const ofNobody = auditDataset(makeDataset([{ pixelSha256: 'same' }, { pixelSha256: 'same' }]))
    expect(ofNobody.granularity.agreement.find(({ kind }) => kind === 'people')?.alike.n).toBe(0)
    expect(granularity.exactYears).toMatchObject({ value: 0.8, n: 5 })
    expect(granularity.labels[0]).toMatchObject({ task: 'race', classes: 5, used: 1 })
  })

  it('tests a difference over people, so that many pictures of one weigh as one', () => {
    const of = (race: string, brightness: number): Partial<AuditedImage> => ({
      race,
      measures: { ...noMeasures, brightness },
    })
    // Of each group twelve people alike in light, but one of the darker has forty pictures.
    const images = Array.from({ length: 24 }, (_, at) => of(at < 12 ? 'Black' : 'White', (at % 12) / 12))
    const many = Array.from({ length: 39 }, () => of('Black', 0))
    const { diversity, scale } = auditDataset(
      makeDataset([...images, ...many], [...images.keys(), ...many.map(() => 0)]),
    )
    const light = diversity.find(({ measure, axis }) => measure === 'brightness' && axis === 'race')
    expect(light?.test).toMatchObject({ statistic: 0, p: 1, adjusted: 1, n: 24 })
    expect(light?.groups.find(({ group }) => group === 'Black')).toMatchObject({
      n: 51,
      people: 12,
      median: 0,
    })
    expect(light?.all.n).toBe(63)
    expect(diversity.find(({ measure }) => measure === 'yaw')).toMatchObject({
      all: { n: 0, median: null },
      test: null,
    })
    expect(scale).toMatchObject({ images: 63, people: 24, imagesPerPerson: { median: 1, most: 40 } })
    // Copies of one picture are no person's pictures.
    const ofNobody = auditDataset(makeDataset([{ pixelSha256: 'a' }, { pixelSha256: 'a' }]))
    expect(ofNobody.scale.imagesPerPerson).toBeNull()
    expect(describeScale(ofNobody)).not.toContain('A known person')
    const even = auditDataset(makeDataset([{ gender: 'Female' }, { gender: 'Male' }]))
    const gender = even.parity.find(({ axis }) => axis === 'gender')
    expect(gender === undefined ? '' : describeParity(gender)).toContain(
      'smallest to largest 1.000, all equal;',
    )
  })
})
