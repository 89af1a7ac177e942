import * as z from 'zod'
import { measureBorder } from './measure-border.ts'
import { measureColour } from './measure-colour.ts'
import { measureBlur, measureEdges, measureNoise } from './measure-detail.ts'
import { measureLight } from './measure-light.ts'
import { measureShapes } from './measure-shapes.ts'
import { measureMiddle } from './measure-sharpness.ts'
import { measureStructure } from './measure-structure.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import { toGrey } from './to-grey.ts'

/** A change of any measure needs a new number: images are then measured again. */
export const measureVersion = 3

/** What is stored of each image; the functions that measure say what each means. */
export const pixelMeasures = z.object({
  brightness: z.number(),
  brightnessPerc1: z.number(),
  brightnessPerc5: z.number(),
  brightnessPerc10: z.number(),
  brightnessPerc15: z.number(),
  brightnessPerc90: z.number(),
  brightnessPerc95: z.number(),
  brightnessPerc99: z.number(),
  entropy: z.number(),
  greyEntropy: z.number(),
  shapes: z.number(),
  levels: z.number(),
  blurriness: z.number(),
  blurrinessGrayscaleStd: z.number(),
  blurEffect: z.number(),
  smear: z.number(),
  noise: z.number(),
  chroma: z.number(),
  hueSpread: z.number(),
  tintA: z.number(),
  tintB: z.number(),
  cast: z.number(),
  blockiness: z.number(),
  finenessAcross: z.number(),
  finenessDown: z.number(),
  repeats: z.number(),
  borderShare: z.number(),
  borderTop: z.number(),
  borderBottom: z.number(),
  borderLeft: z.number(),
  borderRight: z.number(),
  aspectRatio: z.number(),
  /** Of the file rather than of the pixels; absent in what was measured before it was. */
  damage: z.number().optional(),
})
export type PixelMeasures = z.infer<typeof pixelMeasures>

/** Everything the pixel checks need, from one decoded image at its own size. @param grey of the image, where it is at hand */
export function measurePixels(image: RgbImage, grey = toGrey(image)): PixelMeasures {
  return {
    ...measureLight(image, grey),
    ...measureShapes(grey),
    ...measureEdges(image),
    ...measureBlur(grey),
    ...measureMiddle(grey),
    ...measureNoise(grey),
    ...measureColour(image),
    ...measureStructure(grey),
    ...measureBorder(grey),
    aspectRatio: Math.min(image.width / image.height, image.height / image.width),
  }
}
