import type { IdentityGroups } from '#shared/contract/identity.contract.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import type { NearPairs } from '#engine/curation/identities/domain/compare-pairs.ts'
import { rateGroups } from '#engine/curation/identities/domain/rate-groups.ts'
import type { SourceImage } from './identity-source.repo.ts'

/** Fewer named people say nothing of groups of them. */
const fewestNamed = 20
const seed = 7

interface RateInput {
  /** `[points]` */
  readonly images: readonly SourceImage[]
  /** `[points]` equal for copies, and for images of one named person */
  readonly personOf: readonly number[]
  readonly pairs: NearPairs
  /** Of the threshold, in whole numbers. */
  readonly squared: number
}

/** Near pairs by what both images are labelled: of people that data sets name, where they name enough of them, else of all images. */
export function rateCatalogue({ images, personOf, pairs, squared }: RateInput): IdentityGroups {
  const namedPeople = new Set(personOf.filter((_, point) => (images[point]?.identityId ?? null) !== null))
  const isNamed = namedPeople.size >= fewestNamed
  const numberOf = new Map<number, number>()
  const pools: number[] = []
  const people = Int32Array.from(personOf, (person, point) => {
    const image = images[point]
    if (isNamed && (image?.identityId ?? null) === null) return -1
    const number = numberOf.get(person) ?? numberOf.size
    if (!numberOf.has(person)) {
      numberOf.set(person, number)
      // Who is named in one data set may be named otherwise in another.
      pools.push(isNamed ? (image?.datasetId ?? 0) : 0)
    }
    return number
  })
  const near: [number, number][] = []
  for (let at = 0; at < pairs.count; at++) {
    const [one, other] = [pairs.first[at] ?? 0, pairs.second[at] ?? 0]
    if ((pairs.squared[at] ?? 0) <= squared && people[one] !== people[other]) near.push([one, other])
  }
  const labels = {
    race: images.map(({ race }) => race),
    gender: images.map(({ gender }) => gender),
    age: images.map(({ ageBin }) => ageBin),
  }
  return {
    basis: isNamed ? 'named' : 'unnamed',
    groupings: (['race', 'gender', 'age'] as const).map((grouping) =>
      rateGroups(
        { grouping, labels: labels[grouping], people, pools: Int32Array.from(pools), near },
        createRandom(seed, ['groups', grouping]),
      ),
    ),
  }
}
