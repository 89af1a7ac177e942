/** What a proposal says: that two images are of one person, or that they are of two. */
type Said = 'merge' | 'split'

export interface ProposalQuestion {
  readonly kind: Said
  /** The smaller number first. */
  readonly images: readonly [number, number]
}

/** Of images, so that the key stays a whole number that a double holds. */
const mostImages = 2 ** 26

/**
 * The number of a proposal: a function of its two images and of what it says, so that it means the same pair in every run
 * (a pairing function: the square of the larger plus the smaller, doubled, odd for a split).
 */
export function nameProposal(kind: Said, [one, other]: readonly [number, number]): number {
  const [small, large] = [Math.min(one, other), Math.max(one, other)]
  if (small < 1 || small === large || large >= mostImages)
    throw new RangeError(`Images ${one} and ${other} are no pair`)
  return 2 * (large * large + small) + (kind === 'split' ? 1 : 0)
}

/** Null for a number that no pair has. */
export function readProposalName(key: number): ProposalQuestion | null {
  const kind = key % 2 === 1 ? 'split' : 'merge'
  const paired = Math.floor(key / 2)
  let large = Math.floor(Math.sqrt(paired))
  // A root of a number near 2^52 may come out rounded up.
  if (large * large > paired) large -= 1
  const small = paired - large * large
  return small < 1 || small >= large || large >= mostImages ? null : { kind, images: [small, large] }
}
