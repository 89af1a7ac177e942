import type { Asker } from './asker.ts'
import { cutIntoCells } from './domain/cells.ts'
import type { Segments } from './domain/segments.ts'

/** Cells along a side, and how many of them a patch covers. */
export const occlusionCells = 14
const patchCells = 2

/** `[3, size, size]` planar, 0-255. */
interface Pictures {
  readonly shown: Uint8Array
  readonly hidden: Uint8Array
}

/** The whole picture as one region: a cell in its own mean colour would hide nothing where the picture is plain. */
export const wholePicture = (size: number): Segments => cutIntoCells(size, 1, 1)

export const planOcclusion = (size: number): Segments => {
  const cells = Math.min(occlusionCells, size)
  return cutIntoCells(size, cells, cells)
}

/**
 * Occlusion (Zeiler & Fergus 2014): a patch of two by two cells hides every place in turn. @returns for each target `[cells]`: how far
 * the answer falls while a cell is hidden, as the mean over the patches that cover it
 */
export async function runOcclusion(asker: Asker, { shown, hidden }: Pictures): Promise<Float64Array[]> {
  const { size, targets } = asker
  const { labels, count } = planOcclusion(size)
  const side = Math.sqrt(count)
  const places = Math.max(1, side - patchCells + 1)
  const covers = (place: number, cell: number): boolean => {
    const [top, left] = [Math.floor(place / places), place % places]
    const [row, column] = [Math.floor(cell / side), cell % side]
    return row >= top && row < top + patchCells && column >= left && column < left + patchCells
  }
  const plane = size * size
  const answers = await asker.ask(places * places + 1, (into, at) => {
    into.set(shown)
    // The last one is the whole picture.
    if (at === places * places) return
    for (let pixel = 0; pixel < plane; pixel++) {
      if (!covers(at, labels[pixel] ?? 0)) continue
      for (const place of [pixel, pixel + plane, pixel + 2 * plane]) into[place] = hidden[place] ?? 0
    }
  })
  const whole = answers.subarray(places * places * targets.length)
  return targets.map((_, target) =>
    Float64Array.from({ length: count }, (__, cell) => {
      let [sum, covering] = [0, 0]
      for (let place = 0; place < places * places; place++) {
        if (!covers(place, cell)) continue
        sum += (whole[target] ?? 0) - (answers[place * targets.length + target] ?? 0)
        covering++
      }
      return covering > 0 ? sum / covering : 0
    }),
  )
}
