// AssemblyScript: the sums of resampling, with 64-bit numbers in the order of the taps, so that lanes cannot show: each lane is a
// channel, and never a part of a sum. Every pointer is a place in the module's memory, laid out by `resample-loops.ts`.

// @ts-ignore: decorator
@inline function narrow(values: v128, isNarrow: i32): v128 {
  return isNarrow ? f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(values)) : values
}

/**
 * One row of a picture in colour through the taps across it: `[to, 3]`, one number beyond is written.
 * @param offsets of each tap's pixel in the row, in bytes
 * @param isNarrow whether sums are rounded to 32 bits
 */
export function drawColour(
  row: usize,
  starts: usize,
  offsets: usize,
  weights: usize,
  to: i32,
  isNarrow: i32,
  line: usize,
): void {
  let tap = load<i32>(starts)
  for (let x = 0; x < to; x++) {
    const end = load<i32>(starts + <usize>(x << 2), 4)
    let firsts = f64x2.splat(0)
    let lasts = f64x2.splat(0)
    for (; tap < end; tap++) {
      const weight = v128.load64_splat(weights + <usize>(tap << 3))
      const at = row + <usize>load<i32>(offsets + <usize>(tap << 2))
      const pixel = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(at)))
      const last = v128.shuffle<i64>(pixel, pixel, 1, 0)
      firsts = f64x2.add(firsts, f64x2.mul(weight, f64x2.convert_low_i32x4_s(pixel)))
      lasts = f64x2.add(lasts, f64x2.mul(weight, f64x2.convert_low_i32x4_s(last)))
    }
    v128.store(line, narrow(firsts, isNarrow))
    v128.store(line, narrow(lasts, isNarrow), 16)
    line += 24
  }
}

/** The sum of lines, each so many times. Both go on to a multiple of two numbers. */
export function sumLines(lines: usize, weights: usize, count: i32, length: i32, sums: usize): void {
  for (let at: usize = 0, end = <usize>(length << 3); at < end; at += 16) {
    let sum = f64x2.splat(0)
    for (let line = 0; line < count; line++) {
      const values = v128.load(<usize>load<i32>(lines + <usize>(line << 2)) + at)
      sum = f64x2.add(sum, f64x2.mul(v128.load64_splat(weights + <usize>(line << 3)), values))
    }
    v128.store(sums + at, sum)
  }
}
