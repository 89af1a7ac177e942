/** Whole numbers below a bound, many millions of them a second; the same seed gives the same numbers. */
export interface FastRandom {
  /** A whole number in [0, bound); bound below 2^31. */
  below(bound: number): number
}

/** Marsaglia's xor128 (2003), started by a mixer of the seed (Steele et al. 2014). @param seed any whole number */
export function createFastRandom(seed: number): FastRandom {
  let mixed = seed | 0
  const mix = (): number => {
    mixed = (mixed + 0x9e3779b9) | 0
    let z = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return z ^ (z >>> 16)
  }
  let [a, b, c, d] = [mix(), mix(), mix(), mix() | 1]
  return {
    below: (bound) => {
      let t = d
      const s = a
      d = c
      c = b
      b = s
      t ^= t << 11
      t ^= t >>> 8
      a = t ^ s ^ (s >>> 19)
      // Leaning to some numbers by bound / 2^32, which no count of draws here could show.
      return Math.floor(((a >>> 0) / 4294967296) * bound)
    },
  }
}
