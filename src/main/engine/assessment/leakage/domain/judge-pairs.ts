import type { PairVerdict } from '#shared/contract/leakage.contract.ts'
import type { TiedImage } from './tied-images.ts'

/** What people said of images, as far as nobody took it back. */
export interface SaidOfImages {
  /** Pairs that are not of one person. */
  readonly apart: readonly (readonly [number, number])[]
  /** Images that show no face. */
  readonly faceless: readonly number[]
}

export type JudgePair = (a: TiedImage, b: TiedImage) => PairVerdict | null

const tieOf = ({ person, imageId }: TiedImage): number => person ?? -imageId

/**
 * The verdict on a pair: `same` for what is tied, by a person too; `not-same` where somebody said so of any two pictures of the two
 * people; `not-a-face` where one of them shows none.
 */
export function createJudge(said: SaidOfImages, images: ReadonlyMap<number, TiedImage>): JudgePair {
  const faceless = new Set(said.faceless)
  const apart = new Set<string>()
  const name = (a: number, b: number): string => (a < b ? `${a} ${b}` : `${b} ${a}`)
  for (const [one, other] of said.apart) {
    const [a, b] = [images.get(one), images.get(other)]
    if (a !== undefined && b !== undefined) apart.add(name(tieOf(a), tieOf(b)))
  }
  return (a, b) => {
    const isOne =
      (a.person !== null && a.person === b.person) ||
      (a.identity !== null && a.identity === b.identity) ||
      a.pixelSha256 === b.pixelSha256 ||
      a.fileSha256 === b.fileSha256
    if (isOne) return 'same'
    if (apart.has(name(tieOf(a), tieOf(b)))) return 'not-same'
    return faceless.has(a.imageId) || faceless.has(b.imageId) ? 'not-a-face' : null
  }
}
