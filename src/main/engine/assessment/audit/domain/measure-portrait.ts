import * as z from 'zod'
import { qualityComponentNames } from '#shared/domain/audit-measures.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import { pickMainFace, type FoundFaces } from '#engine/networks/faces/domain/stored-faces.ts'
import { measureBackground, type BackgroundMeasure } from './measure-background.ts'
import { measureQuality } from './measure-quality.ts'
import { facesLeftOut, measureSkin, type SkinMeasure } from './measure-skin.ts'

/** A change of any measure needs a new number: images are then measured again. */
export const portraitVersion = 2

const number = z.number()

/** What is stored of an image: of the skin and quality of its main face, and of what surrounds its faces. */
export const portraitMeasures = z.object({
  /** Null where no face is, or its landmarks are missing. */
  skin: z
    .union([
      z.object({ lightness: number, hue: number, isColoured: z.boolean() }),
      z.object({ leftOut: z.enum(facesLeftOut) }),
    ])
    .nullable(),
  quality: z.record(z.enum(qualityComponentNames), number.nullable()).nullable(),
  background: z.object({ lightness: number, spread: number, detail: number, chroma: number }).nullable(),
})
export type PortraitMeasures = z.infer<typeof portraitMeasures>

const landmarkNumbers = 136

const round = (value: number): number => Number(value.toPrecision(6))

function roundSkin(skin: SkinMeasure): SkinMeasure {
  return 'leftOut' in skin ? skin : { ...skin, lightness: round(skin.lightness), hue: round(skin.hue) }
}

const roundBackground = ({ lightness, spread, detail, chroma }: BackgroundMeasure): BackgroundMeasure => ({
  lightness: round(lightness),
  spread: round(spread),
  detail: round(detail),
  chroma: round(chroma),
})

/** Everything that an audit measures of a decoded picture and the faces that a scan found in it. */
export function measurePortrait(picture: RgbImage, found: FoundFaces): PortraitMeasures {
  const boxes = found.faces.map(({ box }) => box)
  const background = measureBackground(picture, boxes)
  const face = pickMainFace(found)
  const hasLandmarks = face !== null && face.landmarks.length === landmarkNumbers
  const points = hasLandmarks
    ? Array.from({ length: landmarkNumbers / 2 }, (_, point) => ({
        x: face.landmarks[point * 2] ?? 0,
        y: face.landmarks[point * 2 + 1] ?? 0,
      }))
    : null
  return {
    skin: points === null || face === null ? null : roundSkin(measureSkin(picture, points, face.pose.yaw)),
    quality:
      points === null || face === null ? null : measureQuality(picture, { points, pose: face.pose, boxes }),
    background: background === null ? null : roundBackground(background),
  }
}
