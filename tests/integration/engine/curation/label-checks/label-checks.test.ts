import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { imageId as toImageId, type CrossvalId, type ImageId } from '#shared/contract/base.contract.ts'
import { labelDetail, neighbourDetail, outlierDetail } from '#shared/domain/check-details.ts'
import { scanResult, type Finding, type LabelsBy, type ScanResult } from '#shared/contract/check.contract.ts'
import { mapResult } from '#shared/contract/map.contract.ts'
import { checkIds, checks as specs, type CheckId } from '#shared/domain/checks.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { changeCatalogue } from '#tests/fixtures/change-catalogue.ts'
import { finishJob, finishWell } from '#tests/fixtures/jobs.ts'
import { drawPicture } from '#tests/fixtures/labelled-project.ts'
import { listForeignDetails } from '#tests/fixtures/scans.ts'

const folder = makeTemporaryFolder()
const project = join(folder.path, 'project')
const images = 120
const races = 3
const dimensions = 6
/** These pictures show another race and gender than their names say. */
const flipped = [11, 37, 52, 80, 101]
/** Lies far from everything, whatever its label. */
const lonely = 60

const opened = openEngine(join(folder.path, 'home'))
const { client } = opened

interface Truth {
  readonly race: number
  readonly gender: number
  readonly age: number
}
const truthOf = (index: number): Truth => ({
  race: index % races,
  gender: Math.floor(index / races) % 2,
  age: index % 2 === 0 ? 25 : 65,
})

/** Vectors as a good network would give them: one direction for each race, gender and age. */
function drawVector(index: number): Uint8Array {
  const { race, gender, age } = truthOf(index)
  const random = createRandom(5, ['vector', index])
  const vector = Float32Array.from({ length: dimensions }, () => 0.3 * random.normal())
  const push = (at: number, by: number): void => {
    vector[at] = (vector[at] ?? 0) + by
  }
  push(race, 4)
  push(3, gender * 4)
  push(4, age === 65 ? 4 : 0)
  if (index === lonely) push(5, 40)
  return new Uint8Array(vector.buffer)
}

function storeVectors(ids: ReadonlyMap<number, number>, revision: number): void {
  changeCatalogue(join(project, 'catalogue.sqlite'), (connection) => {
    connection
      .prepare(
        `INSERT INTO embedding_space (id, name, dimensions, version, source_sha256, revision)
         VALUES (1, 'made-up', :dimensions, 1, :hash, :revision)
         ON CONFLICT (id) DO UPDATE SET revision = :revision`,
      )
      .run({ dimensions, hash: 'a'.repeat(64), revision })
    const insert = connection.prepare(
      `INSERT INTO embedding (space_id, image_id, pixel_sha256, vector) VALUES (1, :imageId, '', :vector)
       ON CONFLICT DO UPDATE SET vector = excluded.vector`,
    )
    for (const [index, imageId] of ids) insert.run({ imageId, vector: drawVector(index) })
  })
}

async function scan(checks: CheckId[], labelsBy?: LabelsBy): Promise<ScanResult> {
  const { jobId } = await client.scan.start({ checks, labelsBy })
  return scanResult.parse(await finishWell(client, jobId))
}

const readQueue = async (check: CheckId, state: 'flagged' | 'all'): Promise<Finding[]> =>
  (await client.finding.queue({ check, state, limit: 500 })).items

/** Ids by the number in the picture's name. */
const ids = new Map<number, number>()
const idsOf = (indices: readonly number[]): number[] =>
  indices.map((index) => ids.get(index) ?? 0).sort((a, b) => a - b)
const sorted = (items: readonly Finding[]): number[] => items.map(({ tile }) => tile.id).sort((a, b) => a - b)
let before: ScanResult
let unavailable: ScanResult

beforeAll(async () => {
  const pictures = join(folder.path, 'pictures')
  mkdirSync(pictures)
  for (let index = 0; index < images; index++) {
    const { race, gender, age } = truthOf(index)
    const isFlipped = flipped.includes(index)
    const told = isFlipped
      ? { race: (race + 1) % races, gender: 1 - gender, age: 90 - age }
      : { race, gender, age }
    const name = `${told.age}_${told.gender}_${told.race}_2017010100000${String(index).padStart(4, '0')}.png`
    await drawPicture(join(pictures, name), { race, gender, seed: index })
  }
  await client.project.create({ folder: project })
  // These drawings show little, and are to be judged all the same.
  await client.check.setCut({ check: 'low-information', cut: 0 })
  const imported = await client.dataset.import({ source: pictures, format: 'utkface' })
  await finishWell(client, imported.jobId)
  const { items } = await client.image.query({ limit: 500 })
  for (const { id } of items) {
    const { path } = await client.image.get({ imageId: id })
    ids.set(Number(/0(\d{4})\.png$/.exec(path)?.[1]), id)
  }
  unavailable = await scan(['outlier', 'neighbours-race', 'label-race'])
  storeVectors(ids, 1)
  before = await scan([
    'outlier',
    'neighbours-race',
    'neighbours-gender',
    'neighbours-age',
    'label-race',
    'label-gender',
    'label-age',
  ])
})

