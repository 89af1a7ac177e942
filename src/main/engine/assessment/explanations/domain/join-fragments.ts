import { numberSegments, type Segments } from './segments.ts'

/**
 * Makes every region one piece: pieces below `smallest` go to a neighbour, and one that reaches `largest` is cut there
 * (`enforce_connectivity` of scikit-image).
 * @param labels `[height, width]`
 */
export function joinFragments(
  labels: Int32Array,
  { width, height }: { readonly width: number; readonly height: number },
  { smallest, largest }: { readonly smallest: number; readonly largest: number },
): Segments {
  const joined = new Int32Array(labels.length).fill(-1)
  const queue = new Int32Array(Math.max(1, largest))
  let next = 0
  for (let start = 0; start < labels.length; start++) {
    if ((joined[start] ?? 0) >= 0) continue
    const label = labels[start]
    let [adjacent, size, visited] = [next, 1, 0]
    joined[start] = next
    queue[0] = start
    while (visited < size && size < largest) {
      const at = queue[visited++] ?? 0
      const column = at % width
      const neighbours = [
        column + 1 < width ? at + 1 : -1,
        column > 0 ? at - 1 : -1,
        at + width < width * height ? at + width : -1,
        at - width,
      ]
      for (const neighbour of neighbours) {
        if (neighbour < 0) continue
        const owner = joined[neighbour] ?? -1
        if (owner === -1 && labels[neighbour] === label) {
          joined[neighbour] = next
          queue[size++] = neighbour
          if (size >= largest) break
        } else if (owner > -1 && owner !== next) adjacent = owner
      }
    }
    if (size < smallest) for (const at of queue.subarray(0, size)) joined[at] = adjacent
    else next++
  }
  return numberSegments(joined, { width, height })
}
