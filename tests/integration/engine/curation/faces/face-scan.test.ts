import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import type { ScanRequest } from '#shared/contract/check.contract.ts'
import { describeJudge } from '#shared/domain/describe-judge.ts'
import { EmbeddingRepo } from '#engine/curation/vectors/embedding.repo.ts'
import { FaceRepo } from '#engine/curation/faces/face.repo.ts'
import { createGraphBuilder } from '#engine/networks/onnx-file/graph-builder.ts'
import { openImageCodec } from '#engine/base/media/open-image-codec.ts'
import { drawPortrait } from '#engine/data/sample/domain/draw-portrait.ts'
import { planSample } from '#engine/data/sample/domain/plan-sample.ts'
import { roundPicture } from '#engine/data/sample/domain/distort-portrait.ts'
import type { EngineClient } from '#tests/fixtures/engine.ts'
import { changeCatalogue } from '#tests/fixtures/change-catalogue.ts'
import { openDecisions, writeDecisionCatalogue } from '#tests/fixtures/decision-catalogue.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishJob, finishWell, waitFor } from '#tests/fixtures/jobs.ts'
import { importFolder, openProject, writeFiles } from '#tests/fixtures/imports.ts'
import { makeJpeg } from '#tests/fixtures/pictures.ts'

async function drawFaces(count: number): Promise<[string, Uint8Array][]> {
  const codec = await openImageCodec('sharp')
  const plan = planSample({ images: 64, seed: 7 }).slice(0, count)
  return Promise.all(
    plan.map(async (portrait, at): Promise<[string, Uint8Array]> => {
      const picture = drawPortrait(portrait)
      const bytes = await codec.encodePng({
        width: picture.side,
        height: picture.side,
        data: roundPicture(picture),
      })
      return [`person/portrait_${at}.png`, bytes]
    }),
  )
}

async function openWith(files: readonly [string, Uint8Array][]) {
  const opened = await openProject()
  onTestFinished(() => opened[Symbol.asyncDispose]())
  writeFiles(opened.source, Object.fromEntries(files))
  await importFolder(opened.client, { source: opened.source, format: 'folder', folderTask: 'identity' })
  return opened
}

async function scan(client: EngineClient, request: Partial<ScanRequest> = {}) {
  const { jobId } = await client.scan.start({ checks: ['no-face', 'small-face'], ...request })
  return finishJob(client, jobId)
}

const readTable = (project: string, sql: string): unknown[] => {
  const db = new BetterSqlite3(join(project, 'catalogue.sqlite'), { readonly: true })
  try {
    return db.prepare(sql).all()
  } finally {
    db.close()
  }
}

const facesTable =
  'SELECT image_id, pixel_sha256, detector, version, faces FROM image_faces ORDER BY image_id'

test('a scan looks at every image once, and again only when asked to', async () => {
  const files = await drawFaces(4)
  const opened = await openWith([...files, ['person/wall.jpg', await makeJpeg(64, 64)]])
  const first = await scan(opened.client)
  expect(first.state).toBe('succeeded')
  expect(first.result).toMatchObject({
    worked: 5,
    checks: [
      { check: 'no-face', images: 5, unavailable: null },
      { check: 'small-face', unavailable: null },
    ],
  })
  const found = readTable(opened.project, facesTable)
  expect(found).toHaveLength(5)
  expect((await scan(opened.client)).result).toMatchObject({ worked: 0 })
  expect((await scan(opened.client, { fresh: true })).result).toMatchObject({ worked: 5 })
  expect(readTable(opened.project, facesTable)).toEqual(found)
})

test('another detector looks at every image again, and its descriptors replace the former', async () => {
  const opened = await openWith(await drawFaces(2))
  await scan(opened.client)
  expect((await scan(opened.client, { detector: 'tiny' })).result).toMatchObject({ worked: 2 })
  const detectors = readTable(opened.project, 'SELECT DISTINCT detector FROM image_faces')
  expect(detectors).toEqual([{ detector: expect.stringMatching(/^tiny:/) }])
  expect(readTable(opened.project, 'SELECT count(*) AS rows FROM embedding')).toEqual([{ rows: 2 }])
})

test('a project remembers the detector that looked for faces last, until another is chosen', async () => {
  const opened = await openWith(await drawFaces(1))
  const { client } = opened
  const file = join(opened.project, 'scrfd.onnx')
  writeFileSync(file, buildConstantScrfd())
  const detectorOf = async (request: Partial<ScanRequest> = {}) => {
    expect((await scan(client, request)).state).toBe('succeeded')
    const [row] = readTable(opened.project, 'SELECT detector FROM image_faces') as { detector: string }[]
    return row?.detector.split(':')[0]
  }
  expect(await client.scan.settings()).toEqual({ detector: null })
  expect(await detectorOf({ detector: file })).toBe('file')
  expect(await client.scan.settings()).toEqual({ detector: file })
  expect((await scan(client)).result).toMatchObject({ worked: 0 })
  const refused = await scan(client, { detector: join(opened.project, 'missing.onnx') })
  expect(refused.state).toBe('failed')
  expect(await detectorOf()).toBe('file')
  renameSync(file, `${file}.away`)
  await expect(client.scan.start({ checks: ['no-face'] })).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining('"default"'),
  })
  expect(await detectorOf({ detector: 'default' })).toBe('blaze')
  expect(await client.scan.settings()).toEqual({ detector: null })
})

