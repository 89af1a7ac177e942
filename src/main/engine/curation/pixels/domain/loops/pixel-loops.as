// AssemblyScript: the loops over pixels, sixteen or eight at a time. Every pointer is a place in the module's memory, laid out
// by `pixel-loops.ts`; sums are whole numbers wherever bytes are summed, so that their order cannot show.

// Four pixels' reds, greens and blues as numbers of 32 bits; a place beyond the register is 0.
// @ts-ignore: decorator
@inline function redsOf(pixels: v128): v128 {
  return i8x16.swizzle(pixels, i8x16(0, -1, -1, -1, 3, -1, -1, -1, 6, -1, -1, -1, 9, -1, -1, -1))
}
// @ts-ignore: decorator
@inline function greensOf(pixels: v128): v128 {
  return i8x16.swizzle(pixels, i8x16(1, -1, -1, -1, 4, -1, -1, -1, 7, -1, -1, -1, 10, -1, -1, -1))
}
// @ts-ignore: decorator
@inline function bluesOf(pixels: v128): v128 {
  return i8x16.swizzle(pixels, i8x16(2, -1, -1, -1, 5, -1, -1, -1, 8, -1, -1, -1, 11, -1, -1, -1))
}
// @ts-ignore: decorator
@inline function weigh(values: v128, weight: i32): v128 {
  return i32x4.mul(values, i32x4.splat(weight))
}

/** Luma by ITU-R BT.601 in the fixed point of Pillow's mode "L". Writes up to three pixels beyond. */
export function toGrey(rgb: usize, pixels: i32, grey: usize): void {
  for (let at: usize = 0, read = rgb; at < <usize>pixels; at += 4, read += 12) {
    const four = v128.load(read)
    const sum = i32x4.add(
      i32x4.add(weigh(redsOf(four), 19595), weigh(greensOf(four), 38470)),
      i32x4.add(weigh(bluesOf(four), 7471), i32x4.splat(0x8000)),
    )
    const levels = i8x16.swizzle(sum, i8x16(2, 6, 10, 14, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1))
    store<i32>(grey + at, i32x4.extract_lane(levels, 0))
  }
}

// @ts-ignore: decorator
@inline function square(values: v128): v128 {
  return i32x4.mul(values, values)
}

/** A thousand times the squares of perceived brightness, `u32`. Writes up to three pixels beyond. */
export function toSquares(rgb: usize, pixels: i32, squares: usize): void {
  for (let at = 0, read = rgb; at < pixels; at += 4, read += 12) {
    const four = v128.load(read)
    const red = weigh(square(redsOf(four)), 241)
    const green = weigh(square(greensOf(four)), 691)
    const blue = weigh(square(bluesOf(four)), 68)
    v128.store(squares + <usize>(at << 2), i32x4.add(i32x4.add(red, green), blue))
  }
}

// @ts-ignore: decorator
@inline function add(place: usize): void {
  store<u32>(place, load<u32>(place) + 1)
}

/** Counts levels of each channel `[768]` and of grey `[256]`. */
export function countLevels(rgb: usize, grey: usize, pixels: i32, colours: usize, greys: usize): void {
  for (let at: usize = 0, read = rgb; at < <usize>pixels; at++, read += 3) {
    add(colours + (<usize>load<u8>(read) << 2))
    add(colours + 1024 + (<usize>load<u8>(read, 1) << 2))
    add(colours + 2048 + (<usize>load<u8>(read, 2) << 2))
    add(greys + (<usize>load<u8>(grey + at) << 2))
  }
}

/** Counts squares by their bits above 12 `[16384]`. */
export function countSquares(squares: usize, pixels: i32, lights: usize): void {
  for (let at = squares, end = squares + <usize>(pixels << 2); at < end; at += 4) add(lights + (load<u32>(at) >> 12 << 2))
}

/** Of squares in a bin with a slot, counts the last 12 bits: `[slots, 4096]`; slot 255 is none. */
export function countWithin(squares: usize, pixels: i32, slots: usize, counts: usize): void {
  for (let at = squares, end = squares + <usize>(pixels << 2); at < end; at += 4) {
    const value = load<u32>(at)
    const slot = <u32>load<u8>(slots + (value >> 12))
    if (slot != 255) add(counts + (((slot << 12) + (value & 4095)) << 2))
  }
}

