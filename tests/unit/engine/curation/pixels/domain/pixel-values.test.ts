import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { measurePixels } from '#engine/curation/pixels/domain/measure-pixels.ts'
import { hashPerceptually, shrinkGrey } from '#engine/curation/pixels/domain/perceptual-hash.ts'
import { toGrey } from '#engine/curation/pixels/domain/to-grey.ts'
import { drawPicture, pictureSizes } from '#tests/oracles/pixel-pictures.ts'

const golden = z
  .array(z.object({ measures: z.record(z.string(), z.number()), phash: z.string(), thumb: z.string() }))
  .parse(
    JSON.parse(
      readFileSync(new URL('../../../../../oracles/golden/pixel-values.json', import.meta.url), 'utf8'),
    ),
  )

describe('values of pixels', () => {
  it('has one kept for every picture', () => {
    expect(golden).toHaveLength(pictureSizes.length)
  })

  it.each(pictureSizes.map((size, at) => ({ ...size, expected: golden[at] })))(
    'of a picture ($kind, $width x $height) are those of plain loops',
    ({ expected, ...size }) => {
      const picture = drawPicture(size)
      const grey = toGrey(picture)
      const measures = Object.entries(measurePixels(picture, grey))
      expect(measures.map(([name]) => name)).toEqual(Object.keys(expected?.measures ?? {}))
      for (const [name, value] of measures)
        expect({ name, value }).toEqual({ name, value: expect.closeTo(expected?.measures[name] ?? NaN, 9) })
      expect(String(BigInt.asUintN(64, hashPerceptually(grey)))).toBe(expected?.phash)
      expect(Buffer.from(shrinkGrey(grey)).toString('base64')).toBe(expected?.thumb)
    },
  )
})
