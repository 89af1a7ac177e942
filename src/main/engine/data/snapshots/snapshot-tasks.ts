import { createHash } from 'node:crypto'
import * as z from 'zod'
import { imageId, sha256 } from '#shared/contract/base.contract.ts'
import {
  snapshotDiff,
  snapshotDifference,
  type SnapshotDifference,
} from '#shared/contract/snapshot.contract.ts'
import {
  compareMembers,
  type MemberDifference,
  type SnapshotMember,
} from '#engine/data/snapshots/domain/compare-members.ts'
import type { ImagePlace, SnapshotSourceRepo } from './snapshot-source.repo.ts'

/** Changed whenever the rows that are hashed are written otherwise. */
const snapshotAlgorithm = 'evenhand-snapshot-1'

export const snapshotTask = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('read'), catalogue: z.string() }),
  z.object({
    kind: z.literal('diff'),
    catalogue: z.string(),
    a: z.int(),
    /** Null for the catalogue as it is now. */
    b: z.int().nullable(),
    only: snapshotDifference.shape.kind.nullable(),
    after: z.int(),
    limit: z.int(),
  }),
])
export type SnapshotTask = z.infer<typeof snapshotTask>

/** Columns rather than rows: typed arrays and short tables cross between threads at no cost. */
export const readState = z.object({
  hash: sha256,
  /** `[images]` in any order */
  imageIds: z.instanceof(Float64Array),
  /** `[images]` NaN where unknown */
  ageYears: z.instanceof(Float64Array),
  /** `[images]` NaN where nobody is named */
  identityIds: z.instanceof(Float64Array),
  /** `[images]` index into `labels`, -1 where the label is missing */
  labelOf: z.object({
    race: z.instanceof(Int16Array),
    gender: z.instanceof(Int16Array),
    ageBin: z.instanceof(Int16Array),
  }),
  labels: z.object({ race: z.array(z.string()), gender: z.array(z.string()), ageBin: z.array(z.string()) }),
})
export type ReadState = z.infer<typeof readState>

export const comparedSnapshots = snapshotDiff.omit({ text: true })
export type ComparedSnapshots = z.infer<typeof comparedSnapshots>

const writeAge = ({ ageYears, ageBin }: Pick<SnapshotMember, 'ageYears' | 'ageBin'>): string | null =>
  ageYears === null ? ageBin : String(ageYears)

/** Numbers the values of a column as they come. */
class LabelColumn {
  readonly codes: number[] = []
  readonly table: string[] = []
  readonly #known = new Map<string, number>()

  add(value: string | null): void {
    if (value === null) {
      this.codes.push(-1)
      return
    }
    const code = this.#known.get(value) ?? this.table.push(value) - 1
    this.#known.set(value, code)
    this.codes.push(code)
  }
}

/** Reads the state of the catalogue and hashes one canonical row for each image, by data set and path. */
function readImages(repo: SnapshotSourceRepo): ReadState {
  const hash = createHash('sha256').update(`${JSON.stringify([snapshotAlgorithm])}\n`)
  const [imageIds, ageYears, identityIds]: number[][] = [[], [], []]
  const columns = { race: new LabelColumn(), gender: new LabelColumn(), ageBin: new LabelColumn() }
  for (const image of repo.images()) {
    const { dataset, path, fileSha256, race, gender, identity } = image
    hash.update(
      `${JSON.stringify([dataset, path, fileSha256, race, gender, image.ageYears, image.ageBin, identity])}\n`,
    )
    imageIds?.push(image.imageId)
    ageYears?.push(image.ageYears ?? NaN)
    identityIds?.push(image.identityId ?? NaN)
    columns.race.add(race)
    columns.gender.add(gender)
    columns.ageBin.add(image.ageBin)
  }
  return {
    hash: hash.digest('hex'),
    imageIds: Float64Array.from(imageIds ?? []),
    ageYears: Float64Array.from(ageYears ?? []),
    identityIds: Float64Array.from(identityIds ?? []),
    labelOf: {
      race: Int16Array.from(columns.race.codes),
      gender: Int16Array.from(columns.gender.codes),
      ageBin: Int16Array.from(columns.ageBin.codes),
    },
    labels: { race: columns.race.table, gender: columns.gender.table, ageBin: columns.ageBin.table },
  }
}

const kindOf = ({ before, after }: MemberDifference): SnapshotDifference['kind'] =>
  before === null ? 'added' : after === null ? 'removed' : 'changed'

const labelsOf = (member: SnapshotMember | null): SnapshotDifference['before'] =>
  member === null
    ? null
    : { race: member.race, gender: member.gender, age: writeAge(member), identity: member.identity }

const toDifference = (found: MemberDifference, place: ImagePlace | undefined): SnapshotDifference => ({
  kind: kindOf(found),
  imageId: imageId.parse(found.imageId),
  dataset: place?.dataset ?? '',
  path: place?.path ?? '',
  before: labelsOf(found.before),
  after: labelsOf(found.after),
})

function compare(
  repo: SnapshotSourceRepo,
  { a, b, only, after, limit }: Extract<SnapshotTask, { kind: 'diff' }>,
): ComparedSnapshots {
  const found: MemberDifference[] = []
  let isMore = false
  const counts = compareMembers(repo.members(a), repo.members(b), (difference) => {
    if (difference.imageId <= after || (only !== null && kindOf(difference) !== only)) return
    if (found.length < limit) found.push(difference)
    else isMore = true
  })
  const places = repo.places(found.map((difference) => difference.imageId))
  const { byTask, ...images } = counts
  return {
    ...images,
    labels: byTask.race + byTask.gender + byTask.age + byTask.identity,
    byTask,
    items: found.map((difference) => toDifference(difference, places.get(difference.imageId))),
    nextCursor: isMore ? (found.at(-1)?.imageId ?? null) : null,
  }
}

/** The work of the snapshot worker. */
export const runSnapshotTask = (
  task: SnapshotTask,
  repo: SnapshotSourceRepo,
): ReadState | ComparedSnapshots => (task.kind === 'read' ? readImages(repo) : compare(repo, task))
