import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeScrfd, decodeYunet } from '#engine/networks/faces/domain/decode-strides.ts'
import { overlapOf } from '#engine/networks/faces/domain/geometry.ts'
import { NearestList } from '#engine/curation/vectors/nearest.ts'
import {
  averageBlocks,
  sampleSquare,
  shrinkSquare,
  viewInMiddle,
  viewWithMargin,
} from '#engine/networks/faces/domain/sample-square.ts'
import { suppressOverlaps } from '#engine/networks/faces/domain/suppress-overlaps.ts'

const drawGradient = (width: number, height: number) => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height * 3 }, (_, at) => (at * 7) % 256),
})

const box = fc.record({
  x: fc.integer({ min: -20, max: 20 }),
  y: fc.integer({ min: -20, max: 20 }),
  width: fc.integer({ min: 1, max: 30 }),
  height: fc.integer({ min: 1, max: 30 }),
})

test('a square view of its own size is the picture, plane by plane', () => {
  const picture = drawGradient(5, 5)
  const square = sampleSquare(
    picture,
    { x: 0, y: 0, side: 5, content: { x: 0, y: 0, width: 5, height: 5 } },
    5,
  )
  const planes = [0, 1, 2].flatMap((colour) =>
    Array.from({ length: 25 }, (_, at) => picture.data[at * 3 + colour]),
  )
  expect(Array.from(square)).toEqual(planes)
})

test('what lies outside the content is black, also where the picture goes on', () => {
  const picture = { width: 4, height: 4, data: new Uint8Array(48).fill(200) }
  const content = { x: 1, y: 0, width: 2, height: 4 }
  const square = sampleSquare(picture, viewInMiddle(content), 4)
  expect(Array.from(square.subarray(0, 16))).toEqual(
    Array.from({ length: 16 }, (_, at) => [0, 200, 200, 0][at % 4]),
  )
})

/** Rows of black and white in turn, the hardest print there is. */
const drawPrint = (side: number) => ({
  width: side,
  height: side,
  data: Uint8Array.from({ length: side * side * 3 }, (_, at) => (Math.floor(at / (side * 3)) % 2) * 255),
})

test.each([64, 448, 600])('a hard print of %i pixels shrinks to the grey that it is from afar', (side) => {
  const square = shrinkSquare(
    drawPrint(side),
    viewWithMargin({ width: side, height: side, data: new Uint8Array() }, 1),
    8,
  )
  // The picture fills the middle third; what the triangles reach beyond it is black.
  const middle = [3, 4].flatMap((row) => [3, 4].map((column) => square[row * 8 + column] ?? 0))
  for (const value of middle) expect(Math.abs(value - 127.5)).toBeLessThan(16)
  expect(square[0]).toBe(0)
})

test('blocks of pixels become their mean, without what is left over', () => {
  const picture = {
    width: 5,
    height: 2,
    data: Uint8Array.from({ length: 30 }, (_, at) => (at % 15) + (at < 15 ? 0 : 2)),
  }
  expect(averageBlocks(picture, 2)).toEqual({ width: 2, height: 1, data: Uint8Array.of(3, 4, 5, 9, 10, 11) })
})

test.each([sampleSquare, shrinkSquare])('%o keeps within the range of the pixels it blends', (draw) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 30 }),
      (width, height, side) => {
        const picture = { width, height, data: new Uint8Array(width * height * 3).fill(100) }
        const view = viewInMiddle({ x: 0, y: 0, width, height })
        return draw(picture, view, side).every((value) => value >= 0 && value <= 100.001)
      },
    ),
  )
})

test('no two kept boxes overlap by more than the limit, and the best one is kept', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ box, score: fc.double({ min: 0, max: 1, noNaN: true }) }), { minLength: 1 }),
      (candidates) => {
        const kept = suppressOverlaps(candidates, 0.4)
        const best = Math.max(...candidates.map(({ score }) => score))
        const apart = kept.every((one, at) =>
          kept.slice(at + 1).every((other) => overlapOf(one.box, other.box) <= 0.4),
        )
        return apart && kept[0]?.score === best
      },
    ),
  )
})

test('boxes of YuNet and SCRFD stand where their cells say', () => {
  const scores = new Float32Array(16)
  scores[6] = 0.9
  const boxes = new Float32Array(64)
  boxes.set([0.5, 0.25, Math.log(2), 0], 24)
  expect(decodeYunet([{ stride: 8, scores, boxes }], 32, 0.5)).toEqual([
    {
      score: expect.closeTo(0.9),
      box: { x: expect.closeTo(12), y: 6, width: expect.closeTo(16), height: 8 },
    },
  ])
  const two = new Float32Array(32)
  two[13] = 0.8
  const distances = new Float32Array(128)
  distances.set([0.5, 1, 1.5, 2], 52)
  expect(decodeScrfd([{ stride: 8, scores: two, boxes: distances }], 32, 0.5)).toEqual([
    { score: expect.closeTo(0.8), box: { x: 12, y: 0, width: 16, height: 24 } },
  ])
})

test('the nearest of any offers are the first of them sorted', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 })), fc.integer({ min: 1, max: 10 }), (offers, k) => {
      const list = new NearestList(k)
      for (const [imageId, squared] of offers.entries()) list.offer(imageId, squared)
      const sorted = offers
        .map((squared, imageId) => ({ imageId, distance: Math.sqrt(squared) }))
        .toSorted((a, b) => a.distance - b.distance || a.imageId - b.imageId)
      expect(list.list()).toEqual(sorted.slice(0, k))
    }),
  )
})
