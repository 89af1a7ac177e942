import { overlapOf, type Box } from './geometry.ts'

/** A box that a detector proposes; its score is in [0, 1]. */
export interface Candidate {
  readonly box: Box
  readonly score: number
}

/** Keeps, best first, the candidates that overlap no better one by more than `overlap`. */
export function suppressOverlaps<Found extends Candidate>(
  candidates: readonly Found[],
  overlap: number,
): Found[] {
  const kept: Found[] = []
  for (const candidate of candidates.toSorted((a, b) => b.score - a.score)) {
    if (kept.every(({ box }) => overlapOf(box, candidate.box) <= overlap)) kept.push(candidate)
  }
  return kept
}
