import type { Random } from '#engine/base/kernel/random.ts'
import type { Distortion } from './plan-sample.ts'

/** A square picture while it is drawn. */
export interface Picture {
  readonly side: number
  /** `[side, side, 3]`, 0-255, rounded only when it is stored. */
  readonly data: Float32Array
}

/** Grey by luma (ITU-R BT.601), stored as colour: the kind of black-and-white that a file's mode does not show. */
export function drainColour({ side, data }: Picture): Picture {
  const grey = new Float32Array(data.length)
  for (let at = 0; at < data.length; at += 3) {
    grey.fill(0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0), at, at + 3)
  }
  return { side, data: grey }
}

/** Each pixel of the result is read from `from(column, row)`, clamped to the picture. */
function resample(
  { side, data }: Picture,
  from: (column: number, row: number) => readonly [number, number],
): Picture {
  const clamp = (value: number): number => Math.min(side - 1, Math.max(0, Math.round(value)))
  const result = new Float32Array(data.length)
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const [x, y] = from(column, row)
      const source = (clamp(y) * side + clamp(x)) * 3
      result.set(data.subarray(source, source + 3), (row * side + column) * 3)
    }
  }
  return { side, data: result }
}

/** Mean over a window of `2 * reach + 1` pixels, along rows and then along columns. */
function blur(picture: Picture, reach: number): Picture {
  const pass = ({ side, data }: Picture, step: number, across: number): Picture => {
    const result = new Float32Array(data.length)
    for (let line = 0; line < side; line++) {
      for (let position = 0; position < side; position++) {
        for (let channel = 0; channel < 3; channel++) {
          let sum = 0
          for (let offset = -reach; offset <= reach; offset++) {
            const at = Math.min(side - 1, Math.max(0, position + offset))
            sum += data[line * across + at * step + channel] ?? 0
          }
          result[line * across + position * step + channel] = sum / (2 * reach + 1)
        }
      }
    }
    return { side, data: result }
  }
  const row = picture.side * 3
  return pass(pass(picture, 3, row), row, 3)
}

/** Spoils a portrait so that its marks can hardly be read. */
export function distortPortrait(picture: Picture, distortion: Distortion, random: Random): Picture {
  const { side } = picture
  switch (distortion) {
    case 'blur':
      return blur(blur(picture, 6), 6)
    case 'pixelate':
      return resample(picture, (column, row) => [
        16 * Math.floor(column / 16) + 8,
        16 * Math.floor(row / 16) + 8,
      ])
    case 'stretch':
      return resample(picture, (column, row) => [side / 2 + (column - side / 2) / 3, row])
    case 'noise':
      return { side, data: picture.data.map((value) => value + 90 * random.normal()) }
    default:
      return distortion satisfies never
  }
}

/** Bytes of a finished picture: `[side, side, 3]`. */
export const roundPicture = ({ data }: Picture): Uint8Array =>
  new Uint8Array(Uint8ClampedArray.from(data).buffer)
