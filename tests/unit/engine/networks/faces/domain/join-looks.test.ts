import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeBlaze } from '#engine/networks/faces/domain/decode-detections.ts'
import { overlapOf } from '#engine/networks/faces/domain/geometry.ts'
import { addSmallFaces, joinLooks } from '#engine/networks/faces/domain/join-looks.ts'
import { tilePicture } from '#engine/networks/faces/domain/tile-picture.ts'

const at = (x: number, score: number, side = 10) => ({ box: { x, y: 0, width: side, height: side }, score })

test('a face that one look alone sees counts a share of its score', () => {
  expect(joinLooks([[at(0, 0.9)], [], [at(50, 0.6)]])).toEqual([
    at(0, expectNear(0.3)),
    at(50, expectNear(0.2)),
  ])
})

const expectNear = (value: number): number => expect.closeTo(value, 9) as number

test('what looks see in one place is one face, with the mean of scores and of boxes', () => {
  const [face, ...others] = joinLooks([[at(0, 0.9)], [at(3, 0.6)]])
  expect(others).toEqual([])
  expect(face?.score).toBeCloseTo(0.75)
  expect(face?.box.x).toBeCloseTo((0.6 * 3) / 1.5)
})

test('two faces of one look stay two', () => {
  expect(joinLooks([[at(0, 0.9), at(8, 0.8)], [at(0.5, 0.9)]]).map(({ score }) => score)).toEqual([
    expect.closeTo(0.9, 9),
    expect.closeTo(0.4, 9),
  ])
})

const candidate = fc.record({
  box: fc.record({
    x: fc.integer({ min: 0, max: 60 }),
    y: fc.integer({ min: 0, max: 60 }),
    width: fc.integer({ min: 1, max: 40 }),
    height: fc.integer({ min: 1, max: 40 }),
  }),
  score: fc.double({ min: 0.05, max: 1, noNaN: true }),
})

test('no face is surer than the surest look, and faces come best first', () => {
  fc.assert(
    fc.property(fc.array(fc.array(candidate, { maxLength: 5 }), { minLength: 1, maxLength: 3 }), (looks) => {
      const joined = joinLooks(looks)
      const surest = Math.max(0, ...looks.flat().map(({ score }) => score))
      expect(joined.every(({ score }) => score > 0 && score <= surest + 1e-12)).toBe(true)
      expect(joined).toEqual(joined.toSorted((a, b) => b.score - a.score))
    }),
  )
})

test('an anchor of any grid says where its box stands in the square', () => {
  const grids = [
    { stride: 16, perCell: 2 },
    { stride: 32, perCell: 6 },
  ]
  const [side, numbers] = [64, 16]
  const anchors = 4 * 4 * 2 + 2 * 2 * 6
  const place = (anchor: number, numbersOfBox: readonly number[]) => {
    const boxes = new Float32Array(anchors * numbers)
    const scores = new Float32Array(anchors).fill(-20)
    boxes.set(numbersOfBox, anchor * numbers)
    scores[anchor] = 0
    return decodeBlaze({ boxes, scores }, { grids, numbers, side }, 0.1)
  }
  // The second anchor of the cell in row 1, column 2 of the first grid: its middle stands at (40, 24) of 64.
  expect(place((1 * 4 + 2) * 2 + 1, [8, 0, 16, 32])).toEqual([
    { score: 0.5, box: { x: (48 - 8) / 64, y: (24 - 16) / 64, width: 16 / 64, height: 32 / 64 } },
  ])
  // The last anchor of the last cell of the second grid: (48, 48).
  expect(place(anchors - 1, [0, -16, 16, 16])).toEqual([
    { score: 0.5, box: { x: 40 / 64, y: 24 / 64, width: 16 / 64, height: 16 / 64 } },
  ])
})

test('boxes that looks agree on overlap what they were made of', () => {
  const [face] = joinLooks([[at(0, 0.8)], [at(2, 0.8)], [at(4, 0.8)]])
  expect(face === undefined ? 0 : overlapOf(face.box, at(2, 1).box)).toBeGreaterThan(0.9)
})

test('a closer look adds faces, settles a doubt, and takes no part of a face for one', () => {
  const large = at(0, 0.9, 100)
  const doubt = at(200, 0.3)
  const added = addSmallFaces([large, doubt], [at(40, 0.8), at(201, 0.7), at(300, 0.6)])
  expect(added).toEqual([large, at(201, 0.7), at(300, 0.6)])
})

test('tiles cover a picture, and a face of a quarter of their side stands whole in one of them', () => {
  fc.assert(
    fc.property(
      fc.record({ width: fc.integer({ min: 40, max: 400 }), height: fc.integer({ min: 40, max: 400 }) }),
      fc.integer({ min: 40, max: 160 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (picture, side, right, down) => {
        const face = Math.floor(side / 4) - 1
        const x = right * (picture.width - face)
        const y = down * (picture.height - face)
        const holds = tilePicture(picture, side).some(
          (tile) =>
            x >= tile.x && y >= tile.y && x + face <= tile.x + tile.side && y + face <= tile.y + tile.side,
        )
        expect(holds).toBe(true)
      },
    ),
  )
})