/** Adds rows of colours in linear light to cells `[columns, 3]`, which begin at `lefts[columns + 1]`. */
export function addLight(rgb: usize, width: i32, rows: i32, columns: i32, lefts: usize, linear: usize, sums: usize): void {
  for (let y = 0; y < rows; y++) {
    const row = rgb + <usize>(y * width * 3)
    for (let column = 0; column < columns; column++) {
      const sum = sums + <usize>(column * 24)
      let red = load<f64>(sum)
      let green = load<f64>(sum, 8)
      let blue = load<f64>(sum, 16)
      const end = row + <usize>(load<i32>(lefts + <usize>(column << 2), 4) * 3)
      for (let read = row + <usize>(load<i32>(lefts + <usize>(column << 2)) * 3); read < end; read += 3) {
        red += load<f64>(linear + (<usize>load<u8>(read) << 3))
        green += load<f64>(linear + (<usize>load<u8>(read, 1) << 3))
        blue += load<f64>(linear + (<usize>load<u8>(read, 2) << 3))
      }
      store<f64>(sum, red)
      store<f64>(sum, green, 8)
      store<f64>(sum, blue, 16)
    }
  }
}

/** CIELAB's f by a table of 4096 steps over [0, 1]. */
// @ts-ignore: decorator
@inline function rootOf(t: f64, cube: usize): f64 {
  const step = t * 4096
  const below = Math.floor(step)
  const nearest = <usize>below + (step - below >= 0.5 ? 1 : 0)
  return load<f64>(cube + (min<usize>(4096, nearest) << 3))
}

/**
 * CIELAB (D65) of a row of cells in linear light, whose sums over so many rows are cleared; writes `lightness`, and behind it at
 * `stride` bytes a and b.
 */
export function writeLab(sums: usize, rows: i32, columns: i32, lefts: usize, cube: usize, lightness: usize, stride: usize): void {
  for (let column = 0; column < columns; column++) {
    const left = lefts + <usize>(column << 2)
    const pixels = <f64>((load<i32>(left, 4) - load<i32>(left)) * rows)
    const sum = sums + <usize>(column * 24)
    const red = load<f64>(sum) / pixels
    const green = load<f64>(sum, 8) / pixels
    const blue = load<f64>(sum, 16) / pixels
    memory.fill(sum, 0, 24)
    const x = rootOf((0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047, cube)
    const y = rootOf(0.2126729 * red + 0.7151522 * green + 0.072175 * blue, cube)
    const z = rootOf((0.0193339 * red + 0.119192 * green + 0.9503041 * blue) / 1.08883, cube)
    const place = lightness + <usize>(column << 3)
    store<f64>(place, 116 * y - 16)
    store<f64>(place + stride, 500 * (x - y))
    store<f64>(place + 2 * stride, 200 * (y - z))
  }
}

// @ts-ignore: decorator
@inline function toByte(sum: i32): u8 {
  return <u8>max(0, min(255, (sum + (1 << 21)) >> 22))
}

/**
 * Draws rows through taps in fixed point of 22 bits. Taps of each place are a multiple of four, those that are too many with a
 * weight of 0: `firsts[to]` pixels, `starts[to + 1]` weights.
 */
export function shrinkAcross(
  source: usize,
  width: i32,
  rows: i32,
  isColour: i32,
  to: i32,
  firsts: usize,
  starts: usize,
  weights: usize,
  target: usize,
): void {
  for (let y = 0; y < rows; y++) {
    const row = source + <usize>(y * width * (isColour ? 3 : 1))
    for (let x = 0; x < to; x++) {
      const first = <usize>load<i32>(firsts + <usize>(x << 2))
      let weight = weights + (<usize>load<i32>(starts + <usize>(x << 2)) << 2)
      const end = weights + (<usize>load<i32>(starts + <usize>(x << 2), 4) << 2)
      let sum = i32x4.splat(0)
      if (isColour) {
        for (let read = row + first * 3; weight < end; weight += 4, read += 3) {
          const pixel = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(read)))
          sum = i32x4.add(sum, i32x4.mul(pixel, v128.load32_splat(weight)))
        }
        const write = target + <usize>((y * to + x) * 3)
        store<u8>(write, toByte(i32x4.extract_lane(sum, 0)))
        store<u8>(write, toByte(i32x4.extract_lane(sum, 1)), 1)
        store<u8>(write, toByte(i32x4.extract_lane(sum, 2)), 2)
      } else {
        for (let read = row + first; weight < end; weight += 16, read += 4) {
          const pixels = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(read)))
          sum = i32x4.add(sum, i32x4.mul(pixels, v128.load(weight)))
        }
        const total =
          i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3)
        store<u8>(target + <usize>(y * to + x), toByte(total))
      }
    }
  }
}

