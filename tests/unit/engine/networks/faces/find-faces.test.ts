import { expect, test } from 'vitest'
import { findFaces } from '#engine/networks/faces/find-faces.ts'
import { landmarkCount } from '#engine/networks/faces/domain/landmarks.ts'

const picture = { width: 200, height: 200, data: new Uint8Array(200 * 200 * 3) }
const boxAt = (x: number, y: number) => ({ x, y, width: 80, height: 80 })
const shares = Float32Array.from({ length: 2 * landmarkCount }, (_, at) => ((at * 37) % 100) / 100)

/** Networks that answer the same of every picture. */
const networksThatSee = (candidates: readonly { score: number; box: ReturnType<typeof boxAt> }[]) => ({
  detector: {
    secondScore: 0.3,
    detect: () => Promise.resolve(candidates),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  },
  landmarks: {
    locate: () => Promise.resolve({ shares, ofMirror: shares }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  },
  recognition: {
    describe: () => Promise.resolve(new Float32Array(128)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  },
})

test('beside a face a doubted box at the edge is a second one, a part of the face or noise is none', async () => {
  const { faces } = await findFaces(
    picture,
    networksThatSee([
      { score: 0.9, box: boxAt(60, 60) },
      { score: 0.45, box: boxAt(70, 80) },
      { score: 0.4, box: boxAt(-50, 20) },
      { score: 0.29, box: boxAt(150, 20) },
    ]),
  )
  expect(faces.faces).toHaveLength(1)
  expect(faces.doubted).toEqual([{ score: 0.4, box: { x: 0, y: 20, width: 30, height: 80 } }])
})

test('where there is no face nothing is a second one', async () => {
  const { faces, descriptor } = await findFaces(
    picture,
    networksThatSee([
      { score: 0.45, box: boxAt(60, 60) },
      { score: 0.4, box: boxAt(0, 20) },
    ]),
  )
  expect(faces).toEqual({ width: 200, height: 200, bestScore: 0.45, faces: [] })
  expect(descriptor).toBeNull()
})