test('faces that the default of an earlier version found stay, named, until the next scan looks again', async () => {
  const opened = await openWith(await drawFaces(2))
  const { client, project } = opened
  await scan(client)
  await client.project.close()
  changeCatalogue(join(project, 'catalogue.sqlite'), (connection) => {
    connection.exec(`
      UPDATE image_faces SET detector = 'ssd:0a';
      UPDATE check_run SET params = json_set(params, '$.detector', 'ssd:0a') WHERE check_id = 30;
    `)
  })
  await client.project.open({ folder: project })
  const describeNoFace = async () => {
    const noFace = (await client.check.list()).find(({ id }) => id === 'no-face')
    return [noFace?.images, describeJudge(noFace?.params ?? {})]
  }
  expect(await describeNoFace()).toEqual([
    2,
    'Faces found by SSD MobileNet, the default of earlier versions.',
  ])
  expect((await scan(client)).result).toMatchObject({ worked: 2 })
  expect(await describeNoFace()).toEqual([2, 'Faces found by BlazeFace.'])
  expect(readTable(project, 'SELECT DISTINCT detector FROM image_faces')).toEqual([
    { detector: expect.stringMatching(/^blaze:/) },
  ])
})

test('a file that is no detector is refused with what was expected', async () => {
  const opened = await openWith(await drawFaces(1))
  const text = join(opened.project, 'notes.onnx')
  writeFileSync(text, 'not a model')
  const builder = createGraphBuilder()
  builder.input('image', 'float32', [1, 3, 64, 64])
  builder.node('Identity', ['image'], { outputs: ['out'] })
  builder.output('out', 'float32', [1, 3, 64, 64])
  const other = join(opened.project, 'other.onnx')
  writeFileSync(other, builder.build({ name: 'no detector' }))
  for (const detector of [text, other]) {
    const { state, error } = await scan(opened.client, { detector })
    expect(state).toBe('failed')
    expect(error).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/no face detector.*YuNet.*SCRFD/s),
    })
  }
  const missing = await scan(opened.client, { detector: join(opened.project, 'missing.onnx') })
  expect(missing.error).toMatchObject({ code: 'NOT_FOUND' })
  expect(readTable(opened.project, facesTable)).toEqual([])
})

test('an SCRFD file finds what its network says, in pixels of the picture', async () => {
  const opened = await openWith(await drawFaces(1))
  const file = join(opened.project, 'scrfd.onnx')
  writeFileSync(file, buildConstantScrfd())
  await scan(opened.client, { detector: file })
  const [row] = readTable(opened.project, 'SELECT faces FROM image_faces') as { faces: string }[]
  const { faces, width } = JSON.parse(row?.faces ?? '{}') as {
    faces: { box: { x: number; width: number }; score: number }[]
    width: number
  }
  expect(faces).toHaveLength(1)
  expect(faces[0]?.score).toBeCloseTo(0.9, 4)
  // The network sees 320 pixels of 1.5 sides of the picture; the box is 96 wide in the middle of them.
  expect(faces[0]?.box.width).toBeCloseTo((96 / 320) * 1.5 * width, -1)
})

/** Answers one box around the middle of 320 x 320 whatever it sees. */
function buildConstantScrfd(): Uint8Array {
  const builder = createGraphBuilder()
  const input = builder.input('input.1', 'float32', [1, 3, 320, 320])
  const nothing = builder.node('Mul', [builder.node('ReduceMean', [input]), builder.float32([0])])
  for (const stride of [8, 16, 32]) {
    const cells = (320 / stride) ** 2
    const scores = new Float32Array(cells * 2)
    const boxes = new Float32Array(cells * 2 * 4)
    if (stride === 16) {
      const middle = (10 * 20 + 10) * 2
      scores[middle] = 0.9
      boxes.set([3, 3, 3, 3], middle * 4)
    }
    for (const [name, width, data] of [
      [`score_${stride}`, 1, scores],
      [`bbox_${stride}`, 4, boxes],
    ] as const) {
      const kept = builder.initializer(`kept_${name}`, [cells * 2, width], data)
      builder.node('Add', [kept, builder.node('Reshape', [nothing, builder.int64([1, 1])])], {
        outputs: [name],
      })
      builder.output(name, 'float32', [cells * 2, width])
    }
  }
  return builder.build({ name: 'SCRFD' })
}