/** Adds a row of bytes, each so many times, to sums. Both go on to a multiple of four. */
export function addScaled(row: usize, length: i32, weight: i32, sums: usize): void {
  const times = i32x4.splat(weight)
  for (let at: usize = 0; at < <usize>length; at += 4) {
    const values = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(row + at)))
    v128.store(sums + (at << 2), i32x4.add(v128.load(sums + (at << 2)), i32x4.mul(values, times)))
  }
}

export function roundSums(sums: usize, length: i32, target: usize): void {
  for (let at: usize = 0; at < <usize>length; at++) store<u8>(target + at, toByte(load<i32>(sums + (at << 2))))
}

// @ts-ignore: decorator
@inline function wide(at: usize): v128 {
  return v128.load_ext<u8>(at)
}

// @ts-ignore: decorator
@inline function countNoise(counts: usize, responses: usize, magnitude: u32, response: u32): void {
  add(counts + (magnitude << 2))
  const place = responses + (magnitude << 3)
  store<f64>(place, load<f64>(place) + <f64>response)
}

/** By the magnitude of Sobel's gradient: how many pixels `u32`, and the sum of Immerkaer's response `f64`. Rows have one more above and below. */
export function countNoiseRows(grey: usize, width: i32, rows: i32, counts: usize, responses: usize): void {
  for (let y = 0; y < rows; y++) {
    let above = grey + <usize>(y * width)
    const end = above + <usize>(width - 2)
    for (; above + 8 <= end; above += 8) {
      const at = above + width
      const below = at + width
      const nw = wide(above)
      const n = wide(above + 1)
      const ne = wide(above + 2)
      const w = wide(at)
      const centre = wide(at + 1)
      const e = wide(at + 2)
      const sw = wide(below)
      const s = wide(below + 1)
      const se = wide(below + 2)
      const right = i16x8.add(i16x8.add(ne, se), i16x8.shl(e, 1))
      const left = i16x8.add(i16x8.add(nw, sw), i16x8.shl(w, 1))
      const bottom = i16x8.add(i16x8.add(sw, se), i16x8.shl(s, 1))
      const top = i16x8.add(i16x8.add(nw, ne), i16x8.shl(n, 1))
      const magnitude = i16x8.add(i16x8.abs(i16x8.sub(right, left)), i16x8.abs(i16x8.sub(bottom, top)))
      const corners = i16x8.add(i16x8.add(nw, ne), i16x8.add(sw, se))
      const sides = i16x8.add(i16x8.add(n, s), i16x8.add(w, e))
      const response = i16x8.abs(i16x8.add(i16x8.sub(corners, i16x8.shl(sides, 1)), i16x8.shl(centre, 2)))
      countNoise(counts, responses, i16x8.extract_lane_u(magnitude, 0), i16x8.extract_lane_u(response, 0))
      countNoise(counts, responses, i16x8.extract_lane_u(magnitude, 1), i16x8.extract_lane_u(response, 1))
      countNoise(counts, responses, i16x8.extract_lane_u(magnitude, 2), i16x8.extract_lane_u(response, 2))
      countNoise(counts, responses, i16x8.extract_lane_u(magnitude, 3), i16x8.extract_lane_u(response, 3))
      countNoise(counts, responses, i16x8.extract_lane_u(magnitude, 4), i16x8.extract_lane_u(response, 4))
      countNoise(counts, responses, i16x8.extract_lane_u(magnitude, 5), i16x8.extract_lane_u(response, 5))
      countNoise(counts, responses, i16x8.extract_lane_u(magnitude, 6), i16x8.extract_lane_u(response, 6))
      countNoise(counts, responses, i16x8.extract_lane_u(magnitude, 7), i16x8.extract_lane_u(response, 7))
    }
    for (; above < end; above++) {
      const at = above + width
      const below = at + width
      const nw = <i32>load<u8>(above)
      const n = <i32>load<u8>(above, 1)
      const ne = <i32>load<u8>(above, 2)
      const w = <i32>load<u8>(at)
      const e = <i32>load<u8>(at, 2)
      const sw = <i32>load<u8>(below)
      const s = <i32>load<u8>(below, 1)
      const se = <i32>load<u8>(below, 2)
      const magnitude = abs(ne + 2 * e + se - nw - 2 * w - sw) + abs(sw + 2 * s + se - nw - 2 * n - ne)
      const response = abs(nw + ne + sw + se - 2 * (n + s + w + e) + 4 * <i32>load<u8>(at, 1))
      countNoise(counts, responses, magnitude, response)
    }
  }
}

