export interface LabelledProbabilities {
  /** `[images, labels]`, in [0, 1]; NaN where a model gives none. */
  readonly probabilities: Float32Array
  readonly labels: number
  /** `[images]` position of the label; -1 for none. */
  readonly labelled: ArrayLike<number>
  /** `[images]` number of the set of images that the split keeps together, of one person or copies: they vary together. */
  readonly clusters: ArrayLike<number>
}

export interface FittedTemperature {
  /** Logits are divided by it: above 1 the model is too sure. */
  readonly temperature: number
  /** Its 95 % interval, with images of one set taken together. */
  readonly low: number
  readonly high: number
  /** Images that it is fitted on. */
  readonly n: number
  /** Mean negative log-likelihood of the label, by the model's own probabilities and by those of the temperature. */
  readonly ownLoss: number
  readonly loss: number
}

/** Fewer images fit no temperature. */
export const fewestToCalibrate = 100
/** Probabilities are taken for no smaller: float32 rounds to 0. */
const smallest = 1e-12
/** Of 1 / temperature. */
const bounds = { low: 0.02, high: 50 } as const
const steps = 100
const z95 = 1.959_963_984_540_054

/** What a sample's label adds to the negative log-likelihood at beta = 1 / temperature, with its first and second derivative. */
function judge(logs: Float64Array, label: number, beta: number) {
  let most = -Infinity
  for (const log of logs) most = Math.max(most, beta * log)
  let [total, first, second] = [0, 0, 0]
  for (const log of logs) {
    const weight = Math.exp(beta * log - most)
    total += weight
    first += weight * log
    second += weight * log * log
  }
  const mean = first / total
  const own = logs[label] ?? 0
  return {
    loss: most + Math.log(total) - beta * own,
    slope: mean - own,
    curve: second / total - mean * mean,
  }
}

/**
 * The temperature of Guo et al. (2017): the one number by which logits are divided so that labels become likeliest. Logarithms of
 * probabilities stand for logits, which they are but for a constant. The interval is the sandwich one (Huber 1967) over sets of images, from
 * 1 / temperature.
 * @returns null for too few images, and where labels are best foretold without an end (all answers right, or none better than chance)
 */
export function fitTemperature(given: LabelledProbabilities): FittedTemperature | null {
  const { probabilities, labels, labelled, clusters } = given
  const rows: { logs: Float64Array; label: number; cluster: number }[] = []
  for (let image = 0; image < labelled.length; image++) {
    const label = labelled[image] ?? -1
    const own = probabilities.subarray(image * labels, (image + 1) * labels)
    if (label < 0 || own.length < labels || !own.every(Number.isFinite)) continue
    const logs = Float64Array.from(own, (value) => Math.log(Math.max(smallest, value)))
    rows.push({ logs, label, cluster: clusters[image] ?? -1 })
  }
  const n = rows.length
  if (n < fewestToCalibrate) return null
  const add = (beta: number) => {
    let [loss, slope, curve] = [0, 0, 0]
    for (const { logs, label } of rows) {
      const one = judge(logs, label, beta)
      loss += one.loss
      slope += one.slope
      curve += one.curve
    }
    return { loss, slope, curve }
  }
  // The loss is convex in beta: its slope has one zero at most.
  if (add(bounds.low).slope >= 0 || add(bounds.high).slope <= 0) return null
  let [low, high] = [bounds.low, bounds.high] as [number, number]
  for (let step = 0; step < steps && high - low > 1e-12 * high; step++) {
    const middle = (low + high) / 2
    if (add(middle).slope < 0) low = middle
    else high = middle
  }
  const beta = (low + high) / 2
  const { loss, curve } = add(beta)
  const scores = new Map<number, number>()
  for (const { logs, label, cluster } of rows)
    scores.set(cluster, (scores.get(cluster) ?? 0) + judge(logs, label, beta).slope)
  const spread = [...scores.values()].reduce((sum, score) => sum + score * score, 0)
  const half = (z95 * Math.sqrt(spread)) / curve
  if (!(half < beta)) return null
  return {
    temperature: 1 / beta,
    low: 1 / (beta + half),
    high: 1 / (beta - half),
    n,
    ownLoss: add(1).loss / n,
    loss: loss / n,
  }
}
