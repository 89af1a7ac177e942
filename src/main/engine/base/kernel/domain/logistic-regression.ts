/** Points in rows, each of as many numbers as there are dimensions. */
interface Vectors {
  readonly values: Float32Array
  readonly dimensions: number
}

/** Rows to learn from. */
export interface LogisticTask {
  readonly points: Vectors
  /** `[points]` class of each, -1 for those to leave out. */
  readonly labels: Int32Array
  readonly classes: number
  /** Weight of the penalty, scikit-learn's 1 / C; it spares the intercepts. */
  readonly penalty: number
  /** Where the minimum is still not reached. 300 where left out. */
  readonly mostSteps?: number
  /** Told once per look at all rows; may throw to stop. */
  readonly onStep: () => void
}

export interface LogisticModel {
  readonly classes: number
  /** `[classes, dimensions + 1]` row by row, the intercept last. */
  readonly weights: Float64Array
  /** Whether the minimum was reached to the last digit that counts. */
  readonly isConverged: boolean
}

/** Pairs of steps that L-BFGS remembers, as scikit-learn. */
const memory = 10
const usualSteps = 300
/** Largest entry of the mean loss's gradient at the end. */
const tolerance = 1e-6
const sufficientDecrease = 1e-4
const mostHalvings = 30

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += (a[at] ?? 0) * (b[at] ?? 0)
  return sum
}

/** `a + factor * b` */
const addScaled = (a: Float64Array, b: Float64Array, factor: number): Float64Array =>
  a.map((value, at) => value + factor * (b[at] ?? 0))

/** Softmax of one row into `out`; returns the logarithm of the sum of exponentials. */
function applySoftmax(
  { values, dimensions }: Vectors,
  point: number,
  { weights, out }: { weights: Float64Array; out: Float64Array },
): number {
  const first = point * dimensions
  let largest = -Infinity
  for (let k = 0; k < out.length; k++) {
    const base = k * (dimensions + 1)
    let logit = weights[base + dimensions] ?? 0
    for (let j = 0; j < dimensions; j++) logit += (weights[base + j] ?? 0) * (values[first + j] ?? 0)
    out[k] = logit
    if (logit > largest) largest = logit
  }
  let sum = 0
  for (let k = 0; k < out.length; k++) {
    const power = Math.exp((out[k] ?? 0) - largest)
    out[k] = power
    sum += power
  }
  for (let k = 0; k < out.length; k++) out[k] = (out[k] ?? 0) / sum
  return largest + Math.log(sum)
}

interface Evaluation {
  readonly loss: number
  readonly gradient: Float64Array
}

/** Mean over the rows of the negative log likelihood, plus the penalty over their number. */
function evaluate(task: LogisticTask, weights: Float64Array, rows: Int32Array): Evaluation {
  const { points, labels, classes, penalty } = task
  const { values, dimensions } = points
  const gradient = new Float64Array(weights.length)
  const shares = new Float64Array(classes)
  let loss = 0
  for (const row of rows) {
    applySoftmax(points, row, { weights, out: shares })
    const label = labels[row] ?? 0
    loss -= Math.log(Math.max(shares[label] ?? 0, Number.MIN_VALUE))
    const first = row * dimensions
    for (let k = 0; k < classes; k++) {
      const error = (shares[k] ?? 0) - (k === label ? 1 : 0)
      const base = k * (dimensions + 1)
      for (let j = 0; j < dimensions; j++) {
        gradient[base + j] = (gradient[base + j] ?? 0) + error * (values[first + j] ?? 0)
      }
      gradient[base + dimensions] = (gradient[base + dimensions] ?? 0) + error
    }
  }
  for (let at = 0; at < weights.length; at++) {
    const weight = at % (dimensions + 1) === dimensions ? 0 : (weights[at] ?? 0)
    loss += (penalty / 2) * weight * weight
    gradient[at] = ((gradient[at] ?? 0) + penalty * weight) / rows.length
  }
  task.onStep()
  return { loss: loss / rows.length, gradient }
}

interface StepPair {
  readonly step: Float64Array
  readonly change: Float64Array
  readonly curvature: number
}

