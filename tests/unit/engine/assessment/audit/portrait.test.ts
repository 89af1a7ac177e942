import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { auditMeasureNames, qualityComponentNames, type AuditMeasure } from '#shared/domain/audit-measures.ts'
import { boundMedian } from '#engine/assessment/audit/domain/bound-median.ts'
import { fillPolygon, findHull } from '#engine/assessment/audit/domain/fill-polygon.ts'
import { measureBackground } from '#engine/assessment/audit/domain/measure-background.ts'
import { measurePortrait, portraitMeasures } from '#engine/assessment/audit/domain/measure-portrait.ts'
import { measureQuality } from '#engine/assessment/audit/domain/measure-quality.ts'
import {
  findMode,
  measureSkin,
  sampleSkin,
  tellSkinColour,
} from '#engine/assessment/audit/domain/measure-skin.ts'
import { measureTones } from '#engine/assessment/audit/domain/measure-tones.ts'
import { convertToLab } from '#engine/assessment/explanations/domain/lab-colours.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import { drawLandmarks } from '#tests/fixtures/portrait-faces.ts'

const number = z.number()
const three = z.tuple([number, number, number])
const drawn = z.object({ width: z.int(), height: z.int(), base: three, shade: number, cast: three })
const golden = z
  .object({
    cases: z.array(
      z.object({
        picture: drawn,
        points: z.array(number),
        boxes: z.array(z.tuple([number, number, number, number])),
        pose: z.object({ yaw: number, pitch: number, roll: number }),
        skin: z.object({ lightness: number, hue: number, rgb: z.array(three), lab: z.array(three) }),
        quality: z.record(z.enum(qualityComponentNames), number),
        background: z
          .object({ lightness: number, spread: number, detail: number, chroma: number })
          .nullable(),
      }),
    ),
    onePerson: z.object({
      people: z.array(z.int()),
      values: z.array(number),
      within: three,
      between: number,
      across: z.int(),
    }),
    medians: z.array(z.object({ values: z.array(number), expected: z.array(number.nullable()) })),
  })
  .parse(JSON.parse(readFileSync(new URL('portrait-golden.json', import.meta.url), 'utf8')))

/** The picture of whole-number formulas that the golden file was made of. */
function draw({ width, height, base, shade, cast }: z.infer<typeof drawn>): RgbImage {
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const grain = (x * 7919 + y * 104_729 + ((x * y) % 31) * 17) % 23
      const isStripe =
        (Math.floor(x / 9) + Math.floor(y / 13)) % 2 === 0 &&
        (y < Math.floor(height / 6) || x < Math.floor(width / 8))
      base.forEach((level, channel) => {
        const value =
          level -
          Math.floor((x * shade) / width) -
          Math.floor((y * shade) / (3 * height)) +
          Math.floor(grain / (1 + channel))
        const shown = (isStripe ? Math.floor(value / 3) : value) + (cast[channel] ?? 0)
        data[(y * width + x) * 3 + channel] = Math.min(255, Math.max(0, shown))
      })
    }
  }
  return { width, height, data }
}

const pointsOf = (flat: readonly number[]) =>
  Array.from({ length: flat.length / 2 }, (_, at) => ({ x: flat[at * 2]!, y: flat[at * 2 + 1]! }))

const boxesOf = (boxes: readonly (readonly [number, number, number, number])[]) =>
  boxes.map(([x, y, width, height]) => ({ x, y, width, height }))

