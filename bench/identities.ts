/**
 * Holds inferred people against the folders that images lie in, which name them, in a project that was imported without names:
 * `node bench/identities.ts PROJECT` after a scan of faces. Names are hidden from the inference. Prints the whole curve over
 * thresholds, the best of it, what was chosen, the rates that were estimated beside the true ones, and false matches by label. With
 * `--different` the folders name nobody: near pairs by label are then at most that many false matches.
 *
 * `node bench/identities.ts --speed 100000` draws so many descriptors and prints processor time and memory.
 */
import { join } from 'node:path'
import { openReader } from '#engine/base/db/open-reader.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import { clusterPeople, cutTree } from '#engine/curation/identities/domain/cluster-people.ts'
import { comparePairs, toWholeDescriptors } from '#engine/curation/identities/domain/compare-pairs.ts'
import { PeopleRules } from '#engine/curation/identities/domain/people-rules.ts'
import { readFacts } from '#engine/curation/identities/domain/person-facts.ts'
import { IdentitySourceRepo, type SourceImage } from '#engine/curation/identities/identity-source.repo.ts'
import { inferFrom } from '#engine/curation/identities/infer-people.ts'
import { openVectorSource, type StoredVectors } from '#engine/curation/vectors/vector-source.ts'
import { rateCatalogue } from '#engine/curation/identities/rate-catalogue.ts'
import type { IdentityGroups } from '#shared/contract/identity.contract.ts'

const dimensions = 128

interface Agreement {
  readonly precision: number
  readonly recall: number
  readonly bCubedPrecision: number
  readonly bCubedRecall: number
  readonly f1: number
}

const countBy = <Key>(keys: Iterable<Key>): Map<Key, number> => {
  const counts = new Map<Key, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}
const pairsOf = (counts: Iterable<number>): number => {
  let pairs = 0
  for (const count of counts) pairs += (count * (count - 1)) / 2
  return pairs
}

/** Pairwise and B-cubed (Bagga and Baldwin 1998). */
function compare(clusters: readonly number[], people: readonly string[]): Agreement {
  const joint = countBy(clusters.map((cluster, at) => `${cluster} ${people[at] ?? ''}`))
  const [ofCluster, ofPerson] = [countBy(clusters), countBy(people)]
  const both = pairsOf(joint.values())
  let [bCubedPrecision, bCubedRecall] = [0, 0]
  clusters.forEach((cluster, at) => {
    const together = joint.get(`${cluster} ${people[at] ?? ''}`) ?? 0
    bCubedPrecision += together / (ofCluster.get(cluster) ?? 1) / clusters.length
    bCubedRecall += together / (ofPerson.get(people[at] ?? '') ?? 1) / clusters.length
  })
  return {
    precision: both / Math.max(1, pairsOf(ofCluster.values())),
    recall: both / Math.max(1, pairsOf(ofPerson.values())),
    bCubedPrecision,
    bCubedRecall,
    f1: (2 * bCubedPrecision * bCubedRecall) / (bCubedPrecision + bCubedRecall),
  }
}

const show = ({ precision, recall, bCubedPrecision, bCubedRecall, f1 }: Agreement): string =>
  [precision, recall, bCubedPrecision, bCubedRecall, f1].map((value) => value.toFixed(4)).join('  ')

const noProgress = (): void => undefined

/** True shares of pairs at a distance, and near pairs by label, of people as the folders name them. */
function measureTrue(
  {
    images,
    stored,
    people,
  }: { images: readonly SourceImage[]; stored: StoredVectors; people: readonly string[] },
  threshold: number,
): void {
  const numberOf = new Map([...new Set(people)].map((name, number) => [name, number + 1]))
  const descriptors = toWholeDescriptors(stored.values, dimensions)
  const { pairs } = comparePairs(descriptors, {
    kinds: new Uint8Array(images.length),
    kindCount: 1,
    radius: 0.65,
    mostPairs: 4_000_000,
    onPoints: noProgress,
  })
  const squared = (threshold * descriptors.scale) ** 2
  const same = pairsOf(countBy(people).values())
  let found = 0
  for (let at = 0; at < pairs.count; at++) {
    const [one, other] = [pairs.first[at] ?? 0, pairs.second[at] ?? 0]
    if ((pairs.squared[at] ?? 0) > squared || people[one] !== people[other]) continue
    found += 1
  }
  if (same > 0) console.log(`true miss ${(1 - found / same).toFixed(4)} of ${same} pairs`)
  const { groupings } = rateCatalogue({
    images: images.map((image, at) => ({ ...image, identityId: numberOf.get(people[at] ?? '') ?? null })),
    personOf: people.map((name) => numberOf.get(name) ?? 0),
    pairs,
    squared,
  })
  showGroups(groupings)
}

