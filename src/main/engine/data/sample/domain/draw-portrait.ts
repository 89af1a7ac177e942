import { createRandom, type Random } from '#engine/base/kernel/random.ts'
import { distortPortrait, drainColour, type Picture } from './distort-portrait.ts'
import type { PlannedPortrait } from './plan-sample.ts'

/** Side of a portrait in pixels. */
export const portraitSide = 128

type Colour = readonly [red: number, green: number, blue: number]
/** Distance in pixels to the edge of a shape, negative inside; coordinates from the portrait's centre. */
type Shape = (x: number, y: number) => number

const fullTurn = 2 * Math.PI
const sealCells = 5
const sealCellSide = 4.4
const linePitch = 10

/** `hue` in degrees, `saturation` and `lightness` 0-1 (CSS Color 4, 7.1). */
function mixColour(hue: number, saturation: number, lightness: number): Colour {
  const reach = saturation * Math.min(lightness, 1 - lightness)
  const channel = (offset: number): number => {
    const step = (offset + hue / 30) % 12
    return 255 * (lightness - reach * Math.max(-1, Math.min(step - 3, 9 - step, 1)))
  }
  return [channel(0), channel(8), channel(4)]
}

/** `Math.hypot` guards against overflow, which costs several times as much as the root itself. */
const measureLength = (x: number, y: number): number => Math.sqrt(x * x + y * y)

const box = (
  x: number,
  y: number,
  { halfWidth, halfHeight, radius = 0 }: { halfWidth: number; halfHeight: number; radius?: number },
) => {
  const dx = Math.abs(x) - halfWidth + radius
  const dy = Math.abs(y) - halfHeight + radius
  return measureLength(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - radius
}

/** Folds the plane into one of `count` equal sectors, so that one drawn element stands for all of them. */
function foldAngle(x: number, y: number, count: number): { radius: number; angle: number } {
  const sector = fullTurn / count
  const turned = Math.atan2(y, x) + fullTurn + sector / 2
  return { radius: measureLength(x, y), angle: (turned % sector) - sector / 2 }
}

/** The five ring patterns, in the order of the sample scheme; all reach about 31 px from the centre. */
const ringShapes: readonly Shape[] = [
  (x, y) => Math.abs(measureLength(x, y) - 28) - 3,
  (x, y) => Math.min(Math.abs(measureLength(x, y) - 30), Math.abs(measureLength(x, y) - 21.5)) - 1.9,
  (x, y) => {
    const { radius, angle } = foldAngle(x, y, 7)
    return Math.max(Math.abs(radius - 28) - 3, 28 * (Math.abs(angle) - 0.24))
  },
  (x, y) => {
    const { radius, angle } = foldAngle(x, y, 14)
    return measureLength(radius * Math.cos(angle) - 28, radius * Math.sin(angle)) - 3.7
  },
  (x, y) => {
    const { radius, angle } = foldAngle(x, y, 8)
    const spoke = box(radius * Math.cos(angle) - 27, radius * Math.sin(angle), {
      halfWidth: 5,
      halfHeight: 1.9,
    })
    return Math.min(Math.abs(radius - 21.5) - 2.4, spoke)
  },
]

/** A 5 x 5 ornament, mirrored left to right, from 15 bits. */
const drawSeal =
  (bits: number): Shape =>
  (x, y) => {
    const column = Math.round(x / sealCellSide)
    const row = Math.round(y / sealCellSide) + 2
    const isOn =
      Math.abs(column) <= 2 && row >= 0 && row < sealCells && (bits >> (row * 3 + Math.abs(column))) & 1
    if (!isOn) return sealCellSide
    return box(x - column * sealCellSide, y - (row - 2) * sealCellSide, { halfWidth: 1.9, halfHeight: 1.9 })
  }

/** Upright tally lines, centred. */
const drawLines =
  (count: number): Shape =>
  (x, y) => {
    if (count === 0) return Infinity
    const first = (-(count - 1) * linePitch) / 2
    const nearest = Math.min(count - 1, Math.max(0, Math.round((x - first) / linePitch)))
    return box(x - first - nearest * linePitch, y, { halfWidth: 2.1, halfHeight: 7.5, radius: 1 })
  }

interface Placement {
  readonly x: number
  readonly y: number
  readonly scale: number
  readonly turn: number
}

/** Lays a shape over the picture with edges smoothed over one pixel. */
function paint(
  picture: Picture,
  shape: Shape,
  { place, colour }: { place: Placement; colour: Colour },
): void {
  const { side, data } = picture
  const [cos, sin] = [Math.cos(place.turn) / place.scale, Math.sin(place.turn) / place.scale]
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const dx = column + 0.5 - place.x
      const dy = row + 0.5 - place.y
      const cover = Math.min(
        1,
        Math.max(0, 0.5 - place.scale * shape(dx * cos + dy * sin, dy * cos - dx * sin)),
      )
      if (cover === 0) continue
      const at = (row * side + column) * 3
      for (let channel = 0; channel < 3; channel++) {
        const under = data[at + channel] ?? 0
        data[at + channel] = under + ((colour[channel] ?? 0) - under) * cover
      }
    }
  }
}

