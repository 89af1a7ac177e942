import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { measurePixels, type PixelMeasures } from '#engine/curation/pixels/domain/measure-pixels.ts'
import { hashPerceptually } from '#engine/curation/pixels/domain/perceptual-hash.ts'
import { toGrey } from '#engine/curation/pixels/domain/to-grey.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import {
  pixelScorers,
  type PixelCheck,
  type PixelScore,
} from '#engine/curation/pixels/domain/score-pixels.ts'
import { rangeSizes, scoreSize } from '#engine/curation/pixels/domain/score-size.ts'
import { openImageCodec } from '#engine/base/media/open-image-codec.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import { checks, listChecksOf } from '#shared/domain/checks.ts'
import { facesFolder, hasFaces } from '#tests/fixtures/faces.ts'

const measured = z.object({
  brightness: z.number(),
  brightnessPerc1: z.number(),
  brightnessPerc5: z.number(),
  brightnessPerc10: z.number(),
  brightnessPerc15: z.number(),
  brightnessPerc90: z.number(),
  brightnessPerc95: z.number(),
  brightnessPerc99: z.number(),
  entropy: z.number(),
  blurriness: z.number(),
  blurrinessGrayscaleStd: z.number(),
})
const golden = z
  .object({
    cases: z.array(
      z.object({
        seed: z.int(),
        width: z.int(),
        height: z.int(),
        measures: measured.extend({ blurEffect: z.number().nullable(), phash: z.string() }),
      }),
    ),
    faces: z.array(measured.extend({ file: z.string(), aspectRatio: z.number() })),
  })
  .parse(
    JSON.parse(
      readFileSync(new URL('../../../../../oracles/golden/pixel-measures.json', import.meta.url), 'utf8'),
    ),
  )

/** The same arithmetic as in the maker of the golden file. */
function drawPattern({ seed, width, height }: { seed: number; width: number; height: number }): RgbImage {
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        const level = (x * (7 + seed) + y * (13 + seed) + c * 85 + Math.floor((x * y) / 11)) % 256
        const smooth = 128 + 100 * Math.sin(level / 41 + x / (17 + seed)) * Math.cos(y / 23)
        data[(y * width + x) * 3 + c] = Math.trunc(seed % 2 === 0 ? smooth : level)
      }
    }
  }
  return { width, height, data }
}

type ColourOf = (x: number, y: number) => readonly [red: number, green: number, blue: number]

function paint(side: number, colourOf: ColourOf): RgbImage {
  const data = new Uint8Array(side * side * 3)
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      data.set(
        colourOf(x, y).map((level) => Math.max(0, Math.min(255, level))),
        (y * side + x) * 3,
      )
  return { width: side, height: side, data }
}

const random = createRandom(3, ['pixels'])
const waves = Array.from({ length: 40 }, () => ({
  across: random.normal() / 1.5,
  down: random.normal() / 1.5,
  phase: random.float() * 7,
  weight: 26 * random.float(),
}))
/** Grey levels of a smooth picture with detail of many sizes. */
const light = (x: number, y: number): number =>
  Math.max(
    8,
    Math.min(
      247,
      waves.reduce(
        (sum, { across, down, phase, weight }) => sum + weight * Math.sin(across * x + down * y + phase),
        128,
      ),
    ),
  )
const hue: ColourOf = (x, y) => {
  const grey = light(x, y)
  const swing = 60 * Math.sin(x / 19) * Math.cos(y / 31)
  return [grey + swing, grey, grey - swing]
}
/** Fine grain, as every camera leaves it. */
const colourful = paint(200, (x, y) => {
  const grain = (((x * 73 + y * 151 + x * y * 7) % 17) - 8) / 2
  const [red, green, blue] = hue(x, y)
  return [red + grain, green + grain, blue + grain]
})
const shift = (image: RgbImage, change: (level: number, channel: number) => number): RgbImage => ({
  ...image,
  data: Uint8Array.from(image.data, (level, at) =>
    Math.max(0, Math.min(255, Math.round(change(level, at % 3)))),
  ),
})

const sizes = rangeSizes(new Map([[200 * 200, 100]]))
const score = (check: PixelCheck, measures: PixelMeasures): PixelScore<PixelCheck> | null =>
  pixelScorers[check].score({ measures, problem: null, width: 200, height: 200, sizes })

