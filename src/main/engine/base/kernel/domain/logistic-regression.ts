import { openLogisticLoops, type LogisticLoops } from './loops/logistic-loops.ts'

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

/** `a + factor * b`, into `a` where no other place is given. */
function addScaled(a: Float64Array, b: Float64Array, factor: number, into = a): Float64Array {
  for (let at = 0; at < a.length; at++) into[at] = (a[at] ?? 0) + factor * (b[at] ?? 0)
  return into
}

/** The logits of one row, from `first` on, become its shares. */
function applySoftmax(shares: Float64Array, first: number, classes: number): void {
  const end = first + classes
  let largest = -Infinity
  for (let k = first; k < end; k++) largest = Math.max(largest, shares[k] ?? 0)
  let sum = 0
  for (let k = first; k < end; k++) {
    const power = Math.exp((shares[k] ?? 0) - largest)
    shares[k] = power
    sum += power
  }
  for (let k = first; k < end; k++) shares[k] = (shares[k] ?? 0) / sum
}

/** Weights as the model has them into the loops' layout. */
function layWeights({ weights: laid, lanes }: LogisticLoops, weights: Float64Array, classes: number): void {
  const length = weights.length / classes
  for (let k = 0; k < classes; k++)
    for (let j = 0; j < length; j++) laid[j * lanes + k] = weights[k * length + j] ?? 0
}

/** The values of some rows, one behind the other, and zeros up to a multiple of four. */
function gatherRows(
  { values: gathered }: LogisticLoops,
  { values, dimensions }: Vectors,
  rows: Int32Array,
): void {
  let to = 0
  for (const row of rows) {
    const first = row * dimensions
    for (let j = 0; j < dimensions; j++) gathered[to++] = values[first + j] ?? 0
  }
  gathered.fill(0, to, to + 3 * dimensions)
}

function* listStrips({ stripRows }: LogisticLoops, rows: Int32Array): Generator<Int32Array> {
  for (let from = 0; from < rows.length; from += stripRows) yield rows.subarray(from, from + stripRows)
}

interface Evaluation {
  readonly loss: number
  readonly gradient: Float64Array
}

interface Learning extends LogisticTask {
  readonly rows: Int32Array
  readonly loops: LogisticLoops
}

/** Mean over the rows of the negative log likelihood, plus the penalty over their number. */
function evaluate(learning: Learning, weights: Float64Array): Evaluation {
  const { points, labels, classes, penalty, rows, loops, onStep } = learning
  const { lanes, shares } = loops
  const length = points.dimensions + 1
  layWeights(loops, weights, classes)
  loops.gradient.fill(0)
  let loss = 0
  for (const strip of listStrips(loops, rows)) {
    gatherRows(loops, points, strip)
    loops.findLogits(strip.length)
    for (let at = 0; at < strip.length; at++) {
      const first = at * lanes
      applySoftmax(shares, first, classes)
      const own = first + (labels[strip[at] ?? 0] ?? 0)
      const share = shares[own] ?? 0
      loss -= Math.log(Math.max(share, Number.MIN_VALUE))
      shares[own] = share - 1
    }
    // Of what fills up, the logits of rows are intercepts.
    shares.fill(0, strip.length * lanes, (strip.length + 3) * lanes)
    loops.addGradient(strip.length)
  }
  const gradient = new Float64Array(weights.length)
  for (let k = 0; k < classes; k++) {
    for (let j = 0; j < length; j++) {
      const at = k * length + j
      const weight = j === length - 1 ? 0 : (weights[at] ?? 0)
      loss += (penalty / 2) * weight * weight
      gradient[at] = ((loops.gradient[j * lanes + k] ?? 0) + penalty * weight) / rows.length
    }
  }
  onStep()
  return { loss: loss / rows.length, gradient }
}

interface StepPair {
  readonly step: Float64Array
  readonly change: Float64Array
  readonly curvature: number
}

/** The two loops of L-BFGS (Nocedal & Wright 2006, algorithm 7.4): minus an approximate inverse Hessian times the gradient. */
function findDirection(gradient: Float64Array, pairs: readonly StepPair[]): Float64Array {
  const direction = new Float64Array(gradient.length)
  for (let at = 0; at < gradient.length; at++) direction[at] = -(gradient[at] ?? 0)
  const factors = pairs.toReversed().map(({ step, change, curvature }) => {
    const factor = dot(step, direction) / curvature
    addScaled(direction, change, -factor)
    return factor
  })
  const last = pairs.at(-1)
  if (last !== undefined) {
    const scale = last.curvature / dot(last.change, last.change)
    for (let at = 0; at < direction.length; at++) direction[at] = (direction[at] ?? 0) * scale
  }
  pairs.forEach(({ step, change, curvature }, index) => {
    const factor = factors[pairs.length - 1 - index] ?? 0
    addScaled(direction, step, factor - dot(change, direction) / curvature)
  })
  return direction
}

function isFlat(gradient: Float64Array): boolean {
  for (const value of gradient) if (!(Math.abs(value) <= tolerance)) return false
  return true
}

/**
 * Multinomial logistic regression with an L2 penalty, by L-BFGS from zero: the minimum is unique, so it is scikit-learn's
 * `LogisticRegression(C=1/penalty)` for three classes or more. Two classes get a softmax of their own each, which is
 * its answer at twice the penalty.
 */
export function fitLogistic(task: LogisticTask): LogisticModel {
  const { classes, labels, points, mostSteps = usualSteps } = task
  const rows = labels.map((_, row) => row).filter((row) => labels[row] !== -1)
  const size = classes * (points.dimensions + 1)
  let weights: Float64Array = new Float64Array(size)
  if (rows.length === 0) return { classes, weights, isConverged: true }
  const learning = { ...task, rows, loops: openLogisticLoops(points.dimensions, classes) }
  let current = evaluate(learning, weights)
  let pairs: StepPair[] = []
  for (let iteration = 0; iteration < mostSteps; iteration++) {
    if (isFlat(current.gradient)) break
    const direction = findDirection(current.gradient, pairs)
    const slope = dot(direction, current.gradient)
    let stride = pairs.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(current.gradient, current.gradient))) : 1
    const moved = addScaled(weights, direction, stride, new Float64Array(size))
    let next = evaluate(learning, moved)
    for (let halving = 0; next.loss > current.loss + sufficientDecrease * stride * slope; halving++) {
      if (halving === mostHalvings) return { classes, weights, isConverged: isFlat(current.gradient) }
      stride /= 2
      addScaled(weights, direction, stride, moved)
      next = evaluate(learning, moved)
    }
    // What is not needed any more becomes the step and the change.
    const step = addScaled(moved, weights, -1, weights)
    const change = addScaled(next.gradient, current.gradient, -1, current.gradient)
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
  const loops = openLogisticLoops(points.dimensions, classes)
  layWeights(loops, weights, classes)
  let to = 0
  for (const strip of listStrips(loops, rows)) {
    gatherRows(loops, points, strip)
    loops.findLogits(strip.length)
    for (let at = 0; at < strip.length; at++) {
      const first = at * loops.lanes
      applySoftmax(loops.shares, first, classes)
      for (let k = 0; k < classes; k++) probabilities[to++] = loops.shares[first + k] ?? 0
    }
  }
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
  const scaled = new Float32Array(values.length)
  for (let at = 0, j = 0; at < values.length; at++) {
    const scale = deviation[j] ?? 0
    if (scale !== 0) scaled[at] = ((values[at] ?? 0) - (mean[j] ?? 0)) / scale
    if (++j === dimensions) j = 0
  }
  return { dimensions, values: scaled }
}
