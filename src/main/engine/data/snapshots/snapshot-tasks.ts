import * as z from 'zod'
import { imageId, sha256 } from '#shared/contract/base.contract.ts'
import {
  snapshotDiff,
  snapshotDifference,
  type SnapshotDifference,
} from '#shared/contract/snapshot.contract.ts'
import { LabelPacker, labelColumns } from '#engine/data/members/domain/label-columns.ts'
import { hashMembers } from '#engine/data/members/hash-members.ts'
import {
  compareMembers,
  type MemberDifference,
  type SnapshotMember,
} from '#engine/data/snapshots/domain/compare-members.ts'
import type { ImagePlace, SnapshotSourceImage, SnapshotSourceRepo } from './snapshot-source.repo.ts'

/** Changed whenever the rows that are hashed are written otherwise. */
export const snapshotAlgorithm = 'evenhand-snapshot-1'

export const snapshotTask = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('read'), catalogue: z.string() }),
  z.object({ kind: z.literal('hash'), catalogue: z.string(), snapshotId: z.int() }),
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

/** The state of the catalogue, in the order of its data sets and paths. */
export const readState = labelColumns.extend({
  hash: sha256,
  /** `[images]` NaN where nobody is named */
  identityIds: z.instanceof(Float64Array),
})
export type ReadState = z.infer<typeof readState>

export const comparedSnapshots = snapshotDiff.omit({ text: true })
export type ComparedSnapshots = z.infer<typeof comparedSnapshots>

const writeAge = ({ ageYears, ageBin }: Pick<SnapshotMember, 'ageYears' | 'ageBin'>): string | null =>
  ageYears === null ? ageBin : String(ageYears)

const toHashedRow = (image: SnapshotSourceImage): (string | number | null)[] => {
  const { dataset, path, fileSha256, race, gender, ageYears, ageBin, identity } = image
  return [dataset, path, fileSha256, race, gender, ageYears, ageBin, identity]
}

/** Of a snapshot as it lies in the catalogue now. */
function hashSealed(repo: SnapshotSourceRepo, snapshotId: number): string {
  function* listRows() {
    for (const image of repo.sealedImages(snapshotId)) yield toHashedRow(image)
  }
  return hashMembers([snapshotAlgorithm], listRows())
}

/** Reads the state of the catalogue and hashes one canonical row for each image, by data set and path. */
function readImages(repo: SnapshotSourceRepo): ReadState {
  const labels = new LabelPacker()
  const identityIds: number[] = []
  function* listRows() {
    for (const image of repo.images()) {
      labels.add(image)
      identityIds.push(image.identityId ?? NaN)
      yield toHashedRow(image)
    }
  }
  const hash = hashMembers([snapshotAlgorithm], listRows())
  return { hash, identityIds: Float64Array.from(identityIds), ...labels.pack() }
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
export function runSnapshotTask(
  task: SnapshotTask,
  repo: SnapshotSourceRepo,
): ReadState | ComparedSnapshots | string {
  switch (task.kind) {
    case 'read':
      return readImages(repo)
    case 'hash':
      return hashSealed(repo, task.snapshotId)
    case 'diff':
      return compare(repo, task)
    default:
      return task satisfies never
  }
}