/** The two loops of L-BFGS (Nocedal & Wright 2006, algorithm 7.4): minus an approximate inverse Hessian times the gradient. */
function findDirection(gradient: Float64Array, pairs: readonly StepPair[]): Float64Array {
  let direction: Float64Array = gradient.map((value) => -value)
  const factors = pairs.toReversed().map(({ step, change, curvature }) => {
    const factor = dot(step, direction) / curvature
    direction = addScaled(direction, change, -factor)
    return factor
  })
  const last = pairs.at(-1)
  if (last !== undefined) {
    const scale = last.curvature / dot(last.change, last.change)
    direction = direction.map((value) => value * scale)
  }
  pairs.forEach(({ step, change, curvature }, index) => {
    const factor = factors[pairs.length - 1 - index] ?? 0
    direction = addScaled(direction, step, factor - dot(change, direction) / curvature)
  })
  return direction
}

const isFlat = (gradient: Float64Array): boolean => gradient.every((value) => Math.abs(value) <= tolerance)

/**
 * Multinomial logistic regression with an L2 penalty, by L-BFGS from zero: the minimum is unique, so it is scikit-learn's
 * `LogisticRegression(C=1/penalty)` for three classes or more. Two classes get a softmax of their own each, which is
 * its answer at twice the penalty.
 */
export function fitLogistic(task: LogisticTask): LogisticModel {
  const { classes, labels, points, mostSteps = usualSteps } = task
  const rows = labels.map((_, row) => row).filter((row) => labels[row] !== -1)
  let weights: Float64Array = new Float64Array(classes * (points.dimensions + 1))
  if (rows.length === 0) return { classes, weights, isConverged: true }
  let current = evaluate(task, weights, rows)
  let pairs: StepPair[] = []
  for (let iteration = 0; iteration < mostSteps; iteration++) {
    if (isFlat(current.gradient)) break
    const direction = findDirection(current.gradient, pairs)
    const slope = dot(direction, current.gradient)
    let size = pairs.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(current.gradient, current.gradient))) : 1
    let moved = addScaled(weights, direction, size)
    let next = evaluate(task, moved, rows)
    for (let halving = 0; next.loss > current.loss + sufficientDecrease * size * slope; halving++) {
      if (halving === mostHalvings) return { classes, weights, isConverged: isFlat(current.gradient) }
      size /= 2
      moved = addScaled(weights, direction, size)
      next = evaluate(task, moved, rows)
    }
    const step = addScaled(moved, weights, -1)
    const change = addScaled(next.gradient, current.gradient, -1)
    const curvature = dot(step, change)
    if (curvature > 0) pairs = [...pairs.slice(1 - memory), { step, change, curvature }]
    weights = moved
    current = next
  }
  return { classes, weights, isConverged: isFlat(current.gradient) }
}

/** Probabilities of some rows. @returns `[rows, classes]` */
export function predictLogistic(
  { classes, weights }: LogisticModel,
  points: Vectors,
  rows: Int32Array,
): Float32Array {
  const probabilities = new Float32Array(rows.length * classes)
  const shares = new Float64Array(classes)
  rows.forEach((row, at) => {
    applySoftmax(points, row, { weights, out: shares })
    probabilities.set(shares, at * classes)
  })
  return probabilities
}

/** Mean and deviation of each column over the rows of `learned`; a column that does not vary has the deviation 0. */
export function measureColumns(
  { values, dimensions }: Vectors,
  learned: Int32Array,
): { readonly mean: Float64Array; readonly deviation: Float64Array } {
  const mean = new Float64Array(dimensions)
  const square = new Float64Array(dimensions)
  for (const row of learned) {
    for (let j = 0; j < dimensions; j++)
      mean[j] = (mean[j] ?? 0) + (values[row * dimensions + j] ?? 0) / learned.length
  }
  for (const row of learned) {
    for (let j = 0; j < dimensions; j++) {
      const apart = (values[row * dimensions + j] ?? 0) - (mean[j] ?? 0)
      square[j] = (square[j] ?? 0) + (apart * apart) / learned.length
    }
  }
  const deviation = square.map((sum) => (Math.sqrt(sum) < 1e-12 ? 0 : Math.sqrt(sum)))
  return { mean, deviation }
}

/** Each column to mean 0 and deviation 1 over the rows of `learned`; constant columns become 0. */
export function standardiseColumns(points: Vectors, learned: Int32Array): Vectors {
  const { values, dimensions } = points
  const { mean, deviation } = measureColumns(points, learned)
  return {
    dimensions,
    values: values.map((value, at) => {
      const j = at % dimensions
      const scale = deviation[j] ?? 0
      return scale === 0 ? 0 : (value - (mean[j] ?? 0)) / scale
    }),
  }
}