const isFlagged = (check: PixelCheck, measures: PixelMeasures): boolean =>
  (score(check, measures)?.score ?? 1) < (checks[check].cut ?? 0)

const listFlags = (image: RgbImage): PixelCheck[] => {
  const measures = measurePixels(image)
  return listChecksOf('pixels').filter((check) => isFlagged(check, measures))
}

describe('measures of pixels', () => {
  it.each(golden.cases)(
    'of a $width x $height pattern equal those of Pillow, numpy and scikit-image',
    (example) => {
      const { blurEffect, phash, ...expected } = example.measures
      const image = drawPattern(example)
      const ours = measurePixels(image)
      for (const [name, value] of Object.entries(expected)) {
        expect({ name, value: Reflect.get(ours, name) }).toEqual({ name, value: expect.closeTo(value, 6) })
      }
      // Pictures that are made smaller first are not judged by scikit-image's own resizing.
      expect(ours.blurEffect).toBeCloseTo(blurEffect ?? ours.blurEffect, 6)
      expect(hashPerceptually(toGrey(image)).toString(2).padStart(64, '0')).toBe(phash)
    },
  )

  it.runIf(hasFaces)('of real photographs equal those of cleanvision', async () => {
    const codec = await openImageCodec('sharp')
    const largest = new Map<string, number>()
    for (const { file, aspectRatio: _aspect, ...expected } of golden.faces) {
      const image = await codec.decode(new Uint8Array(readFileSync(join(facesFolder, file))))
      const ours = measurePixels(image)
      for (const [name, value] of Object.entries(expected)) {
        const difference = Math.abs(Number(Reflect.get(ours, name)) - value) / Math.max(1e-3, value)
        largest.set(name, Math.max(largest.get(name) ?? 0, difference))
      }
    }
    // Two builds of libjpeg may round a sample differently.
    expect([...largest].filter(([, difference]) => difference > 0.005)).toEqual([])
  })

  it('of one pixel and of one colour are numbers', () => {
    for (const image of [paint(1, () => [10, 20, 30]), paint(40, () => [128, 128, 128])]) {
      expect(Object.entries(measurePixels(image)).filter(([, value]) => !Number.isFinite(value))).toEqual([])
    }
  })
})