function showGroups(groupings: IdentityGroups['groupings']): void {
  for (const { grouping, groups, test } of groupings) {
    for (const { group, images, people, near, share } of groups) {
      const [value, low, high] = [share.value, share.low, share.high].map((one) => one?.toExponential(2))
      console.log(
        `both ${grouping} ${group}: ${value ?? 'unknown'} (${low ?? ''} to ${high ?? ''}), ${near} of ${share.n} pairs, ` +
          `${images} images of ${people} people`,
      )
    }
    if (test !== null) console.log(`${grouping}: p = ${test.p.toFixed(3)} if labels were dealt by chance`)
  }
}

function checkProject(project: string, isAllDifferent: boolean): void {
  const db = openReader(join(project, 'catalogue.sqlite'))
  const vectors = openVectorSource(db)
  const space = vectors.listSpaces().find(({ name }) => name === 'face-128')
  if (space === undefined) throw new Error('Scan the faces first')
  const known = new Map(new IdentitySourceRepo(db).readImages().map((image) => [image.imageId, image]))
  const stored = vectors.read(space, { which: 'all', among: known })
  const images = Array.from(stored.imageIds, (id) => known.get(id)).filter((image) => image !== undefined)
  const paths = new Map(
    db
      .prepareQuery('SELECT id, path FROM image', (row) => row as { id: number; path: string })
      .all()
      .map(({ id, path }) => [id, path]),
  )
  const people = images.map(({ imageId }) =>
    isAllDifferent ? String(imageId) : (paths.get(imageId)?.split('/').at(-2) ?? String(imageId)),
  )
  const nameless = images.map((image) => ({ ...image, identityId: null }))
  const { facts, clusterIds } = inferFrom({ images: nameless, stored, apart: [] }, noProgress)
  if (!isAllDifferent) {
    const descriptors = toWholeDescriptors(stored.values, dimensions)
    const { pairs } = comparePairs(descriptors, {
      kinds: new Uint8Array(images.length),
      kindCount: 1,
      radius: 0.65,
      mostPairs: 4_000_000,
      onPoints: noProgress,
    })
    const rules = new PeopleRules(nameless.map(readFacts), { same: [], apart: [] })
    const tree = clusterPeople(descriptors, { pairs, rules, onMerges: noProgress })
    console.log('threshold  pair precision, recall  B-cubed precision, recall, F1')
    const curve = Array.from({ length: 26 }, (_, at) => 0.4 + at / 100).map((threshold) => {
      const agreement = compare([...cutTree(tree, threshold)], people)
      console.log(threshold.toFixed(2), show(agreement))
      return { threshold, ...agreement }
    })
    const best = curve.reduce((a, b) => (b.f1 > a.f1 ? b : a))
    console.log(`best ${best.threshold.toFixed(2)}: B-cubed F1 ${best.f1.toFixed(4)}`)
    console.log(`chosen ${facts.threshold}:`, show(compare([...clusterIds], people)))
  }
  const { curve: _curve, byGroup, ...told } = facts
  console.log('estimated', JSON.stringify(told))
  if (isAllDifferent) showGroups(byGroup?.groupings ?? [])
  else measureTrue({ images, stored, people }, facts.threshold)
  db.close()
}

/** People of one to eight pictures, as far apart as real descriptors are. */
function measureSpeed(count: number): void {
  const random = createRandom(5)
  const values = new Float32Array(count * dimensions)
  const people: number[] = []
  for (let person = 0; people.length < count; person++) {
    const centre = Array.from({ length: dimensions }, () => 0.055 * random.normal())
    const pictures = Math.min(count - people.length, random.int(1, random.int(2, 9)))
    for (let picture = 0; picture < pictures; picture++) {
      centre.forEach((value, at) => {
        values[people.length * dimensions + at] = value + 0.028 * random.normal()
      })
      people.push(person)
    }
  }
  const images = people.map((person, at): SourceImage => ({
    imageId: at + 1,
    datasetId: 1,
    identityId: null,
    pixelSha256: String(at),
    race: null,
    gender: person % 2 === 0 ? 'Female' : 'Male',
    ageYears: null,
    ageBin: null,
    nearGroup: null,
  }))
  const stored = { imageIds: Float64Array.from(images, ({ imageId }) => imageId), dimensions, values }
  const [startedAt, before] = [performance.now(), process.cpuUsage()]
  let mostMemory = 0
  const { facts, clusterIds } = inferFrom({ images, stored, apart: [] }, () => {
    mostMemory = Math.max(mostMemory, process.memoryUsage().rss)
  })
  const used = process.cpuUsage(before)
  console.log(
    `${count} descriptors of ${new Set(people).size} people: ${((performance.now() - startedAt) / 1000).toFixed(1)} s, ` +
      `${((used.user + used.system) / 1e6).toFixed(1)} s of processor, ${Math.round(mostMemory / 1e6)} MB at most, ` +
      `threshold ${facts.threshold}, B-cubed F1 ${compare([...clusterIds], people.map(String)).f1.toFixed(4)}`,
  )
}

const [first = '', second] = process.argv.slice(2)
if (first === '--speed') measureSpeed(Number(second))
else checkProject(first, second === '--different')