afterAll(async () => {
  await opened.engine.dispose()
  folder[Symbol.dispose]()
})

describe('label checks of a scan', () => {
  it('say what is missing and what to do, never that nothing was found', () => {
    expect(unavailable.checks.map(({ check, images: scored }) => [check, scored])).toEqual([
      ['outlier', 0],
      ['neighbours-race', 0],
      ['label-race', 0],
    ])
    for (const { unavailable: reason } of unavailable.checks) expect(reason).toMatch(/scan faces/i)
  })

  it('find flipped labels by models of embeddings that never saw the image', async () => {
    expect(before.checks.every((check) => check.unavailable === null)).toBe(true)
    for (const check of ['label-race', 'label-gender', 'label-age'] as const) {
      const flagged = await readQueue(check, 'flagged')
      expect(sorted(flagged)).toEqual(expect.arrayContaining(idsOf(flipped)))
      expect(flagged.length).toBeLessThanOrEqual(flipped.length + 1)
      const [first] = (await readQueue(check, 'all')).map(({ detail }) =>
        labelDetail.nullable().parse(detail),
      )
      expect(first?.suggested[0]?.probability).toBeGreaterThan(0.5)
    }
  })

  it('put them first in every queue of neighbours, with the label that the neighbours carry', async () => {
    for (const check of ['neighbours-race', 'neighbours-gender', 'neighbours-age'] as const) {
      const worst = (await readQueue(check, 'all')).slice(0, flipped.length)
      expect(sorted(worst)).toEqual(idsOf(flipped))
      for (const { detail } of worst) expect(neighbourDetail.parse(detail).neighbours).toHaveLength(5)
    }
  })

  it('flag the image that lies far from all others of its label', async () => {
    const [worst] = await readQueue('outlier', 'flagged')
    expect(worst?.tile.id).toBe(ids.get(lonely))
    const { distance, flaggedAbove } = outlierDetail.parse(worst?.detail)
    expect(distance).toBeGreaterThan(flaggedAbove)
  })

  it('explain themselves by the fields of their rows', () => {
    expect(listForeignDetails(project)).toEqual([])
  })

  it('work on nothing a second time, and again once the embeddings have changed', async () => {
    expect((await scan(['label-race', 'outlier'])).worked).toBe(0)
    const findings = await readQueue('label-race', 'all')
    storeVectors(ids, 2)
    expect((await scan(['label-race', 'outlier'])).worked).toBe(images)
    expect(await readQueue('label-race', 'all')).toEqual(findings)
  })
})

const standing = async (check: CheckId) => (await client.check.list()).find(({ id }) => id === check)

