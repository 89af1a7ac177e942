import type { PersonFacts } from './people-rules.ts'
import { childYears } from './person-facts.ts'

/** Pictures are dealt to so many blocks; leaving out one after the other shows how far an estimate hangs on them. */
export const blockCount = 6
const classCount = 9
export const kindCount = blockCount * classCount

/** From this age on a picture is not of a person who is a child in another one of these days. */
const oldFrom = 40

const genderClass = (gender: string | null): number => (gender === null ? 0 : gender === 'Female' ? 1 : 2)

function ageClass(age: PersonFacts['age']): number {
  if (age === null) return 0
  return age.to < childYears ? 1 : age.from >= oldFrom ? 2 : 0
}

/** @returns what labels say of an image, below 9 */
export const classify = ({ gender, age }: PersonFacts): number => genderClass(gender) * 3 + ageClass(age)

/** Whether labels tell two classes apart. */
export function areApart(one: number, other: number): boolean {
  const [genderA, genderB] = [Math.floor(one / 3), Math.floor(other / 3)]
  const [ageA, ageB] = [one % 3, other % 3]
  return (genderA > 0 && genderB > 0 && genderA !== genderB) || (ageA > 0 && ageB > 0 && ageA !== ageB)
}

/** Mixes the bits of a number, so that neighbours in the catalogue go to different blocks (Knuth's multiplicative hash). */
const deal = (imageId: number): number => (Math.imul(imageId, 2_654_435_761) >>> 16) % blockCount

/** @returns `[points]` block and class as one number */
export const listKinds = (facts: readonly PersonFacts[], imageIds: readonly number[]): Uint8Array =>
  Uint8Array.from(facts, (one, point) => deal(imageIds[point] ?? 0) * classCount + classify(one))

export interface PairHistograms {
  /** `[bins]` pairs that the labels tell apart */
  readonly apart: Float64Array
  /** `[bins]` all others */
  readonly open: Float64Array
}

/**
 * @param counts `[kinds, kinds, bins]`
 * @param without pairs of this block are left out; null for none
 */
export function sumHistograms(counts: Uint32Array, bins: number, without: number | null): PairHistograms {
  const apart = new Float64Array(bins)
  const open = new Float64Array(bins)
  for (let one = 0; one < kindCount; one++) {
    if (Math.floor(one / classCount) === without) continue
    for (let other = 0; other < kindCount; other++) {
      if (Math.floor(other / classCount) === without) continue
      const target = areApart(one % classCount, other % classCount) ? apart : open
      const start = (one * kindCount + other) * bins
      for (let bin = 0; bin < bins; bin++) target[bin] = (target[bin] ?? 0) + (counts[start + bin] ?? 0)
    }
  }
  return { apart, open }
}