describe('pixel checks', () => {
  it('leave a colourful picture with detail alone', () => {
    expect(listFlags(colourful)).toEqual([])
  })

  it('tell grey, sepia and tinted prints apart', () => {
    const kindOf = (image: RgbImage) => score('greyscale', measurePixels(image))?.detail
    const grey = paint(200, (x, y) => [light(x, y), light(x, y), light(x, y)])
    const sepia = shift(grey, (level, channel) => level * ([1, 0.82, 0.6][channel] ?? 1))
    const blue = shift(grey, (level, channel) => level * ([0.6, 0.8, 1][channel] ?? 1))
    for (const image of [grey, sepia, blue]) expect(listFlags(image)).toContain('greyscale')
    expect([grey, sepia, blue].map(kindOf)).toMatchObject([
      { kind: 'grey' },
      { kind: 'sepia' },
      { kind: 'tinted' },
    ])
  })

  it('find what each is named after', () => {
    const noise = createRandom(5, ['noise'])
    const block = (x: number, y: number, side: number): readonly [number, number, number] =>
      hue(side * Math.floor(x / side), side * Math.floor(y / side))
    const cases: readonly (readonly [PixelCheck, RgbImage])[] = [
      ['dark', shift(colourful, (level) => level / 5)],
      ['light', shift(colourful, (level) => 250 + level / 60)],
      ['low-information', shift(colourful, (level) => 120 + level / 12)],
      ['noisy', shift(colourful, (level) => level + 14 * noise.normal())],
      ['upscaled', paint(200, (x, y) => block(x, y, 6))],
      ['banding', shift(colourful, (level) => 40 * Math.round(level / 40))],
      [
        'colour-cast',
        shift(
          colourful,
          (level, channel) => level * ([1, 0.4, 0.1][channel] ?? 1) + ([90, 0, 0][channel] ?? 0),
        ),
      ],
      ['border', paint(200, (x, y) => (y < 30 || y > 170 ? [0, 0, 0] : hue(x, y)))],
      ['odd-aspect', { width: 400, height: 100, data: colourful.data }],
    ]
    expect(
      cases.filter(([check, image]) => !listFlags(image).includes(check)).map(([check]) => check),
    ).toEqual([])
  })

  it('find what shows nothing, whatever its grain, shade and brightness, and leave a faint face', () => {
    const grain = createRandom(8, ['grain'])
    const noisy = (level: number): readonly [number, number, number] => {
      const grey = level + 12 * grain.normal()
      return [grey, grey, grey]
    }
    const vignette = (x: number, y: number): number => 220 - Math.hypot(x - 100, y - 100) ** 2 / 110
    const shade = (x: number, y: number): number => 30 + 0.5 * x + 0.4 * y
    const blanks = [() => 0, () => 255, () => 128, shade, vignette].flatMap((levelOf) => [
      paint(200, (x, y) => [levelOf(x, y), levelOf(x, y), levelOf(x, y)]),
      paint(200, (x, y) => noisy(levelOf(x, y))),
    ])
    const isBlank = (image: RgbImage): boolean => isFlagged('low-information', measurePixels(image))
    expect(blanks.map(isBlank)).toEqual(blanks.map(() => true))
    const eyes = (x: number, y: number): boolean =>
      [70, 130].some((eye) => Math.hypot((x - eye) / 1.6, y - 80) < 9)
    const face = paint(200, (x, y) => {
      const isHead = Math.hypot((x - 100) / 0.8, y - 100) < 80
      return noisy(isHead ? (eyes(x, y) ? 60 : 150) : 100)
    })
    expect(isBlank(face)).toBe(false)
  })

  it('keep every score in [0, 1]', () => {
    const pictures = [
      colourful,
      paint(8, () => [0, 0, 0]),
      paint(8, () => [255, 255, 255]),
      drawPattern({ seed: 3, width: 30, height: 70 }),
    ]
    const scores = pictures.flatMap((image) =>
      listChecksOf('pixels').map(
        (check) => score(check, { ...measurePixels(image), damage: 0.5 })?.score ?? NaN,
      ),
    )
    expect(scores.filter((one) => !(one >= 0 && one <= 1))).toEqual([])
  })

  it('explain themselves by the fields of their rows', () => {
    const unread = { measures: null, problem: 'cut short', width: 200, height: 200, sizes }
    for (const check of listChecksOf('pixels')) {
      const detail = checks[check].detail.nullable()
      expect(
        detail.safeParse(score(check, { ...measurePixels(colourful), damage: 0.5 })?.detail).error,
      ).toBeUndefined()
      expect(detail.safeParse(pixelScorers[check].score(unread)?.detail ?? null).error).toBeUndefined()
    }
  })

  it('tell any damage, the worse the more of the picture it touches, and nothing where it was never looked for', () => {
    const scoreDamage = (damage?: number) =>
      score('damaged', { ...measurePixels(colourful), ...(damage === undefined ? {} : { damage }) })
    expect([scoreDamage(0), scoreDamage(0.125), scoreDamage(1), scoreDamage()]).toEqual([
      { score: 1, isFlagged: false, detail: null },
      { score: 0.875, isFlagged: true, detail: { share: 0.125 } },
      { score: 0, isFlagged: true, detail: { share: 1 } },
      null,
    ])
  })

  it('judge a file that cannot be read by nothing but that', () => {
    const unread = { measures: null, problem: 'cut short', width: 200, height: 200, sizes }
    const judged = listChecksOf('pixels').filter((check) => pixelScorers[check].score(unread) !== null)
    expect(judged).toEqual(['unreadable'])
    expect(pixelScorers.unreadable.score(unread)).toEqual({
      score: 0,
      isFlagged: true,
      detail: { problem: 'cut short' },
    })
  })
})

describe('odd size', () => {
  const usual = rangeSizes(
    new Map([
      [240 * 240, 25],
      [100 * 100, 25],
      [200 * 200, 50],
    ]),
  )

  it('flags what lies beyond the quartiles by three times their distance', () => {
    const flagged = [10, 60, 200, 300, 2000].filter((side) => scoreSize(side * side, usual) < 0.5)
    expect(flagged).toEqual([10, 2000])
  })

  it('allows some difference where all images have one size', () => {
    const one = rangeSizes(new Map([[200 * 200, 1000]]))
    expect([200, 220, 400].map((side) => scoreSize(side * side, one) < 0.5)).toEqual([false, false, true])
  })
})
