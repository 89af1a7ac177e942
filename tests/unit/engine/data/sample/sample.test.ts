import { splitStratum } from '#shared/contract/split.contract.ts'
import { describe, expect, it } from 'vitest'
import { ageBinLabels, binOfYears, labelSchemes } from '#shared/domain/label-schemes.ts'
import { samplePortraits, sampleRatios } from '#shared/domain/sample-recipe.ts'
import { computeSplit, splitParts } from '#engine/data/splits/compute-split.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { roundPicture } from '#engine/data/sample/domain/distort-portrait.ts'
import { drawPortrait, portraitSide } from '#engine/data/sample/domain/draw-portrait.ts'
import { planSample, plantedDefects, type PlannedPortrait } from '#engine/data/sample/domain/plan-sample.ts'
import { listLabels, listTruth } from '#engine/data/sample/sample-files.ts'

const plan = planSample({ images: 1200, seed: 1 })
const draw = (portrait: PlannedPortrait) => roundPicture(drawPortrait(portrait))
const byFile = new Map(plan.map((portrait) => [portrait.file, portrait]))

const countBy = <Key>(
  items: readonly PlannedPortrait[],
  key: (portrait: PlannedPortrait) => Key,
): Map<Key, number> => {
  const counts = new Map<Key, number>()
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1)
  return counts
}

describe('the plan of the sample', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(planSample({ images: 1200, seed: 1 })).toEqual(plan)
    expect(planSample({ images: 1200, seed: 2 })).not.toEqual(plan)
  })

  it.each([100, 101, 777, 1200])(
    'has exactly the %i portraits asked for, each under a name of its own',
    (images) => {
      const portraits = planSample({ images, seed: 5 })
      expect(new Set(portraits.map(({ file }) => file)).size).toBe(images)
      expect(portraits).toHaveLength(images)
    },
  )

  it('has every ring, both corners and all nine age bins, in uneven groups', () => {
    const rings = countBy(plan, ({ truth }) => truth.race)
    expect([...rings.keys()].sort()).toEqual([...labelSchemes.sample.race].sort())
    expect(Math.max(...rings.values()) / Math.min(...rings.values())).toBeGreaterThan(2.5)
    expect(countBy(plan, ({ truth }) => truth.gender).size).toBe(2)
    const bins = countBy(planSample({ images: 100, seed: 9 }), ({ truth }) => binOfYears(truth.ageYears))
    expect(bins.size).toBe(9)
  })

  it.each([1, 2, 3])(
    'gives every group of its validation part an estimate, whatever the seed (%i)',
    (seed) => {
      const portraits = planSample({ images: samplePortraits, seed })
      const { partOf } = computeSplit(
        portraits.map(({ file, identity, isIdentityTold, labels }, index) => ({
          imageId: index + 1,
          dataset: 'sample',
          scheme: 'sample',
          path: file,
          fileSha256: hashBytes(file),
          pixelSha256: hashBytes(file),
          identity: isIdentityTold ? Number(identity.slice(1)) : null,
          near: null,
          isCompared: true,
          person: null,
          race: labels.race,
          gender: labels.gender,
          ageBin: binOfYears(labels.ageYears),
          ageYears: labels.ageYears,
        })),
        { ratios: sampleRatios, seed, strata: [...splitStratum.options], keepTest: null },
      )
      const validation = portraits.filter((_, index) => splitParts[partOf[index] ?? 0] === 'val')
      const groups = [
        countBy(validation, ({ labels }) => labels.race),
        countBy(validation, ({ labels }) => labels.gender),
        countBy(validation, ({ labels }) => binOfYears(labels.ageYears)),
      ]
      expect(groups.map(({ size }) => size)).toEqual([5, 2, 9])
      expect(Math.min(...groups.flatMap((counts) => [...counts.values()]))).toBeGreaterThanOrEqual(30)
    },
  )

  it('draws as many tally lines as the number of the age bin', () => {
    for (const { marks, truth } of plan) expect(ageBinLabels[marks.lines]).toBe(binOfYears(truth.ageYears))
  })

  it('plants the promised share of each defect', () => {
    const counts = countBy(plan, ({ defect }) => defect)
    expect(Object.fromEntries(plantedDefects.map((defect) => [defect, counts.get(defect)]))).toEqual({
      greyscale: 36,
      'no-subject': 24,
      mislabelled: 36,
      distorted: 24,
      duplicate: 24,
      'duplicate-conflict': 18,
    })
  })

  it('labels wrongly where it says so and nowhere else', () => {
    for (const { defect, labels, truth, detail } of plan) {
      const isWrong = JSON.stringify(labels) !== JSON.stringify(truth)
      expect(isWrong).toBe(defect === 'mislabelled' || defect === 'duplicate-conflict')
      const isAgeWrong = defect === 'mislabelled' && detail === 'age'
      const isSameBin = binOfYears(labels.ageYears) === binOfYears(truth.ageYears)
      expect(isAgeWrong && isSameBin).toBe(false)
    }
  })

  it('gives the portraits of one identity the same marks and seal, and a quarter of the repeats no name', () => {
    const people = Map.groupBy(plan, ({ identity }) => identity)
    const repeated = [...people.values()].filter((portraits) => portraits.length > 1)
    for (const portraits of repeated) {
      expect(new Set(portraits.map(({ marks, seal }) => JSON.stringify([marks, seal]))).size).toBe(1)
    }
    expect(repeated.length).toBeGreaterThan(60)
    const untold = repeated.filter((portraits) => !portraits[0]?.isIdentityTold && !portraits[1]?.defect)
    expect(untold.length).toBeGreaterThan(10)
  })

  it('keeps the truth out of the label file', () => {
    const [header, first] = listLabels(plan).split('\n')
    expect(header).toBe('file,race,gender,age,identity')
    expect(first?.split(',')).toHaveLength(5)
    const wrong = plan.find(({ defect, detail }) => defect === 'mislabelled' && detail === 'race')
    expect(listLabels(plan)).toContain(`${wrong?.file},${wrong?.labels.race}`)
    expect(listTruth(plan)).toContain(`${wrong?.file},${wrong?.truth.race}`)
    expect(listTruth(plan).split('\n')[0]).toBe('file,race,gender,age,identity,defect,detail')
  })
})

