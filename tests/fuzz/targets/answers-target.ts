import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { readAnswers } from '#engine/assessment/baselines/read-answers.ts'
import { pick } from '../../hostile/pick.ts'
import { promise, type FuzzTarget } from '../fuzz-target.ts'
import { encodeText, writeMutatedJson } from '../mutate.ts'

const box = { width: 40, height: 40 }
const documents: readonly unknown[] = [
  { 'a.jpg': [{ faceRectangle: box, faceAttributes: { gender: 'male', age: 31 } }], 'b.jpg': [] },
  {
    a: { faces: [{ face_rectangle: box, attributes: { gender: { value: 'Female' }, age: { value: 27 } } }] },
  },
  { a: { responses: [{ faceAnnotations: [{ boundingPoly: { vertices: [{}, { x: 9, y: 9 }] } }] }] } },
  { a: { FaceDetails: [{ BoundingBox: { Width: 0.1, Height: 0.1 }, AgeRange: { Low: 20, High: 28 } }] } },
  {
    a: [
      {
        dominant_race: 'white',
        dominant_gender: 'Man',
        age: 40,
        face_confidence: 0.9,
        region: { w: 9, h: 9 },
      },
    ],
  },
  { a: { error_message: 'CONCURRENCY_LIMIT_EXCEEDED' }, b: { error: { code: 3 } } },
]

const text = z.string().min(1).max(100).nullable()
const row = z.object({
  at: z.string(),
  name: z.string(),
  sha256: z.null(),
  answer: z.object({
    outcome: z.enum(['answered', 'undetected', 'notAsked']),
    race: text,
    gender: text,
    age: text,
    faces: z.int().nonnegative(),
  }),
})

/** Documents of what services answered, each held against every service. */
export const answersTarget: FuzzTarget = {
  name: 'system-answers',
  file: 'answers.json',
  covers: ['main/engine/assessment/baselines/read-answers.ts'],
  good: () => documents.map((document) => encodeText(JSON.stringify(document))),
  make: (random) => writeMutatedJson(pick(random, documents), random),
  async read(bytes, { folder }) {
    const path = join(folder, 'answers.json')
    writeFileSync(path, bytes)
    const { signal } = new AbortController()
    let taken = 0
    for (const kind of ['azure-face', 'facepp', 'google-vision', 'rekognition', 'deepface'] as const) {
      const { rows, problems, sha256 } = await readAnswers({ path, kind, columns: {} }, signal)
      z.array(row).parse(rows)
      promise(/^[0-9a-f]{64}$/.test(sha256), 'a hash of the document')
      promise(
        problems.every(({ message }) => message.length > 0),
        'a reason for what could not be read',
      )
      taken += rows.length
    }
    return taken
  },
}
