/** A picture cut into regions, of which each is hidden or shown as one. */
export interface Segments {
  readonly width: number
  readonly height: number
  /** `[height, width]`: the region of each pixel, from 0 to `count - 1`, none of them empty. */
  readonly labels: Int32Array
  readonly count: number
}

/** Numbers the regions from 0 in the order of their old numbers. @param labels `[height, width]`, whole numbers from 0 */
export function numberSegments(
  labels: Int32Array,
  { width, height }: { readonly width: number; readonly height: number },
): Segments {
  let largest = 0
  for (const label of labels) if (label > largest) largest = label
  const places = new Int32Array(largest + 1)
  for (const label of labels) places[label] = 1
  let count = 0
  for (let label = 0; label <= largest; label++) if (places[label] === 1) places[label] = count++
  return { width, height, labels: labels.map((label) => places[label] ?? 0), count }
}
