import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { fillNames, fillPicture } from '#engine/assessment/explanations/domain/fills.ts'
import { segmentByLandmarks } from '#engine/assessment/explanations/domain/landmark-grid.ts'
import { limeQuickshift, segmentByQuickshift } from '#engine/assessment/explanations/domain/quickshift.ts'
import { segmentBySlic, usualSlic } from '#engine/assessment/explanations/domain/slic.ts'

const bytes = z.base64().transform((text) => new Uint8Array(Buffer.from(text, 'base64')))

/** scikit-image (tests/oracles/make_superpixels_golden.py). */
const { cases } = z
  .object({
    cases: z.array(z.object({ width: z.int(), height: z.int(), rgb: bytes, quickshift: bytes, slic: bytes })),
  })
  .parse(
    JSON.parse(
      readFileSync(new URL('../../../../../oracles/golden/explanations.json', import.meta.url), 'utf8'),
    ),
  )

const makePlain = (side: number, value = 90) => ({
  width: side,
  height: side,
  data: new Uint8Array(side * side * 3).fill(value),
})

describe('superpixels', () => {
  it.each(cases.map((one, at) => [at, one] as const))(
    'of picture %i are those of scikit-image, pixel by pixel',
    (_, { width, height, rgb, quickshift, slic }) => {
      const picture = { width, height, data: rgb }
      expect([...segmentByQuickshift(picture, limeQuickshift).labels]).toEqual([...quickshift])
      expect([...segmentBySlic(picture, usualSlic).labels]).toEqual([...slic])
    },
  )

  it('begin at 0 and leave no number out, so that LIME can hide every one of them', () => {
    for (const { width, height, rgb } of cases) {
      for (const cut of [
        segmentByQuickshift({ width, height, data: rgb }, limeQuickshift),
        segmentBySlic({ width, height, data: rgb }, usualSlic),
      ])
        expect([...new Set(cut.labels)].toSorted((a, b) => a - b)).toEqual([...Array(cut.count).keys()])
    }
  })

  it('are made of pictures of one colour and of one pixel too', () => {
    for (const side of [1, 2, 5, 40]) {
      for (const value of [0, 90, 255]) {
        const picture = makePlain(side, value)
        expect(segmentByQuickshift(picture, limeQuickshift).count).toBeGreaterThan(0)
        expect(segmentBySlic(picture, usualSlic).count).toBeGreaterThan(0)
      }
    }
    const line = { width: 200, height: 2, data: new Uint8Array(1200).map((_, at) => at % 256) }
    expect(segmentBySlic(line, usualSlic).count).toBeGreaterThan(1)
  })

  it('by landmarks are named after the parts that they stand around', () => {
    const { segments, names } = segmentByLandmarks(drawFace(), { width: 100, height: 100 })
    expect(names).toHaveLength(segments.count)
    const nameAt = (x: number, y: number) => names[segments.labels[y * 100 + x] ?? -1]
    expect(nameAt(37, 42)).toBe('left eye')
    expect(nameAt(63, 42)).toBe('right eye')
    expect(nameAt(50, 56)).toBe('nose tip')
    expect(nameAt(50, 68)).toBe('mouth')
    expect(nameAt(50, 23)).toBe('forehead')
    expect(nameAt(50, 99)).toBe('around the face, below')
    expect(nameAt(99, 50)).toBe('around the face, right')
    expect(nameAt(1, 1)).toBe('around the face, upper left')
  })

  it('are filled by their mean colour, by a blur or by what the network takes for nothing', () => {
    const [first] = cases
    if (first === undefined) throw new Error('The golden file has no case')
    const picture = { width: first.width, height: first.height, data: first.rgb }
    const segments = segmentBySlic(picture, usualSlic)
    for (const fill of fillNames) {
      const filled = fillPicture(picture, segments, fill)
      expect(filled).toHaveLength(picture.data.length)
    }
    for (const fill of ['mean', 'blur'] as const)
      expect(fillPicture(makePlain(20), segmentBySlic(makePlain(20), usualSlic), fill)).toEqual(
        makePlain(20).data,
      )
    const filled = fillPicture(picture, segments, 'mean')
    const pixels = [...segments.labels.keys()].filter((pixel) => segments.labels[pixel] === 7)
    for (const channel of [0, 1, 2]) {
      const mean = pixels.reduce((sum, at) => sum + (picture.data[at * 3 + channel] ?? 0), 0) / pixels.length
      for (const at of pixels) expect(filled[at * 3 + channel]).toBe(Math.floor(mean))
    }
  })
})

/** 68 points of a plain face that looks at the camera, in a square of 100 pixels. */
function drawFace() {
  const arc = (count: number, place: (share: number) => [number, number]) =>
    Array.from({ length: count }, (_, at) => place(at / (count - 1))).map(([x, y]) => ({ x, y }))
  const eye = (x: number) =>
    [
      [-6, 0],
      [-2, -2],
      [2, -2],
      [6, 0],
      [2, 2],
      [-2, 2],
    ].map(([dx = 0, dy = 0]) => ({ x: x + dx, y: 42 + dy }))
  const ring = (count: number, wide: number, tall: number) =>
    Array.from({ length: count }, (_, at) => ({
      x: 50 - wide * Math.cos((2 * Math.PI * at) / count),
      y: 68 - tall * Math.sin((2 * Math.PI * at) / count),
    }))
  return [
    ...arc(17, (share) => [50 - 32 * Math.cos(Math.PI * share), 45 + 42 * Math.sin(Math.PI * share)]),
    ...arc(5, (share) => [28 + 16 * share, 34]),
    ...arc(5, (share) => [56 + 16 * share, 34]),
    ...arc(4, (share) => [50, 42 + 12 * share]),
    ...arc(5, (share) => [44 + 12 * share, 58]),
    ...eye(37),
    ...eye(63),
    ...ring(12, 14, 6),
    ...ring(8, 10, 3),
  ]
}
