// AssemblyScript: squared distances of all pairs of descriptors, in whole numbers, so that neither the order of the images nor
// that of the lanes can show. Every pointer is a place in the module's memory, laid out by `pair-loops.ts`.

// Four products of one row of 16-bit numbers with four others, `steps` lanes of eight each.
// @ts-ignore: decorator
@inline function sumLanes(lanes: v128): i32 {
  return (
    i32x4.extract_lane(lanes, 0) +
    i32x4.extract_lane(lanes, 1) +
    i32x4.extract_lane(lanes, 2) +
    i32x4.extract_lane(lanes, 3)
  )
}

/** Products of two rows with four columns, `i32[8]`: the first row's, then the second's. */
// @ts-ignore: decorator
@inline function multiply(row: usize, column: usize, bytes: usize, out: usize): void {
  let a0 = i32x4.splat(0), a1 = i32x4.splat(0), a2 = i32x4.splat(0), a3 = i32x4.splat(0)
  let b0 = i32x4.splat(0), b1 = i32x4.splat(0), b2 = i32x4.splat(0), b3 = i32x4.splat(0)
  for (let at: usize = 0; at < bytes; at += 16) {
    const a = v128.load(row + at)
    const b = v128.load(row + bytes + at)
    const w = v128.load(column + at)
    a0 = i32x4.add(a0, i32x4.dot_i16x8_s(a, w))
    b0 = i32x4.add(b0, i32x4.dot_i16x8_s(b, w))
    const x = v128.load(column + bytes + at)
    a1 = i32x4.add(a1, i32x4.dot_i16x8_s(a, x))
    b1 = i32x4.add(b1, i32x4.dot_i16x8_s(b, x))
    const y = v128.load(column + 2 * bytes + at)
    a2 = i32x4.add(a2, i32x4.dot_i16x8_s(a, y))
    b2 = i32x4.add(b2, i32x4.dot_i16x8_s(b, y))
    const z = v128.load(column + 3 * bytes + at)
    a3 = i32x4.add(a3, i32x4.dot_i16x8_s(a, z))
    b3 = i32x4.add(b3, i32x4.dot_i16x8_s(b, z))
  }
  store<i32>(out, sumLanes(a0))
  store<i32>(out, sumLanes(a1), 4)
  store<i32>(out, sumLanes(a2), 8)
  store<i32>(out, sumLanes(a3), 12)
  store<i32>(out, sumLanes(b0), 16)
  store<i32>(out, sumLanes(b1), 20)
  store<i32>(out, sumLanes(b2), 24)
  store<i32>(out, sumLanes(b3), 28)
}

/**
 * Compares rows `from` to `to` (both even) with the columns from `start` to `end` (both multiples of four), each pair with the row
 * before the column once. Counts every pair by the kinds of its two and by its distance, and writes down those up to `limit`.
 *
 * @param vectors `i16[points, lanes]` @param norms `i32[points]`, the sum of squares
 * @param kinds `u8[points]`, below `kindCount`; `kindCount` itself for padding, which is no point
 * @param counts `u32[kindCount, kindCount, bins]`: of the row's kind and the column's
 * @param places `u16[]` the bin of a squared distance, after `shift` bits
 * @param found `i32[capacity, 3]` row, column, squared distance
 * @returns how many were found; more than `capacity` where the last of them were not written down
 */
export function comparePairs(
  vectors: usize, norms: usize, kinds: usize, lanes: i32,
  from: i32, to: i32, start: i32, end: i32,
  counts: usize, kindCount: i32, bins: i32, places: usize, lastPlace: i32, shift: i32,
  limit: i32, found: usize, capacity: i32, products: usize,
): i32 {
  const bytes = <usize>lanes * 2
  let written = 0
  for (let i = from; i < to; i += 2) {
    const first = start > i ? start : i & ~3
    for (let j = first; j < end; j += 4) {
      multiply(vectors + <usize>i * bytes, vectors + <usize>j * bytes, bytes, products)
      for (let at = 0; at < 8; at++) {
        const row = i + (at >> 2)
        const column = j + (at & 3)
        if (column <= row) continue
        const one = <i32>load<u8>(kinds + <usize>row)
        const other = <i32>load<u8>(kinds + <usize>column)
        if (one == kindCount || other == kindCount) continue
        const squared =
          load<i32>(norms + (<usize>row << 2)) +
          load<i32>(norms + (<usize>column << 2)) -
          2 * load<i32>(products + (<usize>at << 2))
        const place = squared >> shift
        const bin = <i32>load<u16>(places + (<usize>(place < lastPlace ? place : lastPlace) << 1))
        const count = counts + (<usize>((one * kindCount + other) * bins + bin) << 2)
        store<u32>(count, load<u32>(count) + 1)
        if (squared <= limit) {
          if (written < capacity) {
            const pair = found + <usize>written * 12
            store<i32>(pair, row)
            store<i32>(pair, column, 4)
            store<i32>(pair, squared, 8)
          }
          written++
        }
      }
    }
  }
  return written
}
