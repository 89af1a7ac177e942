import type { SplitPlan } from '#shared/contract/split.contract.ts'
import { hashMembers } from '#engine/data/members/hash-members.ts'

/** What a split's hash begins with: its rules, and how it came to be. */
export interface SplitHeader {
  readonly seed: number
  readonly ratios: Readonly<Record<string, number>>
  readonly labelScheme: string
  readonly plan: SplitPlan | null
}

/** Splits without a plan are of the first version; their published hashes hang on this line. */
const firstAlgorithm = 'evenhand-split/1'

export const toHashedHeader = ({ seed, ratios, labelScheme, plan }: SplitHeader): unknown =>
  plan === null
    ? { algorithm: firstAlgorithm, seed, ratios, labelScheme }
    : { algorithm: plan.algorithm, seed, ratios, labelScheme, plan }

export interface HashedMember {
  readonly fileSha256: string
  readonly image: string
  readonly groupKey: string
  readonly part: string
  readonly race: string | null
  readonly gender: string | null
  readonly ageBin: string | null
  readonly ageYears: number | null
}

export const toHashedRow = (member: HashedMember) => [
  member.fileSha256,
  member.image,
  member.groupKey,
  member.part,
  member.race,
  member.gender,
  member.ageBin,
  member.ageYears,
]

/** @param members in the order of their content */
export const hashSplit = (header: SplitHeader, members: readonly HashedMember[]): string =>
  hashMembers(toHashedHeader(header), members.map(toHashedRow))
