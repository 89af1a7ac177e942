import { findArgmax, rowOf, type LabelledProbabilities } from './labelled-probabilities.ts'
import { scoreLabels, type LabelRanking } from './label-quality.ts'
import { orderAsVectors } from './vector-order.ts'

/** Which images count as wrongly labelled; the names are cleanlab's. */
export const labelFilters = [
  'prune_by_noise_rate',
  'prune_by_class',
  'both',
  'confident_learning',
  'predicted_neq_given',
] as const
export type LabelFilter = (typeof labelFilters)[number]

/** `[classes, classes]` row by row: how many images labelled i are counted as j. */
type Joint = Float64Array

/** Rounding noise of probabilities must not decide whether a threshold is reached. */
const thresholdSlack = 1e-6
const lowestThreshold = 2 * thresholdSlack
/** At least one image of each class counts as rightly labelled, and stays. */
const keptPerClass = 1

function countLabels({ labels, classes }: LabelledProbabilities): Float64Array {
  const counts = new Float64Array(classes)
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1
  return counts
}

/**
 * Mean probability of each class over the images labelled so (Northcutt, Jiang & Chuang 2021, eq. 2); Infinity for a class
 * that no image is labelled with, so that nothing is counted as it.
 *
 * @returns `[classes]`
 */
export function findThresholds(given: LabelledProbabilities): Float64Array {
  const { labels, probabilities, classes } = given
  const sums = new Float64Array(classes)
  labels.forEach((label, image) => {
    sums[label] = (sums[label] ?? 0) + (probabilities[image * classes + label] ?? 0)
  })
  const counts = countLabels(given)
  return sums.map((sum, k) => {
    const count = counts[k] ?? 0
    return count === 0 ? Infinity : Math.max(lowestThreshold, sum / count)
  })
}

/**
 * The class that each image is counted as: one whose threshold its probability reaches, the most probable of all classes
 * when it reaches several, -1 when it reaches none.
 *
 * @returns `[images]`
 */
function guessLabels(given: LabelledProbabilities): Int32Array {
  const limits = findThresholds(given).map((threshold) => threshold - thresholdSlack)
  return given.labels.map((_, image) => {
    const row = rowOf(given, image)
    let reached = -1
    for (let k = 0; k < row.length; k++) {
      if ((row[k] ?? 0) < (limits[k] ?? Infinity)) continue
      if (reached !== -1) return findArgmax(row)
      reached = k
    }
    return reached
  })
}

/** Numbers to the nearest whole, halves to the even one, as IEEE 754 and NumPy do. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}

/** Rounds so that the row's rounded sum stays: what rounding moved most is moved on by one until it does. */
function roundPreservingSum(row: Float64Array): Float64Array {
  const rounded = row.map(roundHalfToEven)
  const wanted = roundHalfToEven(row.reduce((sum, value) => sum + value, 0))
  for (;;) {
    const missing = wanted - rounded.reduce((sum, value) => sum + value, 0)
    if (missing === 0) return rounded
    const step = Math.sign(missing)
    const order = orderAsVectors(row.map((value, at) => value - (rounded[at] ?? 0)))
    if (step > 0) order.reverse()
    for (const at of order.slice(0, Math.abs(missing))) rounded[at] = (rounded[at] ?? 0) + step
  }
}

function mapRows(
  joint: Joint,
  classes: number,
  change: (row: Float64Array, label: number) => Float64Array,
): Joint {
  const changed = new Float64Array(joint.length)
  for (let label = 0; label < classes; label++) {
    changed.set(change(joint.slice(label * classes, (label + 1) * classes), label), label * classes)
  }
  return changed
}

const addUp = (numbers: Float64Array): number => numbers.reduce((sum, value) => sum + value, 0)

/** Rows scaled to the number of images with that label, in whole images. */
function calibrateJoint(raw: Joint, given: LabelledProbabilities): Joint {
  const { classes, labels } = given
  const counts = countLabels(given)
  const scaled = mapRows(raw, classes, (row, label) => {
    const sum = addUp(row)
    return row.map((value) => (value / sum) * (counts[label] ?? 0))
  })
  const whole = addUp(scaled)
  return mapRows(scaled, classes, (row) =>
    roundPreservingSum(row.map((value) => (whole === 0 ? 0 : (value / whole) * labels.length))),
  )
}

/**
 * The confident joint: images labelled i (rows) that are counted as j (columns), as counted and scaled to the numbers of
 * labels. Northcutt, Jiang & Chuang 2021, section 3.1; cleanlab 2.9 `compute_confident_joint`.
 *
 * @returns both as `[classes, classes]`, row by row
 */
