import type { LabelledProbabilities } from './labelled-probabilities.ts'

/** How well a given label fits the probabilities: ways to rank, all in [0, 1], low is bad. */
export const labelRankings = ['self_confidence', 'normalized_margin', 'confidence_weighted_entropy'] as const
export type LabelRanking = (typeof labelRankings)[number]

/** cleanlab's floor, which keeps the ratio finite where the label's probability is zero. */
const tinyProbability = 1e-6

/** Shannon entropy over its maximum, in [0, 1]. */
function normaliseEntropy(row: Float64Array | Float32Array): number {
  let entropy = 0
  for (const p of row) if (p > 0) entropy -= p * Math.log(p)
  return entropy / Math.log(row.length)
}

function weighEntropy(row: Float64Array | Float32Array, own: number): number {
  const ratio = normaliseEntropy(row) / Math.max(own, tinyProbability)
  return Math.log(ratio + 1) / Math.max(ratio, tinyProbability)
}

function findRival(row: Float64Array | Float32Array, label: number): number {
  let rival = -Infinity
  for (let k = 0; k < row.length; k++) if (k !== label) rival = Math.max(rival, row[k] ?? 0)
  return rival
}

/**
 * Quality of every given label: the probability p of the label itself; (p - the largest other probability + 1) / 2; or
 * log(r + 1) / r with r the normalised entropy over p. Northcutt, Jiang & Chuang 2021, with cleanlab's scaling.
 *
 * @returns `[images]` in [0, 1], low is bad
 */
export function scoreLabels(
  { labels, probabilities, classes }: LabelledProbabilities,
  ranking: LabelRanking,
): Float64Array {
  const scores = new Float64Array(labels.length)
  for (let image = 0; image < labels.length; image++) {
    const row = probabilities.subarray(image * classes, (image + 1) * classes)
    const label = labels[image] ?? 0
    const own = row[label] ?? 0
    switch (ranking) {
      case 'self_confidence':
        scores[image] = own
        break
      case 'normalized_margin':
        scores[image] = (own - findRival(row, label) + 1) / 2
        break
      case 'confidence_weighted_entropy':
        scores[image] = weighEntropy(row, own)
        break
      default:
        return ranking satisfies never
    }
  }
  return scores
}
