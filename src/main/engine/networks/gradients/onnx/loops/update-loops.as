// AssemblyScript: optimiser steps and what goes with them, over arrays of 32-bit numbers that are worked out in 64 bits, two lanes at a time. Each
// lane is a value of its own, so that every result is the one that plain loops give, bit by bit. Pointers are places in the module's memory, and
// `update-loops.ts` lays the arrays out: each begins with a multiple of 16 bytes and is filled up with zeros to one.

// @ts-ignore: decorator
@inline function low(four: v128): v128 {
  return f64x2.promote_low_f32x4(four)
}

// @ts-ignore: decorator
@inline function high(four: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i32>(four, four, 2, 3, 2, 3))
}

// @ts-ignore: decorator
@inline function narrow(first: v128, second: v128): v128 {
  return v128.shuffle<i32>(f32x4.demote_f64x2_zero(first), f32x4.demote_f64x2_zero(second), 0, 1, 4, 5)
}

/**
 * Adam and AdamW, as `followAdam` says them.
 * @param penalty weight decay that joins the gradient
 * @param kept what a weight is multiplied by first
 */
export function stepAdam(
  weight: usize, gradient: usize, first: usize, second: usize, count: usize,
  scale: f64, penalty: f64, kept: f64, beta1: f64, beta2: f64, share1: f64, share2: f64, epsilon: f64, stepSize: f64,
): void {
  const scales = f64x2.splat(scale)
  const penalties = f64x2.splat(penalty)
  const keeps = f64x2.splat(kept)
  const betas1 = f64x2.splat(beta1)
  const betas2 = f64x2.splat(beta2)
  const shares1 = f64x2.splat(share1)
  const shares2 = f64x2.splat(share2)
  const epsilons = f64x2.splat(epsilon)
  const sizes = f64x2.splat(stepSize)
  for (let at: usize = 0, end = count << 2; at < end; at += 16) {
    const w = v128.load(weight + at)
    const g = v128.load(gradient + at)
    const m = v128.load(first + at)
    const v = v128.load(second + at)
    const w0 = low(w)
    const w1 = high(w)
    const g0 = f64x2.add(f64x2.mul(low(g), scales), f64x2.mul(w0, penalties))
    const g1 = f64x2.add(f64x2.mul(high(g), scales), f64x2.mul(w1, penalties))
    const m0 = f64x2.add(f64x2.mul(low(m), betas1), f64x2.mul(g0, shares1))
    const m1 = f64x2.add(f64x2.mul(high(m), betas1), f64x2.mul(g1, shares1))
    const v0 = f64x2.add(f64x2.mul(low(v), betas2), f64x2.mul(f64x2.mul(g0, g0), shares2))
    const v1 = f64x2.add(f64x2.mul(high(v), betas2), f64x2.mul(f64x2.mul(g1, g1), shares2))
    const d0 = f64x2.mul(f64x2.div(m0, f64x2.add(f64x2.sqrt(v0), epsilons)), sizes)
    const d1 = f64x2.mul(f64x2.div(m1, f64x2.add(f64x2.sqrt(v1), epsilons)), sizes)
    v128.store(first + at, narrow(m0, m1))
    v128.store(second + at, narrow(v0, v1))
    v128.store(weight + at, narrow(f64x2.sub(f64x2.mul(w0, keeps), d0), f64x2.sub(f64x2.mul(w1, keeps), d1)))
  }
}

/** Sum of squares, in four sums side by side. */
export function sumSquares(values: usize, count: usize): f64 {
  let a = f64x2.splat(0)
  let b = f64x2.splat(0)
  for (let at = values, end = values + (count << 2); at < end; at += 16) {
    const four = v128.load(at)
    const x = low(four)
    const y = high(four)
    a = f64x2.add(a, f64x2.mul(x, x))
    b = f64x2.add(b, f64x2.mul(y, y))
  }
  return f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1) + f64x2.extract_lane(b, 0) + f64x2.extract_lane(b, 1)
}