// @ts-ignore: decorator
@inline function addFour(place: usize, values: v128): void {
  v128.store(place, i32x4.add(v128.load(place), values))
}

/** Adds the absolute differences between neighbours of rows to `across[width - 1]`. */
export function addStepsAcross(grey: usize, width: i32, rows: i32, across: usize): void {
  const last = <usize>(width - 1)
  for (let y = 0; y < rows; y++) {
    const row = grey + <usize>(y * width)
    let x: usize = 0
    for (; x + 8 <= last; x += 8) {
      const steps = i16x8.abs(i16x8.sub(wide(row + x + 1), wide(row + x)))
      addFour(across + (x << 2), i32x4.extend_low_i16x8_u(steps))
      addFour(across + (x << 2) + 16, i32x4.extend_high_i16x8_u(steps))
    }
    for (; x < last; x++) {
      const place = across + (x << 2)
      store<u32>(place, load<u32>(place) + <u32>abs(<i32>load<u8>(row + x, 1) - <i32>load<u8>(row + x)))
    }
  }
}

// @ts-ignore: decorator
@inline function sumLanes(four: v128): i32 {
  return i32x4.extract_lane(four, 0) + i32x4.extract_lane(four, 1) + i32x4.extract_lane(four, 2) + i32x4.extract_lane(four, 3)
}

/** The sum of absolute differences between pixels and those a row below; of at most some millions. */
export function sumStepsDown(from: usize, width: i32, pixels: i32): u32 {
  let four = i32x4.splat(0)
  let at = from
  const end = from + <usize>pixels
  for (; at + 8 <= end; at += 8)
    four = i32x4.add(four, i32x4.extadd_pairwise_i16x8_u(i16x8.abs(i16x8.sub(wide(at + width), wide(at)))))
  let sum = <u32>sumLanes(four)
  for (; at < end; at++) sum += <u32>abs(<i32>load<u8>(at + width) - <i32>load<u8>(at))
  return sum
}

// @ts-ignore: decorator
@inline function addSquares(total: v128, values: v128): v128 {
  const squares = i32x4.dot_i16x8_s(values, values)
  return i64x2.add(i64x2.add(total, i64x2.extend_low_i32x4_s(squares)), i64x2.extend_high_i32x4_s(squares))
}

/** Adds squares of second differences over one place and over two to `sums[2]`, of 64-bit whole numbers, from `at` to `end`. */
export function addFineness(from: usize, end: usize, step: i32, sums: usize): void {
  let fine = i64x2.splat(0)
  let coarse = i64x2.splat(0)
  let at = from
  for (; at + 8 <= end; at += 8) {
    const twice = i16x8.shl(wide(at), 1)
    fine = addSquares(fine, i16x8.sub(i16x8.sub(twice, wide(at - step)), wide(at + step)))
    coarse = addSquares(coarse, i16x8.sub(i16x8.sub(twice, wide(at - 2 * step)), wide(at + 2 * step)))
  }
  let fineRest: i64 = 0
  let coarseRest: i64 = 0
  for (; at < end; at++) {
    const twice = 2 * <i32>load<u8>(at)
    const near = twice - <i32>load<u8>(at - step) - <i32>load<u8>(at + step)
    const far = twice - <i32>load<u8>(at - 2 * step) - <i32>load<u8>(at + 2 * step)
    fineRest += near * near
    coarseRest += far * far
  }
  store<i64>(sums, load<i64>(sums) + i64x2.extract_lane(fine, 0) + i64x2.extract_lane(fine, 1) + fineRest)
  store<i64>(sums, load<i64>(sums, 8) + i64x2.extract_lane(coarse, 0) + i64x2.extract_lane(coarse, 1) + coarseRest, 8)
}