describe('a removed image', () => {
  const checks: CheckId[] = ['label-race', 'neighbours-race', 'outlier']
  const decide = async (id: ImageId, action: 'remove' | 'restore') => {
    const { revision } = await client.image.get({ imageId: id })
    await client.decision.decide({ target: { images: [{ imageId: id, revision }] }, action })
  }
  it('neither judges nor is judged, keeps what was found of it, and is judged again once it is restored', async () => {
    const [first = 0, other = 0] = idsOf([flipped[0] ?? 0, lonely])
    const [wrong, far] = [toImageId.parse(first), toImageId.parse(other)]
    const original = await readQueue('label-race', 'all')
    const ownFinding = original.find(({ tile }) => tile.id === wrong)
    await decide(wrong, 'remove')
    await decide(far, 'remove')
    expect(await standing('label-race')).toMatchObject({ state: 'checked' })
    const { checks: found } = await scan(checks)
    expect(found.map(({ images: judged }) => judged)).toEqual(checks.map(() => images - 2))
    const kept = (await readQueue('label-race', 'all')).find(({ tile }) => tile.id === wrong)
    expect(kept).toMatchObject({ score: ownFinding?.score, detail: ownFinding?.detail })
    const present = (await readQueue('neighbours-race', 'all')).filter(
      ({ tile }) => tile.id !== wrong && tile.id !== far,
    )
    const near = new Set<number>(
      present.flatMap(({ detail }) =>
        (neighbourDetail.nullable().parse(detail)?.neighbours ?? []).map(({ imageId }) => imageId),
      ),
    )
    expect({ present: present.length, wrong: near.has(wrong), far: near.has(far) }).toEqual({
      present: images - 2,
      wrong: false,
      far: false,
    })
    expect((await scan(checks)).worked).toBe(0)

    await decide(wrong, 'restore')
    expect(await standing('label-race')).toMatchObject({
      state: 'stale',
      reason: expect.stringContaining('restored'),
    })
    expect(await standing('exact-duplicate')).not.toMatchObject({ state: 'stale' })
    await decide(far, 'restore')
    expect((await scan(checks)).worked).toBe(images)
    expect(await standing('label-race')).toMatchObject({ state: 'checked', images })
    expect((await readQueue('label-race', 'all')).map(({ tile, score }) => [tile.id, score])).toEqual(
      original.map(({ tile, score }) => [tile.id, score]),
    )
  })

  it('that is taken back before the next scan leaves nothing to judge', async () => {
    const [id = 0] = idsOf([flipped[0] ?? 0])
    await decide(toImageId.parse(id), 'remove')
    await decide(toImageId.parse(id), 'restore')
    expect(await standing('label-race')).toMatchObject({ state: 'checked' })
    expect((await scan(checks)).worked).toBe(0)
  })
})

describe('a picture that seems to show nothing', () => {
  it('is not judged until somebody keeps it', async () => {
    await scan(['low-information', 'label-race'])
    const measured = await readQueue('low-information', 'all')
    const [emptiest, next] = measured
    if (emptiest === undefined || next === undefined) throw new Error('Nothing was measured')
    expect(emptiest.score).toBeLessThan(next.score)
    await client.check.setCut({ check: 'low-information', cut: (emptiest.score + next.score) / 2 })
    expect((await readQueue('low-information', 'flagged')).map(({ tile }) => tile.id)).toEqual([
      emptiest.tile.id,
    ])
    const { id } = emptiest.tile
    expect((await scan(['label-race'])).worked).toBe(images - 1)
    expect((await readQueue('label-race', 'all')).map(({ tile }) => tile.id)).not.toContain(id)
    expect((await scan(['label-race'])).worked).toBe(0)

    expect(await standing('label-race')).toMatchObject({ state: 'checked' })
    const { revision } = await client.image.get({ imageId: id })
    await client.decision.decide({ target: { images: [{ imageId: id, revision }] }, action: 'keep' })
    expect(await standing('label-race')).toMatchObject({
      state: 'stale',
      reason: expect.stringContaining('kept since'),
    })
    expect(await standing('neighbours-race')).not.toMatchObject({ reason: expect.any(String) })
    expect((await scan(['label-race'])).worked).toBe(images)
    expect(await standing('label-race')).toMatchObject({ state: 'checked', images })
    await client.decision.undo({})
    await client.decision.redo({})
    expect(await standing('label-race')).toMatchObject({ state: 'checked' })
    expect((await readQueue('label-race', 'all')).map(({ tile }) => tile.id)).toContain(id)
    await client.check.setCut({ check: 'low-information', cut: 0 })
  })
})

describe('shortcuts', () => {
  it('are reported by a scan of all pixel checks: here the colour gives the race away', async () => {
    const pixelChecks = checkIds.filter((check) => specs[check].source === 'pixels')
    await scan(['greyscale'])
    expect(await client.check.shortcuts()).toEqual({ madeAt: null, tasks: [] })
    await scan(pixelChecks)
    const { madeAt, tasks } = await client.check.shortcuts()
    const race = tasks.find(({ task }) => task === 'race')
    expect(race).toMatchObject({ images, isRisk: true, chance: 1 / races })
    expect(race?.together.low).toBeGreaterThan(0.8)
    expect(race?.properties[0]?.accuracy.low).toBeGreaterThan(0.6)
    await scan(pixelChecks)
    expect((await client.check.shortcuts()).madeAt).toBe(madeAt)
  })
})