export function countConfidentJoint(given: LabelledProbabilities): { raw: Joint; calibrated: Joint } {
  const { classes, labels } = given
  const raw = new Float64Array(classes * classes)
  guessLabels(given).forEach((guess, image) => {
    if (guess === -1) return
    const at = (labels[image] ?? 0) * classes + guess
    raw[at] = (raw[at] ?? 0) + 1
  })
  for (let k = 0; k < classes; k++) raw[k * (classes + 1)] = Math.max(1, raw[k * (classes + 1)] ?? 0)
  return { raw, calibrated: calibrateJoint(raw, given) }
}

/**
 * How many images labelled j go because they are k, with every class keeping some: `[k, j]`, the joint transposed. What the
 * diagonal gains is taken evenly from the column's other counts that are not zero.
 */
function planPruning({ calibrated, classes }: { calibrated: Joint; classes: number }): Float64Array {
  const plan = new Float64Array(classes * classes)
  for (let label = 0; label < classes; label++) {
    const row = calibrated.subarray(label * classes, (label + 1) * classes)
    const kept = Math.max(keptPerClass, row[label] ?? 0)
    const others = Math.max(1, row.reduce((count, value) => count + (value === 0 ? 0 : 1), 0) - 1)
    const less = (kept - (row[label] ?? 0)) / others
    row.forEach((value, k) => {
      plan[k * classes + label] = k === label ? kept : Math.max(0, value - less)
    })
  }
  return mapRows(plan, classes, roundPreservingSum)
}

/** Images by label, in ascending order. */
function listByLabel({ labels, classes }: LabelledProbabilities): number[][] {
  const lists: number[][] = Array.from({ length: classes }, () => [])
  labels.forEach((label, image) => lists[label]?.push(image))
  return lists
}

/** Of the images labelled j, those with the largest p(k) - p(j), as many as the plan says, for each k. */
function pruneByNoiseRate(given: LabelledProbabilities, plan: Float64Array): Uint8Array {
  const { classes, probabilities } = given
  const marked = new Uint8Array(given.labels.length)
  listByLabel(given).forEach((images, label) => {
    if (images.length <= keptPerClass) return
    for (let k = 0; k < classes; k++) {
      const count = plan[k * classes + label] ?? 0
      if (k === label || count === 0) continue
      const margins = Float64Array.from(
        images,
        (image) => (probabilities[image * classes + k] ?? 0) - (probabilities[image * classes + label] ?? 0),
      )
      const cut = margins.slice().sort()[Math.max(0, margins.length - count)] ?? Infinity
      margins.forEach((margin, at) => {
        if (margin >= cut) marked[images[at] ?? 0] = 1
      })
    }
  })
  return marked
}

/** Of the images labelled j, those with the smallest p(j), as many as the plan takes from j in all. */
function pruneByClass(given: LabelledProbabilities, plan: Float64Array): Uint8Array {
  const { classes, probabilities } = given
  const marked = new Uint8Array(given.labels.length)
  listByLabel(given).forEach((images, label) => {
    if (images.length <= keptPerClass) return
    const own = Float64Array.from(images, (image) => probabilities[image * classes + label] ?? 0)
    const count = images.length - (plan[label * (classes + 1)] ?? 0)
    const cut = own.slice().sort()[count] ?? Infinity
    own.forEach((probability, at) => {
      if (probability < cut) marked[images[at] ?? 0] = 1
    })
  })
  return marked
}

function markIssues(given: LabelledProbabilities, filter: LabelFilter): Uint8Array {
  switch (filter) {
    case 'predicted_neq_given':
      return new Uint8Array(given.labels.length).fill(1)
    case 'confident_learning':
      return Uint8Array.from(guessLabels(given), (guess, image) =>
        guess !== -1 && guess !== given.labels[image] ? 1 : 0,
      )
    case 'prune_by_noise_rate':
    case 'prune_by_class':
    case 'both': {
      const { calibrated } = countConfidentJoint(given)
      const plan = planPruning({ calibrated, classes: given.classes })
      if (filter === 'prune_by_noise_rate') return pruneByNoiseRate(given, plan)
      const byClass = pruneByClass(given, plan)
      if (filter === 'prune_by_class') return byClass
      const byRate = pruneByNoiseRate(given, plan)
      return byClass.map((mark, image) => mark & (byRate[image] ?? 0))
    }
    default:
      return filter satisfies never
  }
}

/**
 * Images whose label is likely wrong, worst first (Northcutt, Jiang & Chuang 2021; equal to cleanlab 2.9's
 * `find_label_issues`). A label that is also the most probable class is never among them.
 *
 * @returns indices of images, by the ranking's score and then by index
 */
export function findLabelIssues(
  given: LabelledProbabilities,
  { filter, rankBy }: { filter: LabelFilter; rankBy: LabelRanking },
): Int32Array {
  const marked = markIssues(given, filter)
  const scores = scoreLabels(given, rankBy)
  const issues = given.labels
    .map((_, image) => image)
    .filter((image) => marked[image] === 1 && findArgmax(rowOf(given, image)) !== given.labels[image])
  return issues.sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0) || a - b)
}