describe.each(golden.cases)('a face in $picture.width x $picture.height pixels', (one) => {
  const picture = draw(one.picture)
  const points = pointsOf(one.points)

  it('has the skin colour that scikit-image and scikit-learn tell', () => {
    const { rgb } = sampleSkin(picture, points)
    const { lightness, hue } = tellSkinColour(rgb)
    expect(lightness).toBeCloseTo(one.skin.lightness, 2)
    expect(hue).toBeCloseTo(one.skin.hue, 1)
  })

  it('is turned into CIELAB as scikit-image does', () => {
    const data = Uint8Array.from(one.skin.rgb.flat())
    const lab = convertToLab({ width: one.skin.rgb.length, height: 1, data }, { isStretched: false })
    one.skin.lab.flat().forEach((value, at) => expect(lab[at]).toBeCloseTo(value, 4))
  })

  it('has the quality that the formulas of the standard give in numpy', () => {
    const found = measureQuality(picture, { points, pose: one.pose, boxes: boxesOf(one.boxes) })
    expect(found).toEqual(one.quality)
  })

  it('stands before the background that numpy measures', () => {
    const found = measureBackground(picture, boxesOf(one.boxes))
    const round = (values: object | null) =>
      Object.entries(values ?? {}).map(([name, value]: [string, number]) => [name, Number(value.toFixed(6))])
    expect(round(found)).toEqual(round(one.background))
  })
})

it.each(golden.medians)('bounds a median as scipy does, of $values.length', ({ values, expected }) => {
  const { value, low, high } = boundMedian(values)
  expect([value, low, high]).toEqual([expect.closeTo(expected[0]!, 9), expected[1], expected[2]])
})

it('compares pictures of one person as an analysis of variance does', () => {
  const { people, values, within, between, across } = golden.onePerson
  const nothing = Object.fromEntries(auditMeasureNames.map((name) => [name, Number.NaN])) as Record<
    AuditMeasure,
    number
  >
  const dataset = {
    datasetId: 1,
    name: 'People',
    labelScheme: 'utkface5' as const,
    removed: 0,
    images: values.map((skinLightness, index) => ({
      imageId: index + 1,
      race: null,
      gender: null,
      ageYears: null,
      ageBin: null,
      pixelSha256: String(index),
      skin: 'measured' as const,
      measures: { ...nothing, skinLightness, skinHue: 50 },
    })),
    people: Int32Array.from(people),
    isKnown: people.map(() => true),
    known: { dataset: people.length, inferred: 0, unknown: 0 },
  }
  const found = measureTones(dataset)
  const [lightness, hue] = found.onePerson?.figures ?? []
  const { within: own } = lightness!
  ;[own.value, own.low, own.high].forEach((figure, at) => expect(figure).toBeCloseTo(within[at]!, 9))
  expect(lightness?.between).toBeCloseTo(between, 9)
  expect(lightness?.across).toMatchObject({ value: across / 8, n: 8 })
  expect(hue).toMatchObject({ within: { value: 0, low: null, high: null }, across: { value: 0 } })
  expect(found.tones[0]?.cells.map(({ n }) => n)).toEqual([
    values.filter((value) => value >= 60).length,
    0,
    values.filter((value) => value < 60).length,
    0,
  ])
  expect(measureTones({ ...dataset, isKnown: people.map(() => false) }).onePerson).toBeNull()
})

it('bounds no median of nothing', () => {
  expect(boundMedian([])).toEqual({ value: null, low: null, high: null })
})

