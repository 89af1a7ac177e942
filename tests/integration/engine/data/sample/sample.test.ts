import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { importResult } from '#shared/contract/dataset.contract.ts'
import type { ImageDetail } from '#shared/contract/image.contract.ts'
import type { JobSnapshot } from '#shared/contract/job.contract.ts'
import { labelSchemes } from '#shared/domain/label-schemes.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { finishJob } from '#tests/fixtures/jobs.ts'
import { openEngine, type EngineClient } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'

const truthRow = z.object({ file: z.string(), race: z.string(), defect: z.string(), detail: z.string() })
const images = 120

async function listImages(client: EngineClient): Promise<ImageDetail[]> {
  const { items } = await client.image.query({ limit: 1000 })
  return Promise.all(items.map(({ id }) => client.image.get({ imageId: id })))
}

const readTruth = async (folder: string) =>
  z.array(truthRow).parse(parse(await readFile(join(folder, 'sample', 'truth.csv')), { columns: true }))

async function hashFiles(folder: string): Promise<Map<string, string>> {
  const names = (await readdir(folder)).toSorted()
  return new Map(
    await Promise.all(
      names.map(async (name) => [name, hashBytes(await readFile(join(folder, name)))] as const),
    ),
  )
}

describe('the sample project', () => {
  const home = makeTemporaryFolder()
  const engine = openEngine(home.path)
  const { client } = engine
  let folder: string
  let job: JobSnapshot
  let stored: Map<string, ImageDetail>
  let files: Map<string, string>

  beforeAll(async () => {
    const started = await client.project.createSample({ images, seed: 3 })
    folder = started.folder
    job = await finishJob(client, started.jobId)
    stored = new Map((await listImages(client)).map((image) => [image.path, image]))
    files = await hashFiles(join(folder, 'sample'))
  }, 120_000)
  afterAll(async () => {
    await engine[Symbol.asyncDispose]()
    home[Symbol.dispose]()
  })

  it('is drawn, imported with its labels, and marked as synthetic', async () => {
    expect(folder).toBe(join(home.path, 'samples', 'sample-1'))
    expect(job.state).toBe('succeeded')
    expect(importResult.parse(job.result)).toMatchObject({
      seen: images,
      imported: images,
      skipped: [],
      repaired: [],
    })
    const project = await client.project.current()
    expect(project).toMatchObject({
      name: 'Sample portraits',
      isSynthetic: true,
      counts: { images, datasets: 1 },
    })
    const [dataset] = await client.dataset.list()
    expect(dataset).toMatchObject({ labelScheme: 'sample', format: 'csv', images })
    expect(dataset?.identities).toBeGreaterThan(3)
    const { race, gender, age } = await client.image.facets({})
    const named = (facet: readonly { value: string | null }[]) => facet.map(({ value }) => value)
    expect(named(gender)).toEqual([...labelSchemes.sample.gender])
    expect(
      labelSchemes.sample.race.filter((ring) => named(race).includes(ring)).length,
    ).toBeGreaterThanOrEqual(4)
    expect(age.length).toBe(9)
  })

  it('says the truth about every planted defect in truth.csv', async () => {
    const truth = await readTruth(folder)
    expect(truth.map(({ file }) => file)).toEqual([...stored.keys()].toSorted())
    const isCopy = ({ defect }: { defect: string }) => defect.startsWith('duplicate')
    for (const { file, detail, defect } of truth.filter(isCopy)) {
      const [copy, original] = [stored.get(file), stored.get(detail)]
      expect(copy?.pixelSha256).toBe(original?.pixelSha256)
      expect(copy?.fileSha256).toBe(original?.fileSha256)
      const labels = [copy, original].map((image) =>
        JSON.stringify([image?.race, image?.gender, image?.ageYears]),
      )
      expect(labels[0] === labels[1]).toBe(defect === 'duplicate')
    }
    const wrong = truth.filter(({ defect, detail }) => defect === 'mislabelled' && detail === 'race')
    for (const { file, race } of wrong) expect(stored.get(file)?.race).not.toBe(race)
    const unique = new Set([...stored.values()].map(({ pixelSha256 }) => pixelSha256))
    expect(unique.size).toBe(images - truth.filter(isCopy).length)
  })

  it('has the same files, to the last byte, for the same seed', async () => {
    const made: Map<string, string>[] = []
    for (const seed of [3, 8]) {
      const again = await client.project.createSample({ images, seed })
      await finishJob(client, again.jobId)
      made.push(await hashFiles(join(again.folder, 'sample')))
    }
    expect(made[0]).toEqual(files)
    expect(made[1]).not.toEqual(files)
  })

  it('is finished by resuming after it was cut off while drawing', async () => {
    const target = join(home.path, 'cut off')
    const { jobId } = await client.project.createSample({ folder: target, images, seed: 3 })
    await client.job.cancel({ jobId })
    expect((await finishJob(client, jobId)).state).toBe('cancelled')
    // What a kill in the middle of a write leaves behind.
    await mkdir(join(target, 'sample'), { recursive: true })
    await writeFile(join(target, 'sample', 'portrait-00001.png'), 'half')
    await client.job.resume({ jobId })
    expect((await finishJob(client, jobId)).state).toBe('succeeded')
    expect(await hashFiles(join(target, 'sample'))).toEqual(files)
  })

  it('refuses a folder that is in use, and says what to do', async () => {
    const taken = join(home.path, 'taken')
    await mkdir(taken)
    await writeFile(join(taken, 'notes.txt'), 'mine')
    await expect(client.project.createSample({ folder: taken, images: 100 })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('is not empty'),
    })
    await rm(join(taken, 'notes.txt'))
    await expect(client.project.createSample({ folder: taken, images: 100 })).resolves.toMatchObject({
      folder: taken,
    })
  })
})
