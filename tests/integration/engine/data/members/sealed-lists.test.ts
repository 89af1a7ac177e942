import { expect, it } from 'vitest'
import {
  crossvalId,
  datasetId,
  jobId,
  snapshotId,
  splitId,
  type JobId,
} from '#shared/contract/base.contract.ts'
import { openDatabase } from '#engine/base/db/open-database.ts'
import { locateWorkers } from '#engine/base/threads/worker-locator.ts'
import { SnapshotRepo } from '#engine/data/snapshots/snapshot.repo.ts'
import { SnapshotService } from '#engine/data/snapshots/snapshot.service.ts'
import { prepareGroups, splitParts } from '#engine/data/splits/compute-split.ts'
import { planSplit } from '#engine/data/splits/domain/plan-split.ts'
import { buildStrata } from '#engine/data/splits/domain/split-strata.ts'
import { hashSplit } from '#engine/data/splits/split-hash.ts'
import { SplitSourceRepo } from '#engine/data/splits/split-source.repo.ts'
import { SplitRepo } from '#engine/data/splits/split.repo.ts'
import { SplitService } from '#engine/data/splits/split.service.ts'
import { CrossvalRepo } from '#engine/learning/crossval/crossval.repo.ts'
import { storeFolds } from '#engine/learning/crossval/store-folds.ts'
import { openSeals } from '#tests/fixtures/seals.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { addCrossval, fillListCatalogue, hashRows } from '#tests/fixtures/list-catalogue.ts'
import { createMemoryLogger } from '#tests/fixtures/logs.ts'

const workers = locateWorkers(new URL('../../../../../src/main/cli.ts', import.meta.url).href)
const ratios = { train: 0.7, val: 0.15, test: 0.15 }
const inOrder = {
  snapshot: 'SELECT * FROM snapshot',
  snapshot_member: 'SELECT * FROM snapshot_member ORDER BY snapshot_id, image_id',
  split: 'SELECT * FROM split ORDER BY id',
  split_member: 'SELECT * FROM split_member ORDER BY split_id, image_id',
  crossval: 'SELECT fold_hash FROM crossval',
  crossval_fold: 'SELECT * FROM crossval_fold ORDER BY fold',
  crossval_member: 'SELECT * FROM crossval_member ORDER BY image_id',
}

/** A snapshot, a split of what is there, one of a data set of the snapshot, and folds of the first split. */
async function makeLists(folder: string) {
  const open = (file: string) => openDatabase({ file, now: () => 0, logger: createMemoryLogger() })
  open(`${folder}/catalogue.sqlite`).close()
  const catalogue = fillListCatalogue(folder, 1500)
  const db = open(catalogue)
  const host = { catalogue, workers, now: () => 0, publishChange: () => undefined }
  const { signal } = new AbortController()
  const reports: unknown[] = []
  const runAs = (id: JobId) => ({
    jobId: id,
    signal,
    report: ({ phase, done, total }: { phase: string; done: number; total: number | null }) =>
      reports.push([phase, done, total]),
  })
  const enqueue = (): never => {
    throw new Error('Nothing is queued here')
  }
  const seals = openSeals(db)
  const { snapshotSeals, splitSeals, crossvalSeals } = seals
  const snapshots = new SnapshotService({ snapshots: new SnapshotRepo(db), seals: snapshotSeals, ...host })
  const kept = await snapshots.create({ name: 'Kept', note: '', actor: 'Ann', signal })
  const repo = new SplitRepo(db)
  const splits = new SplitService({
    splits: repo,
    seals: splitSeals,
    snapshotSeals,
    jobs: { enqueue },
    ...host,
  })
  const whole = await splits.make({ ratios, seed: 7 }, runAs(jobId.parse(1)))
  const part = await splits.make(
    { ratios, seed: 7, snapshotId: kept.id, datasets: [datasetId.parse(1)], name: 'Of one' },
    runAs(jobId.parse(2)),
  )
  addCrossval(catalogue, whole.hash)
  const asked = { id: crossvalId.parse(1), splitId: whole.splitId, splitHash: whole.hash, folds: 5, seed: 3 }
  await storeFolds(asked, runAs(jobId.parse(3)), { crossvals: new CrossvalRepo(db), workers, catalogue })
  const csv = await splits.export(whole.splitId, { file: `${folder}/split.csv`, format: 'csv' })
  const held = [
    ...(await Promise.all(snapshotSeals.list().map((one) => snapshotSeals.inspect(one)))),
    ...(await Promise.all(splitSeals.list().map((one) => splitSeals.inspect(one)))),
    ...(await Promise.all(crossvalSeals.list().map((one) => crossvalSeals.inspectFolds(one)))),
  ].map((one) => one !== null && one.expected === one.found)
  db.close()
  return { catalogue, held, reports, hashes: [kept.hash, whole.hash, part.hash], csv }
}

