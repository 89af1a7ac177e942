import * as z from 'zod'
import type { ImportKind } from '#shared/contract/baseline.contract.ts'
import { keepText, noFace, notAsked, type SystemAnswer } from './answer.ts'

type JsonKind = Exclude<ImportKind, 'csv' | 'fairface'>

interface Face {
  /** In whatever unit; the largest face is the one that is taken. */
  readonly area: number
  readonly race: string | null
  readonly gender: string | null
  readonly age: string | null
}

const number = z.number().catch(0)
const text = z.string().nullish().catch(null)
const years = z.number().nullish().catch(null)
const writeAge = (age: number | null | undefined): string | null =>
  age === null || age === undefined ? null : String(age)

const answerOf = (faces: readonly Face[]): SystemAnswer => {
  const [first, ...others] = faces
  if (first === undefined) return noFace
  const { race, gender, age } = others.reduce((best, one) => (one.area > best.area ? one : best), first)
  return {
    outcome: 'answered',
    race: keepText(race),
    gender: keepText(gender),
    age: keepText(age),
    faces: faces.length,
  }
}

const rectangle = z.object({ width: number, height: number }).catch({ width: 0, height: 0 })

const azureFaces = z.array(
  z.object({
    faceRectangle: rectangle.optional(),
    faceAttributes: z.object({ gender: text, age: years }).partial().nullish(),
  }),
)

const faceppFaces = z.object({
  faces: z.array(
    z.object({
      face_rectangle: rectangle.optional(),
      attributes: z
        .object({
          gender: z.object({ value: text }),
          age: z.object({ value: years }),
          ethnicity: z.object({ value: text }),
        })
        .partial()
        .nullish(),
    }),
  ),
})

const corner = z.object({ x: number.optional(), y: number.optional() })
const googleResponse = z.object({
  error: z.unknown().optional(),
  faceAnnotations: z
    .array(z.object({ boundingPoly: z.object({ vertices: z.array(corner) }).nullish() }))
    .optional(),
})
const googleAnswer = z.object({ responses: z.array(googleResponse).length(1) })

const rekognitionFaces = z.object({
  FaceDetails: z.array(
    z.object({
      BoundingBox: z.object({ Width: number, Height: number }).nullish(),
      AgeRange: z.object({ Low: z.number(), High: z.number() }).nullish(),
      Gender: z.object({ Value: text }).nullish(),
    }),
  ),
})

/** Of one face. */
const deepface = z.object({
  dominant_race: text,
  dominant_gender: text,
  gender: z.unknown().optional(),
  race: z.unknown().optional(),
  age: years,
  face_confidence: z.number().nullish().catch(null),
  region: z.object({ w: number, h: number }).nullish().catch(null),
})

const areaOf = (box: { width: number; height: number } | null | undefined): number =>
  (box?.width ?? 0) * (box?.height ?? 0)

function spanOf(corners: readonly { x?: number | undefined; y?: number | undefined }[]): number {
  // A coordinate of 0 is left out by Google.
  const span = (values: readonly number[]): number =>
    values.reduce((most, value) => Math.max(most, value), 0) -
    values.reduce((least, value) => Math.min(least, value), Infinity)
  return corners.length === 0 ? 0 : span(corners.map(({ x = 0 }) => x)) * span(corners.map(({ y = 0 }) => y))
}

const ownText = (value: unknown): string | null => (typeof value === 'string' ? value : null)

type Reader = (document: unknown) => SystemAnswer | null

const readers: Readonly<Record<JsonKind, Reader>> = {
  'azure-face': (document) => {
    if (hasKey(document, 'error')) return notAsked
    const read = azureFaces.safeParse(document)
    return read.success
      ? answerOf(
          read.data.map(({ faceRectangle, faceAttributes }) => ({
            area: areaOf(faceRectangle),
            race: null,
            gender: faceAttributes?.gender ?? null,
            age: writeAge(faceAttributes?.age),
          })),
        )
      : null
  },
  facepp: (document) => {
    // An error without faces says that nobody looked, not that there was no face.
    if (hasKey(document, 'error_message') && !hasKey(document, 'faces')) return notAsked
    const read = faceppFaces.safeParse(document)
    return read.success
      ? answerOf(
          read.data.faces.map(({ face_rectangle, attributes }) => ({
            area: areaOf(face_rectangle),
            race: attributes?.ethnicity?.value ?? null,
            gender: attributes?.gender?.value ?? null,
            age: writeAge(attributes?.age?.value),
          })),
        )
      : null
  },
  'google-vision': (document) => {
    if (hasKey(document, 'error') && !hasKey(document, 'responses')) return notAsked
    const read = googleAnswer.safeParse(document)
    if (!read.success) return null
    const [response] = read.data.responses
    if (response?.error !== undefined) return notAsked
    return answerOf(
      (response?.faceAnnotations ?? []).map(({ boundingPoly }) => ({
        area: spanOf(boundingPoly?.vertices ?? []),
        race: null,
        gender: null,
        age: null,
      })),
    )
  },
  rekognition: (document) => {
    if (['__type', 'Error', 'error'].some((key) => hasKey(document, key))) return notAsked
    const read = rekognitionFaces.safeParse(document)
    return read.success
      ? answerOf(
          read.data.FaceDetails.map(({ BoundingBox, AgeRange, Gender }) => ({
            area: (BoundingBox?.Width ?? 0) * (BoundingBox?.Height ?? 0),
            race: null,
            gender: Gender?.Value ?? null,
            // It gives a range; its middle is taken for the age.
            age:
              AgeRange === null || AgeRange === undefined ? null : String((AgeRange.Low + AgeRange.High) / 2),
          })),
        )
      : null
  },
  deepface: (document) => {
    if (hasKey(document, 'error')) return notAsked
    const read = z.array(deepface).safeParse(Array.isArray(document) ? document : [document])
    if (!read.success) return null
    // Without a face it takes the whole picture for one, and says so by a confidence of 0.
    const faces = read.data.filter(({ face_confidence }) => face_confidence !== 0)
    return answerOf(
      faces.map((face) => ({
        area: (face.region?.w ?? 0) * (face.region?.h ?? 0),
        race: face.dominant_race ?? ownText(face.race),
        gender: face.dominant_gender ?? ownText(face.gender),
        age: writeAge(face.age),
      })),
    )
  },
}

const hasKey = (document: unknown, key: string): boolean =>
  typeof document === 'object' &&
  document !== null &&
  !Array.isArray(document) &&
  Object.hasOwn(document, key)

/**
 * The answer of one JSON document as the service itself gives it.
 * @returns null where it is none of that service
 */
export const readJsonAnswer = (document: unknown, kind: JsonKind): SystemAnswer | null =>
  readers[kind](document)

export const isJsonKind = (kind: ImportKind): kind is JsonKind => kind !== 'csv' && kind !== 'fairface'