/**
 * One row's gradients and what a mean over 11 places takes of them, added to `sums[2]`: Sobel's gradient is the difference,
 * two places apart, of the sums 1, 2, 1 over three rows; after the blurring it is that of two windows, which share all but
 * two places at each end. In whole numbers, 11 times too large. `columns[width + 10]` holds the sums, the rim mirrored.
 */
export function addBlurRow(columns: usize, width: i32, sums: usize): void {
  let total: i32 = 0
  let lost: i32 = 0
  let totals = i32x4.splat(0)
  let losses = i32x4.splat(0)
  let x: i32 = 2
  for (; x + 4 <= width - 1; x += 4) {
    const place = columns + <usize>(x << 2)
    const sharp = i32x4.mul(i32x4.splat(11), i32x4.abs(i32x4.sub(v128.load(place, 24), v128.load(place, 16))))
    const entering = i32x4.add(v128.load(place, 40), v128.load(place, 44))
    const leaving = i32x4.add(v128.load(place - 4), v128.load(place))
    const left = i32x4.abs(i32x4.sub(entering, leaving))
    totals = i32x4.add(totals, sharp)
    losses = i32x4.add(losses, i32x4.max_s(i32x4.splat(0), i32x4.sub(sharp, left)))
  }
  for (; x < width - 1; x++) {
    const place = columns + <usize>(x << 2)
    const sharp = 11 * abs(load<i32>(place, 24) - load<i32>(place, 16))
    const left = abs(load<i32>(place, 40) + load<i32>(place, 44) - load<i32>(place - 4) - load<i32>(place))
    total += sharp
    lost += max(0, sharp - left)
  }
  store<i32>(sums, load<i32>(sums) + total + sumLanes(totals))
  store<i32>(sums, load<i32>(sums, 4) + lost + sumLanes(losses), 4)
}

/** The sums 1, 2, 1 of a row and its neighbours. */
export function sumColumns(grey: usize, width: i32, target: usize): void {
  for (let x = 0; x < width; x++) {
    const at = grey + <usize>x
    store<i32>(
      target + <usize>(x << 2),
      <i32>load<u8>(at - width) + 2 * <i32>load<u8>(at) + <i32>load<u8>(at + width),
    )
  }
}

/**
 * Blurs along rows by a kernel that is the same both ways, given from its middle outwards, and writes the picture turned over
 * its diagonal, so that twice is a blur both ways. `padded` has two places more than a row with its two rims.
 */
export function blurRows(source: usize, width: i32, height: i32, kernel: usize, radius: i32, padded: usize, target: usize): void {
  for (let y = 0; y < height; y++) {
    const row = source + <usize>(y * width * 8)
    memory.copy(padded + <usize>(radius * 8), row, width * 8)
    for (let at = 0; at < radius; at++) {
      store<f64>(padded + <usize>(at * 8), load<f64>(row))
      store<f64>(padded + <usize>((radius + width + at) * 8), load<f64>(row + <usize>((width - 1) * 8)))
    }
    for (let x = 0; x < width; x += 2) {
      const middle = padded + <usize>((radius + x) * 8)
      let sum = f64x2.mul(v128.load64_splat(kernel), v128.load(middle))
      for (let out: usize = 1; out <= <usize>radius; out++) {
        const pair = f64x2.add(v128.load(middle - out * 8), v128.load(middle + out * 8))
        sum = f64x2.add(sum, f64x2.mul(v128.load64_splat(kernel + out * 8), pair))
      }
      const place = target + <usize>((x * height + y) * 8)
      store<f64>(place, f64x2.extract_lane(sum, 0))
      if (x + 1 < width) store<f64>(place + <usize>(height * 8), f64x2.extract_lane(sum, 1))
    }
  }
}

/** Lengths of the gradients by central differences; 0 along the rim. */
export function measureGradients(data: usize, width: i32, height: i32, target: usize): void {
  const row = <usize>(width * 8)
  memory.fill(target, 0, row * <usize>height)
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = data + <usize>((y * width + x) * 8)
      const across = load<f64>(at + 8) - load<f64>(at - 8)
      const down = load<f64>(at + row) - load<f64>(at - row)
      store<f64>(target + <usize>((y * width + x) * 8), Math.sqrt(across * across + down * down) / 2)
    }
  }
}
