/** A place in the memory of loops, in bytes. */
export type Place = number

const pageBytes = 65_536
/** More is given back after use: a memory of WebAssembly never shrinks. */
const keptBytes = 64 * pageBytes
/** Loops read up to so many bytes beyond what they are given. */
const slackBytes = 64

/** The memory that loops work in; places and views hold until the next `reserve`. */
export interface LoopMemory {
  /** Places of areas of so many bytes each, one after the other from the memory's beginning. */
  reserve(areas: readonly number[]): readonly Place[]
  bytesAt(place: Place, length: number): Uint8Array
  countsAt(place: Place, length: number): Uint32Array
  wholesAt(place: Place, length: number): Int32Array
  bigsAt(place: Place, length: number): BigInt64Array
  numbersAt(place: Place, length: number): Float64Array
}

function openMemory(memory: WebAssembly.Memory): LoopMemory {
  return {
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

/** Lends loops for one piece of work; what they hold afterwards belongs to nobody. */
export type UseLoops<Exports> = <Result>(work: (loops: Exports & LoopMemory) => Result) => Result

/**
 * Loops over pixels, written in AssemblyScript and compiled by scripts/compile-loops.ts.
 * @param moduleBase64 a module that exports what `Exports` says
 */
export function openLoops<Exports>(moduleBase64: string): UseLoops<Exports> {
  const module = new WebAssembly.Module(Buffer.from(moduleBase64, 'base64'))
  let kept: { readonly loops: Exports & LoopMemory; readonly memory: WebAssembly.Memory } | null = null
  return (work) => {
    // Taken while in use, so that work within work gets loops of its own.
    const taken = kept ?? instantiate<Exports>(module)
    kept = null
    const result = work(taken.loops)
    if (taken.memory.buffer.byteLength <= keptBytes) kept = taken
    return result
  }
}

function instantiate<Exports>(module: WebAssembly.Module) {
  const exported = new WebAssembly.Instance(module).exports as unknown as Exports & {
    readonly memory: WebAssembly.Memory
  }
  return { memory: exported.memory, loops: { ...exported, ...openMemory(exported.memory) } }
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