describe('a drawn portrait', () => {
  it('is the same to the last byte for the same plan', () => {
    const pixels = plan.slice(0, 12).map((portrait) => hashBytes(draw(portrait)))
    expect(plan.slice(0, 12).map((portrait) => hashBytes(draw(portrait)))).toEqual(pixels)
    expect(new Set(pixels).size).toBe(12)
    expect(plan.slice(0, 1).map((portrait) => draw(portrait).length)).toEqual([
      portraitSide * portraitSide * 3,
    ])
  })

  it('of a duplicate has the pixels of its original', () => {
    const copies = plan
      .filter(({ defect }) => defect === 'duplicate' || defect === 'duplicate-conflict')
      .slice(0, 6)
    for (const copy of copies) {
      const original = byFile.get(copy.detail)
      expect(original && hashBytes(draw(original))).toBe(hashBytes(draw(copy)))
    }
  })

  it('has colour unless it is a planted greyscale, which keeps three equal channels', () => {
    const isGrey = (portrait: PlannedPortrait): boolean => {
      const data = draw(portrait)
      return data.every((value, index) => value === data[index - (index % 3)])
    }
    const grey = plan.filter(({ defect }) => defect === 'greyscale').slice(0, 5)
    expect(grey.map(isGrey)).toEqual([true, true, true, true, true])
    expect(
      plan
        .filter(({ defect }) => defect === null)
        .slice(0, 20)
        .some(isGrey),
    ).toBe(false)
  })

  it('never has a hue of skin: hues stay between green-blue and violet', () => {
    const pixels = plan
      .filter(({ defect }) => defect === null)
      .slice(0, 30)
      .flatMap((portrait) => {
        const data = draw(portrait)
        return Array.from({ length: data.length / 3 }, (_, pixel) => [
          ...data.subarray(pixel * 3, pixel * 3 + 3),
        ])
      })
    const coloured = pixels.filter((pixel) => Math.max(...pixel) - Math.min(...pixel) >= 12)
    const warm = coloured.filter(([red = 0, green = 0, blue = 0]) => blue < red && blue < green)
    const isSkinOrdered = coloured.filter(([red = 0, green = 0, blue = 0]) => red > green && green > blue)
    expect({ warm: warm.length, skin: isSkinOrdered.length }).toEqual({ warm: 0, skin: 0 })
    expect(coloured.length).toBeGreaterThan(100_000)
  })

  it('changes where its marks change, and only there', () => {
    const base = plan.find(({ defect, isFaint, marks }) => defect === null && !isFaint && marks.lines === 3)
    if (base === undefined) throw new Error('The plan has no plain portrait with three lines')
    const rowsChanged = (other: PlannedPortrait): [first: number, last: number] => {
      const [a, b] = [draw(base), draw(other)]
      const rows = Array.from({ length: portraitSide }, (_, row) => row).filter((row) => {
        const [from, to] = [row * portraitSide * 3, (row + 1) * portraitSide * 3]
        return hashBytes(a.subarray(from, to)) !== hashBytes(b.subarray(from, to))
      })
      return [rows[0] ?? -1, rows.at(-1) ?? -1]
    }
    const marksOf = (change: Partial<PlannedPortrait['marks']>) => ({
      ...base,
      marks: { ...base.marks, ...change },
    })
    const [firstRing, lastRing] = rowsChanged(marksOf({ ring: (base.marks.ring + 1) % 5 }))
    expect(firstRing).toBeGreaterThan(8)
    expect(lastRing).toBeLessThan(95)
    const [firstLine, lastLine] = rowsChanged(marksOf({ lines: 6 }))
    expect(firstLine).toBeGreaterThan(80)
    expect(lastLine).toBeLessThan(120)
  })
})