describe('the map', () => {
  it('is the same for the same seed, and says when the embeddings have changed', async () => {
    expect(await client.map.points({})).toMatchObject({ space: 'made-up', madeAt: null, imageIds: [] })
    const make = async (seed: number) => {
      const { jobId } = await client.map.start({ seed })
      expect(mapResult.parse(await finishWell(client, jobId))).toEqual({ space: 'made-up', images })
      const { imageIds, x, y, isStale } = await client.map.points({})
      expect(isStale).toBe(false)
      expect(imageIds).toEqual([...ids.values()].sort((a, b) => a - b))
      return { x, y }
    }
    const first = await make(7)
    expect(await make(8)).not.toEqual(first)
    expect(await make(7)).toEqual(first)
    storeVectors(ids, 3)
    expect((await client.map.points({})).isStale).toBe(true)
  })

  it('can be cancelled, and needs a space that is there', async () => {
    const { jobId } = await client.map.start({ seed: 9 })
    await client.job.cancel({ jobId })
    expect((await finishJob(client, jobId)).state).toBe('cancelled')
    await expect(client.map.start({ space: 'nowhere' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('label checks by a cross-validation', () => {
  it('judge the labels of the images that it predicted and no task without a head; averaged with embeddings, all', async () => {
    // These drawings have few grey levels; some would pass for empty and not be judged.
    await client.check.setCut({ check: 'low-information', cut: 0 })
    const { jobId: split } = await client.split.create({ ratios: { train: 0.8, val: 0.19, test: 0.01 } })
    await finishWell(client, split)
    const [{ splitId } = { splitId: undefined }] = await client.split.list()
    if (splitId === undefined) throw new Error('No split was made')
    const crossvalidate = async (
      seed: number,
      choices: { epochs: number; trainable?: 'heads' },
    ): Promise<CrossvalId> => {
      const { jobId, crossvalId } = await client.crossval.start({
        folds: 2,
        seed,
        config: {
          splitId,
          tasks: ['race'],
          inputSize: 32,
          batchSize: 8,
          augmentation: { flip: false, crop: 'none' },
          ...choices,
        },
      })
      await finishWell(client, jobId)
      return crossvalId
    }
    const crossvalId = await crossvalidate(1, { epochs: 2 })
    const result = await scan(['label-race', 'label-age'], 'crossval')
    const [race, age] = result.checks
    expect(race?.unavailable).toBeNull()
    expect(age?.unavailable).toMatch(/No finished cross-validation has a head for age/)
    const readParams = async () => (await client.check.list()).find(({ id }) => id === 'label-race')?.params
    expect(await readParams()).toMatchObject({ crossvals: [{ id: crossvalId }] })
    expect(await readParams()).not.toHaveProperty('space')
    const [member] = (await client.crossval.list()).map((one) => one.images)
    expect(await readQueue('label-race', 'all')).toHaveLength(member ?? 0)

    await scan(['label-race'])
    expect(await readParams()).toMatchObject({ crossvals: [{ id: crossvalId }], space: 'made-up' })
    expect(await readQueue('label-race', 'all')).toHaveLength(images)
    expect(sorted((await readQueue('label-race', 'all')).slice(0, flipped.length))).toEqual(idsOf(flipped))
    await expect(
      client.scan.start({ checks: ['label-race'], crossvalIds: [crossvalId], labelsBy: 'embeddings' }),
    ).rejects.toMatchObject({ code: 'INVALID_INPUT' })

    // It only has to answer otherwise.
    const second = await crossvalidate(2, { epochs: 1, trainable: 'heads' })
    await scan(['label-race'], 'crossval')
    expect(await readParams()).toMatchObject({ crossvals: [{ id: second }, { id: crossvalId }] })
    expect((await readParams())?.['source']).toMatch(
      /^cross-validation \d+ \(.*\) at \d+% and cross-validation \d+ \(.*\) at \d+%$/,
    )
    const ofBoth = await readQueue('label-race', 'all')
    const alone = await client.scan.start({
      checks: ['label-race'],
      crossvalIds: [second],
      labelsBy: 'crossval',
    })
    await finishWell(client, alone.jobId)
    expect((await readParams())?.['crossvals']).toMatchObject([{ id: second }])
    const ofOne = await readQueue('label-race', 'all')
    expect(ofBoth.map(({ score }) => score)).not.toEqual(ofOne.map(({ score }) => score))

    const named = client.scan.start({ checks: ['label-age'], crossvalIds: [crossvalId] })
    const { checks } = scanResult.parse(await finishWell(client, (await named).jobId))
    expect(checks[0]?.unavailable).toMatch(/no age head/)
  }, 600_000)
})