/** Snapshots and folds as made by the version in which snapshots, splits and folds were each built by code of their own; splits by `evenhand-split/2`. */
it('every hash and every stored row of a list stays the same from version to version', async () => {
  using folder = makeTemporaryFolder()
  const { catalogue, held, hashes, csv, reports } = await makeLists(folder.path)
  expect(held).toEqual([true, true, true, true])
  expect(hashes).toEqual([
    '47f3716ccd900a155dfe1c91c47401234257db384941f2a2c8556b64146e4de2',
    '25616efc3ebdfc894e33cc181db9effb6a56862fbd82fce6211a3ca8e95e6bca',
    'a14c2a3628bf42d51244cbce8c7cd48c70a5c5dd748b8632d4e59fc79f466b87',
  ])
  expect(csv).toMatchObject({
    rows: 1412,
    sha256: '0c596e8e4e9e5741f7fd3b3ad5e6145b315f0f7ae9711996ea321d90ec70bc25',
  })
  const rows = Object.entries(inOrder).map(([table, sql]) => [table, hashRows(catalogue, sql)])
  expect(Object.fromEntries(rows)).toEqual({
    snapshot: '8a62e07db4d6c91e',
    snapshot_member: '8b0939dff67d40bd',
    split: 'ac05671edd34bee9',
    split_member: '805c1243ac715a09',
    crossval: 'b1469e1ac3688005',
    crossval_fold: '5ec82def6c663ecc',
    crossval_member: '614329d56c709168',
  })
  expect(reports.slice(0, 4)).toEqual([
    ['Planning', 0, null],
    ['Storing', 500, 1412],
    ['Storing', 1000, 1412],
    ['Storing', 1412, 1412],
  ])
})

it('a split of the first version still hashes to what was published of it', async () => {
  using folder = makeTemporaryFolder()
  const { catalogue } = await makeLists(folder.path)
  const db = openDatabase({ file: catalogue, now: () => 0, logger: createMemoryLogger() })
  const sources = new SplitSourceRepo(db).readImages({ datasets: null, snapshotId: null })
  db.close()
  const { labelScheme, images, groups } = prepareGroups(sources)
  const partOf = planSplit(groups, buildStrata(images), {
    ratios: splitParts.map((part) => ratios[part]),
    seed: 7,
  })
  const keys = new Map<number, string>()
  const members = images.map((image, index) => {
    const group = groups.groupOf[index] ?? 0
    const groupKey = keys.get(group) ?? image.fileSha256.slice(0, 20)
    keys.set(group, groupKey)
    return { ...image, groupKey, part: splitParts[partOf[index] ?? 0] ?? 'train' }
  })
  expect(hashSplit({ seed: 7, ratios, labelScheme, plan: null }, members)).toBe(
    'eb8ba82d603c6980cf8bf339556c53fb72a201d4004bf1f5e63397dd4638d2b6',
  )
})

it('a list is not sealed while members are missing, and not touched once it is', async () => {
  using folder = makeTemporaryFolder()
  const { catalogue } = await makeLists(folder.path)
  const db = openDatabase({ file: catalogue, now: () => 0, logger: createMemoryLogger() })
  const snapshots = new SnapshotRepo(db)
  const member = { imageId: 1, race: null, gender: null, ageBin: null, ageYears: null, identityId: null }
  const half = snapshots.insert({ name: 'Half', note: '', actor: 'Ann', hash: '', images: 2, createdAt: '' })
  snapshots.insertMembers(half, [member])
  expect(() => snapshots.complete(half, 2)).toThrow('snapshot 2 holds 1 of 2 images')
  expect(snapshots.unfinished()).toEqual([half])
  for (const touch of [
    () => snapshots.insertMembers(snapshotId.parse(1), [{ ...member, imageId: 17 }]),
    () => snapshots.deleteUnfinished(snapshotId.parse(1), 1),
    () => new SplitRepo(db).deleteUnfinished(splitId.parse(1), 1),
    () => new CrossvalRepo(db).deleteMembers(crossvalId.parse(1), 1),
  ])
    expect(touch).toThrow('immutable')
  db.close()
})
