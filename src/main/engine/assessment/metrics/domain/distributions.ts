const lanczos = [
  676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const

/** Natural logarithm of the gamma function for x > 0 (Lanczos, g = 7, nine terms); relative error below 1e-14. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  const shifted = x - 1
  let sum = 0.99999999999980993
  for (let index = 0; index < lanczos.length; index++) sum += lanczos[index]! / (shifted + index + 1)
  const t = shifted + 7.5
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(t) - t + Math.log(sum)
}

interface Shape {
  readonly a: number
  readonly b: number
}

const logBeta = ({ a, b }: Shape): number => logGamma(a) + logGamma(b) - logGamma(a + b)

const tiny = 1e-300

/** The continued fraction of the incomplete beta function by Lentz's method (Press et al. 2007, 6.4). */
function betaFraction(a: number, b: number, x: number): number {
  const away = (value: number): number => (Math.abs(value) < tiny ? tiny : value)
  let c = 1
  let d = 1 / away(1 - ((a + b) * x) / (a + 1))
  let fraction = d
  for (let m = 1; m < 20_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / away(1 + even * d)
    c = away(1 + even / c)
    fraction *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / away(1 + odd * d)
    c = away(1 + odd / c)
    const step = d * c
    fraction *= step
    if (Math.abs(step - 1) < 1e-15) break
  }
  return fraction
}

/**
 * The regularised incomplete beta function I_x(a, b), the distribution function of Beta(a, b); a, b > 0.
 * @param area `logBeta` of the shape, for who asks for several of one
 */
export function betaCdf(x: number, { a, b }: Shape, area = logBeta({ a, b })): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - area)
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(a, b, x)) / a
    : 1 - (front * betaFraction(b, a, 1 - x)) / b
}

/** Where a rising function of `[low, high]` reaches `target`, by halving until two neighbouring numbers are left. */
function findRoot(rising: (x: number) => number, target: number, range: readonly [number, number]): number {
  let [low, high] = range
  for (let step = 0; step < 200; step++) {
    const middle = (low + high) / 2
    if (middle <= low || middle >= high) break
    if (rising(middle) < target) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** The quantile of Beta(a, b). @param share in [0, 1] */
export function betaQuantile(share: number, shape: Shape): number {
  const area = logBeta(shape)
  return findRoot((x) => betaCdf(x, shape, area), share, [0, 1])
}

/** P(Z > x) of the standard normal distribution, exact to the last digits in the far tail too. */
export function normalTail(x: number): number {
  if (x < 0) return 1 - normalTail(-x)
  if (x < 2.5) {
    // The series of the distribution function about 0 (Marsaglia 2004).
    let [sum, term] = [x, x]
    for (let k = 3; Math.abs(term) > 1e-18 * Math.abs(sum) && k < 400; k += 2) {
      term *= (x * x) / k
      sum += term
    }
    return 0.5 - (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI)
  }
  // So many terms that more change no digit, found by trying from 2.5 up.
  let fraction = x
  for (let k = Math.ceil(10 + 620 / (x * x)); k > 0; k--) fraction = x + k / fraction
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI) / fraction
}

/** The x > 0 above which `tail` (at most 1/2) of the standard normal distribution lies. */
function normalUpper(tail: number): number {
  // A start good to three digits (Abramowitz & Stegun 26.2.23), then Newton's steps on the logarithm of the tail.
  const t = Math.sqrt(-2 * Math.log(tail))
  let x =
    t -
    (2.515517 + 0.802853 * t + 0.010328 * t * t) /
      (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t * t * t)
  for (let step = 0; step < 8; step++) {
    const own = normalTail(x)
    const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)
    const move = (Math.log(own / tail) * own) / density
    x += move
    // Each step doubles the digits that are right.
    if (Math.abs(move) < 1e-9 * Math.max(1, x)) break
  }
  return x
}

