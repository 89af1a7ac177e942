import type { FileDecision, FileProblem } from './file-decision.ts'
import { fieldOf, wantedValue } from './plan-import.ts'

export interface SettledDecisions {
  /** One for each field. */
  readonly decisions: readonly FileDecision[]
  /** How many say again what another says, or were overtaken by a newer one of the same file. */
  readonly repeated: number
  readonly problems: readonly FileProblem[]
}

/** Words that differ in case and separators alone mean the same. */
const meaningOf = (decision: FileDecision): string | null =>
  wantedValue(decision)
    ?.toLowerCase()
    .replaceAll(/[\s_-]+/g, '') ?? null

/** The last one, but a bare "removed" says no more than a "removed" with its reason. */
const pickAmongEqual = (equal: readonly FileDecision[]): FileDecision | undefined =>
  equal.findLast(({ reason }) => reason !== null) ?? equal.at(-1)

function findNewest(decisions: readonly FileDecision[]): FileDecision | null {
  const times = decisions.map(({ time }) => time ?? '')
  const newest = times.reduce((last, time) => (time > last ? time : last), '')
  const found = decisions.filter(({ time }) => time === newest)
  const agree = new Set(found.map(meaningOf)).size === 1
  return agree && times.every((time) => time !== '') ? (pickAmongEqual(found) ?? null) : null
}

/**
 * What a file says of one image, a field at a time: of decisions that differ the newest where all have times, else none of
 * them, and each is told with the others' places.
 */
export function settleContradictions(ofImage: readonly FileDecision[]): SettledDecisions {
  const settled: FileDecision[] = []
  const problems: FileProblem[] = []
  let repeated = 0
  for (const [field, said] of Map.groupBy(ofImage, fieldOf)) {
    const values = new Set(said.map(meaningOf))
    const chosen = values.size === 1 ? pickAmongEqual(said) : findNewest(said)
    if (chosen !== null && chosen !== undefined) {
      settled.push(chosen)
      repeated += said.length - 1
      continue
    }
    const listed = said.map((one) => `"${wantedValue(one) ?? 'none'}" (${one.place})`).join(', ')
    for (const { place } of said) {
      problems.push({
        at: place,
        message: `The file contradicts itself about ${field} of one image: ${listed}. None was taken: not all have times, or the newest differ. Correct the file, or decide here.`,
      })
    }
  }
  return { decisions: settled, repeated, problems }
}