describe('what keeps skin from being told', () => {
  const skinLike = { width: 200, height: 200, base: [220, 170, 130], shade: 60, cast: [0, 0, 0] } as const
  const at = { x: 50, y: 50, side: 100 }
  const picture = draw({ ...skinLike, base: [...skinLike.base], cast: [...skinLike.cast] })
  // Something of another hue beside the face, as pictures in colour have.
  for (let pixel = 0; pixel < 200 * 40; pixel++)
    picture.data.set(pixel % 200 < 100 ? [200, 60, 60] : [30, 125, 60], pixel * 3)
  const points = pointsOf(drawLandmarks(at))

  it('is nothing in a picture in colour', () => {
    expect(measureSkin(picture, points, 0)).toMatchObject({ isColoured: false })
  })

  it('is that the picture has one hue or none', () => {
    const grey = Uint8Array.from(picture.data, (_, byte) => picture.data[byte - (byte % 3)] ?? 0)
    expect(measureSkin({ ...picture, data: grey }, points, 0)).toEqual({ leftOut: 'grey' })
  })

  it('is that the face has no hue, on a coloured ground', () => {
    const greyFace = picture.data.map((value, byte) => {
      const y = Math.floor(byte / 600)
      return y < 45 ? value : (picture.data[byte - (byte % 3)] ?? 0)
    })
    expect(measureSkin({ ...picture, data: greyFace }, points, 0)).toEqual({ leftOut: 'grey' })
  })

  it('is that the face is turned aside', () => {
    expect(measureSkin(picture, points, -46)).toEqual({ leftOut: 'turned' })
  })

  it('is not that dark skin in little light has little chroma', () => {
    const dark = picture.data.map((value, byte) => (byte < 600 * 45 ? value : Math.round(value / 8)))
    expect(measureSkin({ ...picture, data: dark }, points, 0)).toMatchObject({ isColoured: false })
  })

  it('is that the face is burnt out or black', () => {
    const burnt = picture.data.map((value, byte) => {
      const [x, y] = [Math.floor(byte / 3) % 200, Math.floor(byte / 600)]
      return x > 60 && x < 140 && y > 90 && y < 130 ? 255 : value
    })
    expect(measureSkin({ ...picture, data: burnt }, points, 0)).toEqual({ leftOut: 'clipped' })
  })

  it('is that the face is small', () => {
    expect(measureSkin(picture, pointsOf(drawLandmarks({ x: 90, y: 90, side: 12 })), 0)).toEqual({
      leftOut: 'small',
    })
  })

  it('is that the edge of the picture cuts it', () => {
    expect(measureSkin(picture, pointsOf(drawLandmarks({ x: 150, y: 80, side: 100 })), 0)).toEqual({
      leftOut: 'cut',
    })
  })
})

it('measures the main face alone, and a picture without one for its background', () => {
  const picture = draw({ width: 160, height: 160, base: [200, 150, 120], shade: 50, cast: [0, 0, 0] })
  const pose = { yaw: 0, pitch: 0, roll: 0 }
  const face = (x: number, side: number) => ({
    box: { x, y: 40, width: side, height: side },
    score: 0.9,
    landmarks: drawLandmarks({ x, y: 40, side }),
    pose,
    disagreement: 0,
  })
  const both = { width: 160, height: 160, bestScore: 0.9, faces: [face(2, 20), face(45, 70)] }
  const found = measurePortrait(picture, both)
  expect(portraitMeasures.parse(found)).toEqual(found)
  expect(found.quality?.singleFacePresent).toBe(92)
  const nobody = measurePortrait(picture, { ...both, faces: [] })
  expect(nobody).toMatchObject({ skin: null, quality: null })
  expect(nobody.background).not.toBeNull()
  const bare = measurePortrait(picture, { ...both, faces: [{ ...face(45, 70), landmarks: [] }] })
  expect(bare).toMatchObject({ skin: null, quality: null })
})

it('says nothing of a background that is not shown', () => {
  const picture = draw({ width: 50, height: 50, base: [200, 150, 120], shade: 50, cast: [0, 0, 0] })
  expect(measureBackground(picture, [{ x: 0, y: 0, width: 50, height: 48 }])).toBeNull()
})

it('finds a hull, and fills what crosses itself by the even-odd rule', () => {
  const corners = [
    { x: 0, y: 0 },
    { x: 4, y: 0 },
    { x: 4, y: 4 },
    { x: 0, y: 4 },
  ]
  expect(findHull([...corners, { x: 2, y: 2 }])).toHaveLength(4)
  const [a, b, c, d] = corners
  const bow = fillPolygon([a!, b!, d!, c!], 10)
  expect(bow.inside[2]).toBe(1)
  // Left of the crossing.
  expect(bow.inside[2 * bow.width]).toBe(0)
  expect(
    fillPolygon(
      corners.map(({ x, y }) => ({ x: x - 20, y })),
      10,
    ).inside,
  ).toHaveLength(0)
})

it('takes the lower edge of the fullest bin, and one value for itself', () => {
  expect(findMode([1, 1, 1])).toBe(1)
  expect(findMode([0, 0.1, 0.2, 9, 9.1, 9.2, 9.3, 10])).toBeCloseTo(7.5, 12)
})
