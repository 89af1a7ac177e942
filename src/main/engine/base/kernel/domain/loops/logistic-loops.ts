import { logisticLoopsBase64 } from './logistic-loops.wasm.ts'

/** A place in the memory of the loops, in bytes. */
type Place = number

/** What `logistic-loops.as` exports; it says what each argument is. */
interface LoopExports {
  readonly memory: WebAssembly.Memory
  readonly findLogits: Sum
  readonly addGradient: Sum
}
type Sum = (
  values: Place,
  rows: number,
  dimensions: number,
  factors: Place,
  classes: number,
  sums: Place,
) => void

const pageBytes = 65_536
/** What a strip's values take at most, so that they stay near the processor and memory does not grow with the rows. */
const stripBytes = 128 * 1024
const mostRows = 512
const together = 4

const module = new WebAssembly.Module(Buffer.from(logisticLoopsBase64, 'base64'))

/** Loops and their memory for rows of one length; rows and classes are filled up to fours. */
export interface LogisticLoops {
  /** The most rows of a strip. */
  readonly stripRows: number
  /** Classes, filled up. */
  readonly lanes: number
  /** `[stripRows, dimensions]` */
  readonly values: Float32Array
  /** `[dimensions + 1, lanes]`, the intercepts last; what fills up is zero. */
  readonly weights: Float64Array
  /** `[stripRows, lanes]` logits, then errors; what fills up must be zero among the errors. */
  readonly shares: Float64Array
  /** `[dimensions + 1, lanes]` */
  readonly gradient: Float64Array
  readonly findLogits: (rows: number) => void
  readonly addGradient: (rows: number) => void
}

const fillUp = (count: number): number => Math.ceil(count / together) * together

/** One for all fits of a thread, since each reserves its addresses for good. */
let opened: LoopExports | null = null

/** Lends the thread's loops to one fit: what a former one was lent holds no longer. All numbers begin as zeros. */
export function openLogisticLoops(dimensions: number, classes: number): LogisticLoops {
  const stripRows = fillUp(
    Math.min(mostRows, Math.max(1, Math.floor(stripBytes / (4 * Math.max(1, dimensions))))),
  )
  const lanes = fillUp(classes)
  opened ??= new WebAssembly.Instance(module).exports as unknown as LoopExports
  const loops = opened
  const perClass = 8 * (dimensions + 1) * lanes
  const weights = Math.ceil((4 * stripRows * dimensions) / 16) * 16
  const gradient = weights + perClass
  const shares = gradient + perClass
  const end = shares + 8 * stripRows * lanes
  const missing = end - loops.memory.buffer.byteLength
  if (missing > 0) loops.memory.grow(Math.ceil(missing / pageBytes))
  const { buffer } = loops.memory
  new Uint8Array(buffer, 0, end).fill(0)
  return {
    stripRows,
    lanes,
    values: new Float32Array(buffer, 0, stripRows * dimensions),
    weights: new Float64Array(buffer, weights, perClass / 8),
    gradient: new Float64Array(buffer, gradient, perClass / 8),
    shares: new Float64Array(buffer, shares, stripRows * lanes),
    findLogits: (rows) => loops.findLogits(0, fillUp(rows), dimensions, weights, lanes, shares),
    addGradient: (rows) => loops.addGradient(0, fillUp(rows), dimensions, shares, lanes, gradient),
  }
}
