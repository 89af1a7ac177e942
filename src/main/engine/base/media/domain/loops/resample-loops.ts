import { openLoops, type Place } from './loop-memory.ts'
import { resampleLoopsBase64 } from './resample-loops.wasm.ts'

/** What `resample-loops.as` exports; it says what each does. */
interface ResampleExports {
  readonly drawColour: (
    row: Place,
    starts: Place,
    offsets: Place,
    weights: Place,
    to: number,
    isNarrow: number,
    line: Place,
  ) => void
  readonly sumLines: (lines: Place, weights: Place, count: number, length: number, sums: Place) => void
}

export const useResampleLoops = openLoops<ResampleExports>(resampleLoopsBase64)