test('a scan stopped on its way and resumed ends as an undisturbed one', async () => {
  // Eight tasks for two threads: the scan still has most of its work when the first task is stored.
  const files = await drawFaces(64)
  const calm = await openWith(files)
  await scan(calm.client)
  const stopped = await openWith(files)
  const { jobId } = await stopped.client.scan.start({ checks: ['no-face', 'small-face'] })
  await waitFor(() => readTable(stopped.project, 'SELECT image_id FROM image_faces').at(0) ?? null)
  await stopped.client.job.cancel({ jobId })
  expect((await finishJob(stopped.client, jobId)).state).toBe('cancelled')
  await stopped.client.job.resume({ jobId })
  expect((await finishJob(stopped.client, jobId)).state).toBe('succeeded')
  const scores = 'SELECT check_id, image_id, score, is_flagged, detail FROM check_score ORDER BY 1, 2'
  const vectors = 'SELECT image_id, pixel_sha256, hex(vector) AS vector FROM embedding ORDER BY image_id'
  for (const table of [facesTable, scores, vectors])
    expect(readTable(stopped.project, table)).toEqual(readTable(calm.project, table))
})

test('faces stand only with the vectors that describe them, which tell that their space has changed', () => {
  using folder = makeTemporaryFolder()
  using opened = openDecisions(writeDecisionCatalogue(folder.path, 2))
  const { db } = opened
  const spaces = new EmbeddingRepo(db)
  spaces.putSpace({ name: 'face-128', modelId: null, dimensions: 128, version: 1, sourceSha256: 'a' })
  const faces = new FaceRepo(db)
  const readState = () => [faces.countImages(), spaces.countImages(1), spaces.find('face-128')?.revision]
  const before = readState()
  const found = { width: 8, height: 8, bestScore: 0, faces: [] }
  const rows = [{ imageId: 1, pixelSha256: 'b', faces: found, vector: null }]
  const put = (also: () => void) => faces.put(rows, { detector: 'tiny', version: 1 }, also)
  const killed = (): void => {
    spaces.put(1, rows)
    throw new Error('killed')
  }
  expect(() => put(killed)).toThrow('killed')
  expect(readState()).toEqual(before)
  put(() => spaces.put(1, rows))
  // A process killed right after this must not leave neighbours that count as up to date.
  expect(readState()).toEqual([1, 1, Number(before[2]) + 1])
})

test('drawings of the sample project are left unchecked, with the reason', async () => {
  const opened = await openProject()
  onTestFinished(() => opened[Symbol.asyncDispose]())
  const { client } = opened
  const folder = join(opened.source, '..', 'sample')
  const { jobId } = await client.project.createSample({ folder, images: 100 })
  await finishWell(client, jobId)
  const { result } = await scan(client)
  const unavailable = expect.stringMatching(/generated drawings/)
  expect(result).toMatchObject({
    checks: [
      { check: 'no-face', unavailable },
      { check: 'small-face', unavailable },
    ],
  })
})

test('a scan for pixels and faces at once reads each picture once, and ends in the tables of two scans', async () => {
  const files: [string, Uint8Array][] = [
    ...(await drawFaces(8)),
    ['person/wall.jpg', await makeJpeg(64, 64)],
    ['person/other.jpg', await makeJpeg(96, 64)],
  ]
  const joint = await openWith(files)
  const apart = await openWith(files)
  // One picture cannot be read.
  for (const { source } of [joint, apart]) writeFileSync(join(source, 'person/other.jpg'), 'no picture')
  const pixels = ['blurry', 'unreadable'] as const
  const both = [...pixels, 'no-face'] as const
  const readTables = ({ project }: { project: string }) =>
    [
      'SELECT image_id, pixel_sha256, version, phash, grey, measures, problem FROM image_measure ORDER BY image_id',
      facesTable,
      'SELECT image_id, pixel_sha256, vector FROM embedding ORDER BY image_id',
      'SELECT check_id, image_id, score, is_flagged, detail FROM check_score ORDER BY check_id, image_id',
    ].map((sql) => readTable(project, sql))

  expect((await scan(joint.client, { checks: [...both] })).result).toMatchObject({
    worked: 10,
    unreadable: 1,
  })
  await scan(apart.client, { checks: ['no-face'] })
  await scan(apart.client, { checks: [...pixels] })
  await scan(apart.client, { checks: ['no-face'] })
  expect(readTables(joint)).toEqual(readTables(apart))
  expect((await scan(joint.client, { checks: [...both] })).result).toMatchObject({ worked: 0, unchanged: 10 })
  expect((await scan(joint.client, { checks: [...both], fresh: true })).result).toMatchObject({ worked: 9 })
})
