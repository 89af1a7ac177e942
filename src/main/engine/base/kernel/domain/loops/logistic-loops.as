// AssemblyScript: the two sums of a logistic regression, with 64-bit numbers in the order of the plain loops, so that lanes cannot show: each lane
// is a class, and never a part of a sum. Every pointer is a place in the module's memory, laid out by `logistic-loops.ts`. Rows come in fours, and so
// do classes, both filled up with zeros.

// @ts-ignore: decorator
@inline function spread(values: usize, at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load32_splat(values + at))
}

/**
 * Logits of rows: the intercept, then one product after the other.
 * @param values `[rows, dimensions]`, 32 bits each
 * @param weights `[dimensions + 1, classes]`, 64 bits each, the intercepts last
 * @param logits `[rows, classes]`, 64 bits each
 */
export function findLogits(values: usize, rows: i32, dimensions: i32, weights: usize, classes: i32, logits: usize): void {
  const width = <usize>(dimensions << 2)
  const line = <usize>(classes << 3)
  const last = weights + <usize>dimensions * line
  for (let row = 0; row < rows; row += 4) {
    for (let lane: usize = 0; lane < line; lane += 32) {
      let a0 = v128.load(last + lane)
      let a1 = v128.load(last + lane, 16)
      let b0 = a0
      let b1 = a1
      let c0 = a0
      let c1 = a1
      let d0 = a0
      let d1 = a1
      let from = weights + lane
      for (let at: usize = values, end = values + width; at < end; at += 4) {
        const w0 = v128.load(from)
        const w1 = v128.load(from, 16)
        from += line
        const a = spread(at, 0)
        a0 = f64x2.add(a0, f64x2.mul(w0, a))
        a1 = f64x2.add(a1, f64x2.mul(w1, a))
        const b = spread(at, width)
        b0 = f64x2.add(b0, f64x2.mul(w0, b))
        b1 = f64x2.add(b1, f64x2.mul(w1, b))
        const c = spread(at, width * 2)
        c0 = f64x2.add(c0, f64x2.mul(w0, c))
        c1 = f64x2.add(c1, f64x2.mul(w1, c))
        const d = spread(at, width * 3)
        d0 = f64x2.add(d0, f64x2.mul(w0, d))
        d1 = f64x2.add(d1, f64x2.mul(w1, d))
      }
      let to = logits + lane
      v128.store(to, a0)
      v128.store(to, a1, 16)
      to += line
      v128.store(to, b0)
      v128.store(to, b1, 16)
      to += line
      v128.store(to, c0)
      v128.store(to, c1, 16)
      to += line
      v128.store(to, d0)
      v128.store(to, d1, 16)
    }
    values += width * 4
    logits += line * 4
  }
}

// @ts-ignore: decorator
@inline function addFour(sum: v128, a: v128, b: v128, c: v128, d: v128): v128 {
  return f64x2.add(f64x2.add(f64x2.add(f64x2.add(sum, a), b), c), d)
}

/**
 * Adds each row's errors times its values to the gradient, row after row.
 * @param errors `[rows, classes]`, 64 bits each; zeros for rows that only fill up
 * @param gradient `[dimensions + 1, classes]`, 64 bits each
 */
export function addGradient(values: usize, rows: i32, dimensions: i32, errors: usize, classes: i32, gradient: usize): void {
  const width = <usize>(dimensions << 2)
  const line = <usize>(classes << 3)
  for (let row = 0; row < rows; row += 4) {
    for (let lane: usize = 0; lane < line; lane += 32) {
      let from = errors + lane
      const a0 = v128.load(from)
      const a1 = v128.load(from, 16)
      from += line
      const b0 = v128.load(from)
      const b1 = v128.load(from, 16)
      from += line
      const c0 = v128.load(from)
      const c1 = v128.load(from, 16)
      from += line
      const d0 = v128.load(from)
      const d1 = v128.load(from, 16)
      let to = gradient + lane
      for (let at: usize = values, end = values + width; at < end; at += 4) {
        const a = spread(at, 0)
        const b = spread(at, width)
        const c = spread(at, width * 2)
        const d = spread(at, width * 3)
        v128.store(to, addFour(v128.load(to), f64x2.mul(a0, a), f64x2.mul(b0, b), f64x2.mul(c0, c), f64x2.mul(d0, d)))
        v128.store(to, addFour(v128.load(to, 16), f64x2.mul(a1, a), f64x2.mul(b1, b), f64x2.mul(c1, c), f64x2.mul(d1, d)), 16)
        to += line
      }
      v128.store(to, addFour(v128.load(to), a0, b0, c0, d0))
      v128.store(to, addFour(v128.load(to, 16), a1, b1, c1, d1), 16)
    }
    values += width * 4
    errors += line * 4
  }
}
