import { describe, expect, it } from 'vitest'
import { cutAround, cutOut, facesAsked, isOfOneFace, listFaces } from '#engine/networks/faces/cut-face.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'

const picture = (width: number, height: number): RgbImage => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height * 3 }, (_, at) => Math.floor(at / 3) % 251),
})

const at = (x: number, y: number, side: number, score = 0.9) => ({
  score,
  box: { x, y, width: side, height: side },
})

describe('the faces of a picture', () => {
  it('come from left to right, in whole pixels inside it', async () => {
    const asked: number[] = []
    const detect = async (_picture: RgbImage, least: number) => {
      asked.push(least)
      return [at(300, 20, 80), at(-10.5, 20.2, 60.3), at(150, 150, 90)]
    }
    const { boxes, left } = await listFaces(picture(400, 200), { detect })
    expect(asked).toEqual([0.5])
    expect(left).toBe(0)
    expect(boxes).toEqual([
      { x: 0, y: 20, width: 50, height: 61 },
      { x: 150, y: 150, width: 90, height: 50 },
      { x: 300, y: 20, width: 80, height: 80 },
    ])
  })

  it('are the surest ones where there are very many', async () => {
    const detect = async () =>
      Array.from({ length: facesAsked + 6 }, (_, index) => at(400 - 5 * index, 20, 4, 0.99 - index / 1000))
    const { boxes, left } = await listFaces(picture(420, 60), { detect })
    expect(boxes).toHaveLength(facesAsked)
    expect(left).toBe(6)
    // The last six were the farthest to the left.
    expect(boxes[0]?.x).toBe(400 - 5 * (facesAsked - 1))
  })
})

describe('cutting a face out', () => {
  it('gives it the place that faces have in UTKFace and FairFace', () => {
    const cut = cutAround({ x: 400, y: 300, width: 80, height: 92 }, picture(1000, 800))
    expect(cut).toEqual({ x: 390, y: 300, width: 100, height: 100 })
  })

  it('stays within the picture at its edges and where the face is larger than it', () => {
    expect(cutAround({ x: 0, y: 0, width: 92, height: 92 }, picture(500, 400))).toEqual({
      x: 0,
      y: 0,
      width: 100,
      height: 100,
    })
    expect(cutAround({ x: 420, y: 320, width: 80, height: 80 }, picture(500, 400))).toEqual({
      x: 413,
      y: 313,
      width: 87,
      height: 87,
    })
    expect(cutAround({ x: 0, y: 0, width: 50, height: 60 }, picture(50, 60))).toEqual({
      x: 0,
      y: 0,
      width: 50,
      height: 60,
    })
  })

  it('leaves a picture of one face alone, and not one with a small face', () => {
    const whole = picture(200, 200)
    expect(isOfOneFace([], whole)).toBe(true)
    expect(isOfOneFace([{ x: 20, y: 0, width: 150, height: 186 }], whole)).toBe(true)
    expect(isOfOneFace([{ x: 20, y: 20, width: 100, height: 120 }], whole)).toBe(false)
    expect(
      isOfOneFace(
        [
          { x: 0, y: 0, width: 180, height: 190 },
          { x: 180, y: 0, width: 20, height: 20 },
        ],
        whole,
      ),
    ).toBe(false)
  })

  it('takes the pixels of the box', () => {
    const whole = picture(5, 4)
    const cut = cutOut(whole, { x: 1, y: 2, width: 3, height: 2 })
    const pixels = Array.from({ length: 6 }, (_, index) => cut.data[index * 3])
    expect(pixels).toEqual([11, 12, 13, 16, 17, 18])
    expect(cut.data).toHaveLength(18)
  })
})