/** The quantile of the standard normal distribution. @param share in (0, 1) */
export function normalQuantile(share: number): number {
  if (share === 0.5) return 0
  return share < 0.5 ? -normalUpper(share) : normalUpper(1 - share)
}

/** P(|T| > t) of Student's distribution; the normal one where the degrees of freedom are infinite. */
export function studentTwoSided(t: number, degrees: number, area?: number): number {
  if (!Number.isFinite(degrees)) return 2 * normalTail(Math.abs(t))
  return betaCdf(degrees / (degrees + t * t), { a: degrees / 2, b: 0.5 }, area)
}

/**
 * The t with P(|T| > t) = `alpha`.
 * @param alpha in (0, 1)
 * @param z that of the normal distribution, for who asks at one level with many degrees of freedom
 */
export function studentCritical(alpha: number, degrees: number, z = normalUpper(alpha / 2)): number {
  if (!Number.isFinite(degrees)) return z
  const area = logBeta({ a: degrees / 2, b: 0.5 })
  return degrees < 3 ? searchFew({ alpha, degrees, area }) : searchMany({ alpha, degrees, area }, z)
}

interface StudentTail {
  readonly alpha: number
  readonly degrees: number
  /** `logBeta` of the distribution. */
  readonly area: number
}

const densityOf = (t: number, { degrees, area }: StudentTail): number =>
  Math.exp(-area - 0.5 * Math.log(degrees) - ((degrees + 1) / 2) * Math.log1p((t * t) / degrees))

/** From the first terms of Cornish and Fisher's expansion on by Halley's steps on the logarithm of the tails. */
function searchMany(tail: StudentTail, z: number): number {
  const { alpha, degrees, area } = tail
  let t = z + (z ** 3 + z) / (4 * degrees) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2)
  for (let step = 0; step < 50; step++) {
    const own = studentTwoSided(t, degrees, area)
    const hazard = (2 * densityOf(t, tail)) / own
    const off = Math.log(own / alpha)
    // So far off, the steps could go to the other side of 0.
    if (Math.abs(off) > 1) return searchFew(tail)
    const bend = hazard * (hazard - ((degrees + 1) * t) / (degrees + t * t))
    const move = (2 * off * hazard) / (2 * hazard * hazard + off * bend)
    t += move
    // Each step makes three times as many digits right.
    if (Math.abs(move) < 1e-6 * Math.max(1, t)) break
  }
  return t
}

/** Tails of few degrees fall like a power, so that Newton's steps go by logarithms on both sides. */
function searchFew(tail: StudentTail): number {
  const { alpha, degrees, area } = tail
  let t = 1
  for (let step = 0; step < 100; step++) {
    const own = studentTwoSided(t, degrees, area)
    const move = (Math.log(own / alpha) * own) / (2 * densityOf(t, tail) * t)
    t *= Math.exp(Math.max(-3, Math.min(3, move)))
    if (Math.abs(move) < 1e-9) break
  }
  return t
}

/** Pearson's chi-squared: P(X > x) for whole even or odd degrees of freedom, by the incomplete gamma function. */
export function chiSquaredTail(x: number, degrees: number): number {
  if (x <= 0) return 1
  const [a, half] = [degrees / 2, x / 2]
  const front = Math.exp(a * Math.log(half) - half - logGamma(a))
  if (half < a + 1) {
    let [term, sum] = [1 / a, 1 / a]
    for (let k = 1; k < 10_000 && Math.abs(term) > 1e-17 * sum; k++) {
      term *= half / (a + k)
      sum += term
    }
    return 1 - front * sum
  }
  let b = half + 1 - a
  let c = 1 / tiny
  let d = 1 / b
  let fraction = d
  for (let k = 1; k < 10_000; k++) {
    const term = -k * (k - a)
    b += 2
    d = 1 / (term * d + b)
    c = b + term / c
    fraction *= d * c
    if (Math.abs(d * c - 1) < 1e-15) break
  }
  return front * fraction
}
