/** A place in the one block that all tensors share. */
export interface Region {
  readonly offset: number
  readonly bytes: number
}

/** A cache line, and the width of the widest vectors. */
const alignment = 64

const roundUp = (bytes: number): number => Math.ceil(bytes / alignment) * alignment

/**
 * Gives out places as a program is written, and takes them back where a tensor was read for the last time: since the
 * program runs in the order in which it is written, two tensors that share a place are never needed at once.
 */
export class MemoryPlan {
  /** Gaps below the end, by offset; no two touch. */
  #gaps: Region[] = []
  #end = 0
  #peak = 0

  /** Bytes of the block. */
  get bytes(): number {
    return this.#peak
  }

  /** The smallest gap that is large enough, or the end. */
  take(bytes: number): Region {
    const size = roundUp(Math.max(1, bytes))
    const fitting = this.#gaps.filter((gap) => gap.bytes >= size)
    const gap = fitting.reduce<Region | undefined>(
      (best, other) => (best === undefined || other.bytes < best.bytes ? other : best),
      undefined,
    )
    const offset = gap?.offset ?? this.#end
    if (gap === undefined) this.#end += size
    else {
      this.#gaps = this.#gaps.filter((other) => other !== gap)
      if (gap.bytes > size) this.#gaps.push({ offset: offset + size, bytes: gap.bytes - size })
    }
    this.#peak = Math.max(this.#peak, this.#end)
    return { offset, bytes: size }
  }

  release(region: Region): void {
    let { offset, bytes } = region
    const touching = this.#gaps.filter(
      (gap) => gap.offset + gap.bytes === offset || offset + bytes === gap.offset,
    )
    for (const gap of touching) {
      offset = Math.min(offset, gap.offset)
      bytes += gap.bytes
    }
    this.#gaps = this.#gaps.filter((gap) => !touching.includes(gap))
    if (offset + bytes === this.#end) this.#end = offset
    else this.#gaps.push({ offset, bytes })
  }
}
