import { pairLoopsBase64 } from './pair-loops.wasm.ts'

/** A place in the memory of the loops, in bytes. */
type Place = number

/** What `pair-loops.as` exports; it says what each argument is. */
interface LoopExports {
  readonly memory: WebAssembly.Memory
  readonly comparePairs: (
    vectors: Place,
    norms: Place,
    kinds: Place,
    lanes: number,
    from: number,
    to: number,
    start: number,
    end: number,
    counts: Place,
    kindCount: number,
    bins: number,
    places: Place,
    lastPlace: number,
    shift: number,
    limit: number,
    found: Place,
    capacity: number,
    products: Place,
  ) => number
}

const pageBytes = 65_536
const module = new WebAssembly.Module(Buffer.from(pairLoopsBase64, 'base64'))

export interface PairLoops extends LoopExports {
  /** Places of areas of so many bytes each, zeroed, one after the other. */
  reserve(areas: readonly number[]): readonly Place[]
}

/** The loops with a memory of their own, which goes with them. */
export function openPairLoops(): PairLoops {
  const loops = new WebAssembly.Instance(module).exports as unknown as LoopExports
  return {
    ...loops,
    reserve(areas) {
      let end = 0
      const places = areas.map((bytes) => {
        const place = end
        end += Math.ceil(bytes / 16) * 16
        return place
      })
      const missing = end - loops.memory.buffer.byteLength
      if (missing > 0) loops.memory.grow(Math.ceil(missing / pageBytes))
      return places
    },
  }
}
