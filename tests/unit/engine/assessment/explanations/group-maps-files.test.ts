import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { evaluationId, jobId, modelId, sha256 } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { groupMapChoices, type GroupMaps } from '#shared/contract/group-maps.contract.ts'
import type { EvaluationDetail } from '#shared/contract/evaluation.contract.ts'
import { hashSubject } from '#engine/assessment/explanations/domain/subject-of-maps.ts'
import { groupMapsFiles } from '#engine/assessment/explanations/group-maps-files.ts'
import { GroupMapsService } from '#engine/assessment/explanations/group-maps.service.ts'
import { ResultFiles } from '#engine/base/integrity/result-files.ts'
import { RecordFile } from '#engine/base/kernel/record-file.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { makeTemporaryFolder } from '../../../../fixtures/folders.ts'

const choices = groupMapChoices.parse({})
const weights = sha256.parse('a'.repeat(64))
const evaluation = {
  evaluationId: evaluationId.parse(3),
  createdAt: '2026-11-30T10:00:00.000Z',
  modelId: modelId.parse(1),
  weightsSha256: weights,
  splitHash: sha256.parse('b'.repeat(64)),
  part: 'val',
  images: 40,
} as const

function makeMaps(job: number): GroupMaps {
  const { images: _images, createdAt, ...of } = evaluation
  return {
    ...of,
    jobId: jobId.parse(job),
    subject: hashSubject(evaluation, choices),
    model: 'One',
    split: 'one',
    choices,
    cells: 16,
    images: 40,
    withoutFace: 0,
    unreadable: 0,
    flat: 0,
    known: { dataset: 0, inferred: 0, unknown: 40 },
    tasks: [],
    notes: [],
    createdAt,
  }
}

function openService(
  folder: string,
  found: typeof evaluation | { [Key in keyof typeof evaluation]: unknown },
) {
  const hashes = new Map<string, string>()
  const storedFiles = {
    recordWritten: (file: string) => {
      hashes.set(file, hashBytes(readFileSync(file)))
      return Promise.resolve()
    },
    find: (file: string) => hashes.get(file) ?? null,
    findFault: (file: string) =>
      Promise.resolve(
        hashBytes(readFileSync(file)) === hashes.get(file)
          ? null
          : new AppError('CONFLICT', `${file} is no longer what was written.`),
      ),
    forget: (file: string) => void hashes.delete(file),
  }
  const store = new ResultFiles(folder, storedFiles, groupMapsFiles)
  const service = new GroupMapsService({
    store,
    jobs: { enqueue: () => ({ id: jobId.parse(1) }) } as never,
    records: { describe: () => Promise.resolve(found as unknown as EvaluationDetail) },
  })
  return { store, service, hashes }
}

const nameOf = (job: number): string =>
  `group-maps-${job}-${hashSubject(evaluation, choices).slice(0, 16)}.json`

it('one damaged file of maps hides no others, and is named with what is wrong', async () => {
  using folder = makeTemporaryFolder()
  const { store, service } = openService(folder.path, evaluation)
  await store.write(makeMaps(3))
  await store.write(makeMaps(4))
  expect((await service.list()).maps.map((one) => one.jobId)).toEqual([4, 3])
  writeFileSync(join(folder.path, nameOf(4)), '{"jobId"')
  const { maps, faulty } = await service.list()
  expect(maps.map((one) => one.jobId)).toEqual([3])
  expect(faulty).toEqual([{ file: nameOf(4), reason: expect.stringContaining('no longer what was written') }])
  await expect(service.read(jobId.parse(4))).rejects.toMatchObject({ code: 'CONFLICT' })
  await expect(service.read(jobId.parse(5))).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

it('maps of another form, and maps that nobody recorded, are a conflict that names the file', async () => {
  using folder = makeTemporaryFolder()
  const { service, store, hashes } = openService(folder.path, evaluation)
  mkdirSync(folder.path, { recursive: true })
  const file = join(folder.path, 'group-maps-7.json')
  writeFileSync(file, '{"jobId": 7}')
  hashes.set(file, hashBytes('{"jobId": 7}'))
  await store.write(makeMaps(6))
  hashes.delete(join(folder.path, nameOf(6)))
  const { maps, faulty } = await service.list()
  expect(maps).toEqual([])
  expect(faulty.map((one) => one.file)).toEqual(['group-maps-7.json', nameOf(6)])
  expect(faulty[0]?.reason).toContain('not in the form')
  expect(faulty[1]?.reason).toContain('no record of writing it')
})

it('maps of an evaluation that has the number of another are not shown as its maps', async () => {
  using folder = makeTemporaryFolder()
  const { service, store } = openService(folder.path, {
    ...evaluation,
    createdAt: '2026-12-01T10:00:00.000Z',
  })
  await store.write(makeMaps(3))
  expect(await service.list()).toMatchObject({ maps: [], faulty: [{ file: nameOf(3) }] })
  await expect(service.read(jobId.parse(3))).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('not the one of this project'),
  })
})

it('maps of images are kept by what they are of, and made again from the first record that is not whole', async () => {
  using folder = makeTemporaryFolder()
  const file = join(folder.path, 'maps-a.bin')
  const first = new RecordFile(file, 3)
  await first.append(Float32Array.from([1, 2, 3, 4, 5, 6]))
  await first.append(Float32Array.from([7, 8, 9]))
  expect(await new RecordFile(join(folder.path, 'maps-b.bin'), 3).count()).toBe(0)
  expect([...(await first.read())]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
  // What a power cut leaves of a record that was begun, and zeros where one was to stand.
  appendFileSync(file, new Uint8Array(21))
  expect(await first.count()).toBe(3)
  const bytes = readFileSync(file)
  bytes[17] = (bytes[17] ?? 0) ^ 1
  writeFileSync(`${file}.new`, bytes)
  renameSync(`${file}.new`, file)
  expect([...(await first.read())]).toEqual([1, 2, 3])
})
