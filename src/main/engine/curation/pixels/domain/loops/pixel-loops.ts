import { openLoops, type LoopMemory, type Place } from '#engine/base/media/domain/loops/loop-memory.ts'
import { pixelLoopsBase64 } from './pixel-loops.wasm.ts'

/** What `pixel-loops.as` exports; it says what each does. */
interface LoopExports {
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

/** Loops over pixels with the memory they work in. */
export type PixelLoops = LoopExports & LoopMemory

export const useLoops = openLoops<LoopExports>(pixelLoopsBase64)
