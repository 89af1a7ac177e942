/**
 * Writes golden/pixel-values.json: every pixel measure, hash and small picture of made-up pictures, as the checkout that it runs
 * in gives them. Run it where the measures are trusted, before their loops are written anew: `node tests/oracles/make-pixel-values-golden.ts`.
 */
import { writeFileSync } from 'node:fs'
import { measurePixels } from '#engine/curation/pixels/domain/measure-pixels.ts'
import { hashPerceptually, shrinkGrey } from '#engine/curation/pixels/domain/perceptual-hash.ts'
import { toGrey } from '#engine/curation/pixels/domain/to-grey.ts'
import { drawPicture, pictureSizes } from './pixel-pictures.ts'

const cases = pictureSizes.map((size) => {
  const picture = drawPicture(size)
  const grey = toGrey(picture)
  return {
    ...size,
    measures: measurePixels(picture, grey),
    phash: String(BigInt.asUintN(64, hashPerceptually(grey))),
    thumb: Buffer.from(shrinkGrey(grey)).toString('base64'),
  }
})
writeFileSync(new URL('golden/pixel-values.json', import.meta.url), `${JSON.stringify(cases, null, 1)}\n`)
