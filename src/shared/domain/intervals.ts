/** The 97.5 % quantile of the standard normal distribution. */
export const z95 = 1.959963984540054

export interface Interval {
  readonly low: number
  readonly high: number
}

/**
 * Wilson's score interval (Wilson 1927) for `successes` of `n` independent trials.
 * @param z 1.96 for 95 % by default; larger for simultaneous intervals.
 * @returns Bounds in [0, 1]; exactly 0 or 1 where nothing or everything succeeded.
 */
export function wilsonInterval(successes: number, n: number, z = z95): Interval {
  if (!Number.isInteger(successes) || !Number.isInteger(n) || n < 1 || successes < 0 || successes > n) {
    throw new RangeError(`No interval for ${successes} of ${n}`)
  }
  const { low, high } = wilsonOfShare(successes / n, n, z)
  return { low: successes === 0 ? 0 : low, high: successes === n ? 1 : high }
}

/**
 * Wilson's interval of a share of an effective number of trials, which need not be whole (Korn and Graubard 1998, with
 * Wilson's bounds).
 * @param n above 0
 */
export function wilsonOfShare(share: number, n: number, z = z95): Interval {
  const z2 = z * z
  const centre = (share + z2 / (2 * n)) / (1 + z2 / n)
  const half = (z * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n))) / (1 + z2 / n)
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) }
}

/** A figure with its 95 % interval; null where nothing could be estimated. */
export interface Estimate {
  readonly value: number | null
  readonly low: number | null
  readonly high: number | null
  /** How many it is of. */
  readonly n: number
}

/** A proportion with its 95 % Wilson interval; without trials nothing is estimated. */
export function estimateProportion(successes: number, n: number): Estimate {
  if (n === 0) return { value: null, low: null, high: null, n }
  return { value: successes / n, ...wilsonInterval(successes, n), n }
}