/** A soft slope of light from one edge to the other. */
function paintBackground(picture: Picture, colour: Colour, random: Random): void {
  const angle = random.float() * fullTurn
  const strength = 10 + 20 * random.float()
  const { side, data } = picture
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const slope =
        ((column / side - 0.5) * Math.cos(angle) + (row / side - 0.5) * Math.sin(angle)) * strength
      const at = (row * side + column) * 3
      for (const [channel, value] of colour.entries()) data[at + channel] = value + slope
    }
  }
}

/** A few loose strokes where the card should be. */
function paintNothing(picture: Picture, colour: Colour, random: Random): void {
  for (let stroke = 0; stroke < 4; stroke++) {
    const place = {
      x: random.int(10, 118),
      y: random.int(10, 118),
      scale: 1,
      turn: random.float() * fullTurn,
    }
    const halfWidth = random.int(10, 50)
    paint(picture, (x, y) => box(x, y, { halfWidth, halfHeight: 1.5, radius: 1 }), { place, colour })
  }
}

function paintCard(picture: Picture, portrait: PlannedPortrait, look: Look): void {
  const { marks, seal } = portrait
  const { place, card, mark, ornament } = look
  const corners = { halfWidth: 52, halfHeight: 56, radius: marks.corners === 0 ? 26 : 0 }
  const outline: Shape = (x, y) => box(x, y, corners)
  const ring = ringShapes[marks.ring]
  if (ring === undefined) throw new RangeError(`No ring pattern ${marks.ring}`)
  const lines = drawLines(marks.lines)
  const drawnSeal = drawSeal(seal)
  paint(picture, outline, { place, colour: card })
  paint(picture, (x, y) => Math.abs(outline(x, y) + 3) - 1.2, { place, colour: mark })
  paint(picture, (x, y) => ring(x, y + 14), { place, colour: mark })
  paint(picture, (x, y) => drawnSeal(x, y + 14), { place, colour: ornament })
  paint(picture, (x, y) => lines(x, y - 37), { place, colour: mark })
}

interface Look {
  readonly place: Placement
  readonly background: Colour
  readonly card: Colour
  readonly mark: Colour
  readonly ornament: Colour
}

/** Colours and position, all independent of the labels; hues stay between green-blue and violet. */
function drawLook(random: Random, isFaint: boolean): Look {
  const hue = 170 + 105 * random.float()
  const isDark = random.float() < 0.4
  const base = isDark ? 0.2 + 0.1 * random.float() : 0.82 + 0.1 * random.float()
  const contrast = (isFaint ? 0.1 : 0.38 + 0.17 * random.float()) * (isDark ? 1 : -1)
  const saturation = 0.25 + 0.4 * random.float()
  return {
    place: {
      x: portraitSide / 2 + 4 * (random.float() - 0.5),
      y: portraitSide / 2 + 4 * (random.float() - 0.5),
      scale: 0.95 + 0.1 * random.float(),
      turn: 0.1 * (random.float() - 0.5),
    },
    background: mixColour(hue, 0.12, isDark ? base + 0.3 : base - 0.35),
    card: mixColour(hue, 0.06, base),
    mark: mixColour(hue, saturation, base + contrast),
    ornament: mixColour(hue + 20 * (random.float() - 0.5), saturation * 0.8, base + contrast * 0.6),
  }
}

/** Draws a planned portrait: `[side, side, 3]` bytes, the same for the same plan. */
export function drawPortrait(portrait: PlannedPortrait): Picture {
  const random = createRandom(portrait.drawSeed, ['portrait'])
  const picture: Picture = { side: portraitSide, data: new Float32Array(portraitSide * portraitSide * 3) }
  const look = drawLook(random, portrait.isFaint)
  paintBackground(picture, look.background, random)
  if (portrait.defect === 'no-subject') paintNothing(picture, look.mark, random)
  else paintCard(picture, portrait, look)
  if (portrait.defect === 'greyscale') return drainColour(picture)
  return portrait.distortion === null ? picture : distortPortrait(picture, portrait.distortion, random)
}
