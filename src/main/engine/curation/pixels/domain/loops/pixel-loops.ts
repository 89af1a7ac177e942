import { pixelLoopsBase64 } from './pixel-loops.wasm.ts'

/** A place in the memory of the loops, in bytes. */
type Place = number

/** What `pixel-loops.as` exports; it says what each does. */
interface LoopExports {
  readonly memory: WebAssembly.Memory
  readonly toGrey: (rgb: Place, pixels: number, grey: Place) => void
  readonly toSquares: (rgb: Place, pixels: number, squares: Place) => void
  readonly countLevels: (rgb: Place, grey: Place, pixels: number, colours: Place, greys: Place) => void
  readonly countSquares: (squares: Place, pixels: number, lights: Place) => void
  readonly countWithin: (squares: Place, pixels: number, slots: Place, counts: Place) => void
  readonly addLight: (
    rgb: Place,
    width: number,
    rows: number,
    columns: number,
    lefts: Place,
    linear: Place,
    sums: Place,
  ) => void
  readonly writeLab: (
    sums: Place,
    rows: number,
    columns: number,
    lefts: Place,
    cube: Place,
    lightness: Place,
    stride: number,
  ) => void
  readonly shrinkAcross: (
    source: Place,
    width: number,
    rows: number,
    isColour: number,
    to: number,
    firsts: Place,
    starts: Place,
    weights: Place,
    target: Place,
  ) => void
  readonly addScaled: (row: Place, length: number, weight: number, sums: Place) => void
  readonly roundSums: (sums: Place, length: number, target: Place) => void
  readonly countNoiseRows: (grey: Place, width: number, rows: number, counts: Place, responses: Place) => void
  readonly addStepsAcross: (grey: Place, width: number, rows: number, across: Place) => void
  readonly sumStepsDown: (from: Place, width: number, pixels: number) => number
  readonly addFineness: (from: Place, end: Place, step: number, sums: Place) => void
  readonly sumColumns: (grey: Place, width: number, target: Place) => void
  readonly addBlurRow: (columns: Place, width: number, sums: Place) => void
  readonly blurRows: (
    source: Place,
    width: number,
    height: number,
    kernel: Place,
    radius: number,
    padded: Place,
    target: Place,
  ) => void
  readonly measureGradients: (data: Place, width: number, height: number, target: Place) => void
}

const pageBytes = 65_536
/** More is given back after use: a memory of WebAssembly never shrinks. */
const keptBytes = 64 * pageBytes
/** Loops read up to so many bytes beyond what they are given. */
const slackBytes = 64

/** Loops over pixels with the memory they work in; places and views hold until the next `reserve`. */
export interface PixelLoops extends LoopExports {
  /** Places of areas of so many bytes each, zeroed where asked, one after the other from the memory's beginning. */
  reserve(areas: readonly number[]): readonly Place[]
  bytesAt(place: Place, length: number): Uint8Array
  countsAt(place: Place, length: number): Uint32Array
  wholesAt(place: Place, length: number): Int32Array
  bigsAt(place: Place, length: number): BigInt64Array
  numbersAt(place: Place, length: number): Float64Array
}

const module = new WebAssembly.Module(Buffer.from(pixelLoopsBase64, 'base64'))

function openLoops(): PixelLoops {
  const loops = new WebAssembly.Instance(module).exports as unknown as LoopExports
  const { memory } = loops
  return {
    ...loops,
    reserve(areas) {
      let end = 0
      const places = areas.map((bytes) => {
        const place = end
        end += Math.ceil(bytes / 16) * 16 + slackBytes
        return place
      })
      const missing = end - memory.buffer.byteLength
      if (missing > 0) memory.grow(Math.ceil(missing / pageBytes))
      return places
    },
    bytesAt: (place, length) => new Uint8Array(memory.buffer, place, length),
    countsAt: (place, length) => new Uint32Array(memory.buffer, place, length),
    wholesAt: (place, length) => new Int32Array(memory.buffer, place, length),
    bigsAt: (place, length) => new BigInt64Array(memory.buffer, place, length),
    numbersAt: (place, length) => new Float64Array(memory.buffer, place, length),
  }
}

let kept: PixelLoops | null = null

/** Lends the loops for one measure; what they hold afterwards belongs to nobody. */
export function useLoops<Result>(work: (loops: PixelLoops) => Result): Result {
  const loops = kept ?? openLoops()
  kept = null
  const result = work(loops)
  if (loops.memory.buffer.byteLength <= keptBytes) kept = loops
  return result
}

/** Bytes of a picture that are worked on at a time. */
const stripBytes = 256 * 1024

interface Strip {
  /** First row, and the one after the last. */
  readonly from: number
  readonly to: number
}

/** Rows from `first` up to `end`, as many at a time as are worked on. */
export function* listStrips({
  first,
  end,
  rowBytes,
}: {
  first: number
  end: number
  rowBytes: number
}): Generator<Strip> {
  const rows = stripRows(rowBytes)
  for (let from = first; from < end; from += rows) yield { from, to: Math.min(end, from + rows) }
}

/** The most rows of a strip. */
export const stripRows = (rowBytes: number): number => Math.max(1, Math.floor(stripBytes / rowBytes))
