import { readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { checkIds, type CheckId } from '#shared/domain/checks.ts'
import { imageId } from '#shared/contract/base.contract.ts'
import { finishWell } from '#tests/fixtures/jobs.ts'
import { openEngine, type EngineClient } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { importFolder, openProject, writeFiles } from '#tests/fixtures/imports.ts'
import { breakJpeg, drawQuarters, makeJpeg, makePng } from '#tests/fixtures/pictures.ts'
import { listFlagged, listForeignDetails, scanProject } from '#tests/fixtures/scans.ts'
import sharp from 'sharp'

const truthRow = z.object({ file: z.string(), defect: z.string(), detail: z.string() })

async function readPaths(client: EngineClient): Promise<Map<number, string>> {
  const paths = new Map<number, string>()
  for (let cursor: string | null = null; ;) {
    const page: Awaited<ReturnType<typeof client.image.query>> = await client.image.query({
      limit: 500,
      cursor,
    })
    const details = await Promise.all(page.items.map(({ id }) => client.image.get({ imageId: id })))
    for (const { id, path } of details) paths.set(id, path)
    cursor = page.nextCursor
    if (cursor === null) return paths
  }
}

describe('the defects that are planted in the sample', () => {
  test('are found: recall at least 0.95 at precision at least 0.9, kind by kind', async () => {
    using home = makeTemporaryFolder()
    await using engine = openEngine(home.path)
    const { client } = engine
    const { jobId, folder } = await client.project.createSample({ images: 600, seed: 11 })
    await finishWell(client, jobId)
    await scanProject(client)
    const rows = z
      .array(truthRow)
      .parse(parse(await readFile(join(folder, 'sample', 'truth.csv')), { columns: true }))
    const paths = await readPaths(client)
    const withDefect = (...defects: readonly string[]): Set<string> =>
      new Set(rows.filter(({ defect }) => defects.includes(defect)).map(({ file }) => file))
    /** A copy and what it was copied from are found together. */
    const withOriginals = (...defects: readonly string[]): Set<string> =>
      new Set(
        rows.filter(({ defect }) => defects.includes(defect)).flatMap(({ file, detail }) => [file, detail]),
      )
    const kinds: readonly (readonly [string, readonly CheckId[], Set<string>])[] = [
      ['greyscale', ['greyscale'], withDefect('greyscale')],
      ['distorted', ['blurry', 'noisy', 'upscaled'], withDefect('distorted')],
      ['no-subject', ['low-information'], withDefect('no-subject')],
      ['duplicate', ['exact-duplicate'], withOriginals('duplicate', 'duplicate-conflict')],
      ['duplicate-conflict', ['conflicting-labels'], withOriginals('duplicate-conflict')],
    ]
    const figures = []
    for (const [kind, found, planted] of kinds) {
      const flagged = new Set<string>()
      for (const check of found) {
        for (const id of await listFlagged(client, check)) flagged.add(paths.get(id) ?? '')
      }
      const hits = [...flagged].filter((file) => planted.has(file)).length
      figures.push({ kind, recall: hits / planted.size, precision: hits / flagged.size })
    }
    expect(figures.filter(({ recall, precision }) => !(recall >= 0.95 && precision >= 0.9))).toEqual([])
    expect(listForeignDetails(folder)).toEqual([])
  })
})

const grey = (width: number, height: number): Promise<Buffer> =>
  sharp(drawQuarters(width, height), { raw: { width, height, channels: 3 } })
    .greyscale()
    .toColourspace('srgb')
    .png()
    .toBuffer()

/** Labels of UTKFace stand in the file's name. */
const utkface = (age: number, gender: number, at: number): string =>
  `${age}_${gender}_0_${String(20170101000000000n + BigInt(at))}.jpg.chip.jpg`

describe('a scan', () => {
  test('works on new images only, and tells which checks have not seen them', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    writeFiles(source, { 'a.png': await makePng(48, 32, 1), 'b.png': await makePng(48, 32, 80) })
    await importFolder(client, { source, format: 'folder', folderTask: 'identity' })
    expect((await client.check.list()).map(({ state }) => state)).not.toContain('checked')
    expect(await scanProject(client)).toMatchObject({ worked: 2, unchanged: 0, unreadable: 0 })
    expect(await scanProject(client)).toMatchObject({ worked: 0, unchanged: 2 })
    writeFiles(source, { 'c.png': await makePng(48, 32, 160) })
    await importFolder(client, { source, format: 'folder', folderTask: 'identity' })
    const stale = (await client.check.list()).find(({ id }) => id === 'dark')
    expect(stale).toMatchObject({ state: 'stale', images: 2 })
    const { worked } = await scanProject(client, { checks: ['dark'] })
    expect(worked).toBe(1)
    const states = new Map((await client.check.list()).map(({ id, state }) => [id, state]))
    expect([states.get('dark'), states.get('light'), states.get('no-face')]).toEqual([
      'checked',
      'stale',
      'not-checked',
    ])
  })

  test('of all checks runs each of them or says why not', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    writeFiles(source, { 'a.png': await makePng(48, 32, 1), 'b.png': await makePng(48, 32, 80) })
    await importFolder(client, { source, format: 'folder', folderTask: 'identity' })
    const { checks } = await scanProject(client, {})
    expect(checks.map(({ check }) => check)).toEqual(checkIds)
    const standing = new Map((await client.check.list()).map(({ id, state }) => [id, state]))
    expect(
      checks.filter(
        ({ check, unavailable }) => (standing.get(check) === 'checked') !== (unavailable === null),
      ),
    ).toEqual([])
  })

  test('takes a broken, missing or changed file for a finding, and sees it mended', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    const sound = await makeJpeg(64, 64, 3)
    writeFiles(source, {
      'a.jpg': sound,
      'b.jpg': await makeJpeg(64, 64, 90),
      'c.jpg': await makeJpeg(64, 64, 150),
    })
    await importFolder(client, { source, format: 'folder', folderTask: 'identity' })
    await rm(join(source, 'a.jpg'))
    await writeFile(join(source, 'b.jpg'), sound.subarray(0, 300))
    expect(await scanProject(client)).toMatchObject({ worked: 3, unreadable: 2 })
    expect(await listFlagged(client, 'unreadable')).toEqual([1, 2])
    const missing = await client.finding.ofImage({ imageId: imageId.parse(1) })
    expect(missing).toMatchObject({
      measures: null,
      problem: expect.stringContaining('not there'),
      findings: expect.arrayContaining([expect.objectContaining({ check: 'unreadable', isFlagged: true })]),
    })
    expect((await client.finding.ofImage({ imageId: imageId.parse(2) })).problem).toContain('changed')
    await writeFile(join(source, 'a.jpg'), sound)
    expect(await scanProject(client)).toMatchObject({ worked: 1, unreadable: 1 })
    expect(await listFlagged(client, 'unreadable')).toEqual([2])
  })

  test('tells JPEG data that is damaged, of whichever file, with how much of the picture it touches', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    const sound = await makeJpeg(64, 160, 3)
    writeFiles(source, {
      'a.jpg': sound,
      'b.jpg': breakJpeg(sound, 0.3),
      'c.jpg': breakJpeg(await makeJpeg(64, 160, 90), 0.8),
    })
    expect(await importFolder(client, { source, format: 'folder', folderTask: 'identity' })).toMatchObject({
      imported: 3,
      skipped: [],
    })
    await scanProject(client)
    expect(await listFlagged(client, 'damaged')).toEqual([2, 3])
    const shares = [1, 2, 3].map(async (id) => {
      const { findings } = await client.finding.ofImage({ imageId: imageId.parse(id) })
      const detail = findings.find(({ check }) => check === 'damaged')?.detail
      return z.object({ share: z.number() }).nullish().parse(detail)?.share ?? 0
    })
    const [none = 1, early = 0, late = 0] = await Promise.all(shares)
    expect(none).toBe(0)
    expect(late).toBeGreaterThan(0)
    expect(early).toBeGreaterThan(late)
    expect(early).toBeLessThanOrEqual(1)
  })

  test('sees that a measured file has gone or has changed, and that it has come back', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    const first = await makeJpeg(64, 64, 3)
    writeFiles(source, {
      'a.jpg': first,
      'b.jpg': await makeJpeg(64, 64, 90),
      'c.jpg': await makeJpeg(64, 64, 150),
    })
    await importFolder(client, { source, format: 'folder', folderTask: 'identity' })
    await scanProject(client)
    const scored = async (id: number) =>
      (await client.finding.ofImage({ imageId: imageId.parse(id) })).findings.length
    const before = await scored(1)
    await rm(join(source, 'a.jpg'))
    await utimes(join(source, 'b.jpg'), new Date(), new Date(2020, 0, 1))
    await writeFile(join(source, 'c.jpg'), first)
    expect(await scanProject(client)).toMatchObject({ worked: 3, unreadable: 2 })
    expect(await listFlagged(client, 'unreadable')).toEqual([1, 3])
    const { problem, measures } = await client.finding.ofImage({ imageId: imageId.parse(1) })
    expect({ problem, measures }).toEqual({ problem: expect.stringContaining('not there'), measures: null })
    expect((await client.finding.ofImage({ imageId: imageId.parse(3) })).problem).toContain('changed')
    // Another time alone is looked into once.
    expect(await scanProject(client)).toMatchObject({ worked: 0, unreadable: 2 })
    await writeFile(join(source, 'a.jpg'), first)
    expect(await scanProject(client)).toMatchObject({ worked: 1, unreadable: 1 })
    expect(await listFlagged(client, 'unreadable')).toEqual([3])
    expect(await scored(1)).toBe(before)
  })

  test('keeps what was measured while the folder of the images is away, and says so', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    writeFiles(source, { 'a.jpg': await makeJpeg(64, 64, 3), 'b.jpg': await makeJpeg(64, 64, 90) })
    await importFolder(client, { source, format: 'folder', folderTask: 'identity' })
    await scanProject(client)
    const dark = await client.finding.queue({ check: 'dark', state: 'all' })
    await rename(source, `${source}-away`)
    const { unreadable, checks } = await scanProject(client, { checks: ['unreadable', 'dark'], fresh: true })
    expect({ unreadable, checks }).toMatchObject({
      unreadable: 0,
      checks: [
        { check: 'unreadable', unavailable: expect.stringContaining('Connect it') },
        { check: 'dark', unavailable: null, images: 2 },
      ],
    })
    expect(await client.finding.queue({ check: 'dark', state: 'all' })).toEqual(dark)
    await rename(`${source}-away`, source)
    expect(await scanProject(client)).toMatchObject({ worked: 2, unreadable: 0 })
    const stands = (await client.check.list()).find(({ id }) => id === 'unreadable')
    expect(stands).toMatchObject({ state: 'checked', reason: null })
  })

  test('groups copies, names their conflicting labels and suggests which to keep', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    const picture = await makeJpeg(96, 96, 5)
    writeFiles(source, {
      [utkface(30, 0, 1)]: picture,
      [utkface(30, 0, 2)]: picture,
      [utkface(30, 1, 3)]: picture,
      [utkface(40, 1, 4)]: await grey(90, 60),
    })
    await importFolder(client, { source, format: 'utkface' })
    await scanProject(client)
    expect(await listFlagged(client, 'exact-duplicate')).toEqual([1, 2, 3])
    const { items } = await client.finding.queue({ check: 'conflicting-labels' })
    expect(items.map(({ tile, groupId, detail }) => ({ id: tile.id, groupId, detail }))).toEqual(
      [1, 2, 3].map((id) => ({ id, groupId: 1, detail: { copies: 3, gender: ['Female', 'Male'] } })),
    )
    const group = await client.finding.group({ check: 'exact-duplicate', groupId: imageId.parse(1) })
    expect(group.members.map(({ tile }) => tile.id)).toEqual([1, 2, 3])
    expect(group).toMatchObject({
      suggestedKeep: null,
      conflict: { gender: ['Female', 'Male'] },
      clearest: null,
    })
    await expect(
      client.finding.group({ check: 'exact-duplicate', groupId: imageId.parse(4) }),
    ).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  test('shows near duplicates beside each other', async () => {
    await using opened = await openProject()
    const { client, source } = opened
    const picture = await sharp(drawQuarters(96, 96, 5), { raw: { width: 96, height: 96, channels: 3 } })
      .blur(1.5)
      .png()
      .toBuffer()
    writeFiles(source, {
      'a.png': picture,
      'b.jpg': await sharp(picture).resize(80).modulate({ brightness: 1.1 }).jpeg({ quality: 60 }).toBuffer(),
      'c.png': await grey(70, 90),
    })
    await importFolder(client, { source, format: 'folder', folderTask: 'identity' })
    await scanProject(client)
    expect(await listFlagged(client, 'near-duplicate')).toEqual([1, 2])
    expect(await listFlagged(client, 'exact-duplicate')).toEqual([])
    const readStates = async () =>
      (await client.check.list())
        .filter(({ id }) => id === 'near-duplicate' || id === 'conflicting-labels')
        .map(({ state, cut, flagged }) => [state, cut, flagged])
    // The picture is the same to a thousandth or so: below any limit that a person would choose but this one.
    expect(await client.check.setCut({ check: 'near-duplicate', cut: 0.0001 })).toMatchObject({
      state: 'stale',
    })
    await scanProject(client, { checks: ['near-duplicate', 'conflicting-labels'] })
    expect(await readStates()).toEqual([
      ['checked', 0.0001, 0],
      ['checked', null, 0],
    ])
    await client.check.setCut({ check: 'near-duplicate', cut: null })
    await scanProject(client, { checks: ['near-duplicate'] })
    expect(await listFlagged(client, 'near-duplicate')).toEqual([1, 2])
    expect(await readStates()).toEqual([
      ['checked', 0.2, 2],
      ['stale', null, 0],
    ])
  })

  test.each(['near-duplicate', 'conflicting-labels'] as const)(
    'measures first what %s reads, where it is asked for alone',
    async (check) => {
      await using opened = await openProject()
      const { client, source } = opened
      const picture = await sharp(drawQuarters(96, 96, 5), { raw: { width: 96, height: 96, channels: 3 } })
        .blur(1.5)
        .png()
        .toBuffer()
      writeFiles(source, {
        [utkface(30, 0, 1)]: await sharp(picture).jpeg({ quality: 90 }).toBuffer(),
        [utkface(30, 1, 2)]: await sharp(picture).resize(80).jpeg({ quality: 60 }).toBuffer(),
      })
      await importFolder(client, { source, format: 'utkface' })
      const { worked, checks: results } = await scanProject(client, { checks: [check] })
      expect({ worked, results }).toEqual({
        worked: 2,
        results: [{ check, images: 2, flagged: 2, unavailable: null }],
      })
    },
  )
})

describe('a cut', () => {
  let opened: Awaited<ReturnType<typeof openProject>>
  let client: EngineClient

  beforeAll(async () => {
    opened = await openProject()
    client = opened.client
    const { source } = opened
    const pictures = await Promise.all(
      Array.from({ length: 30 }, (_, at) =>
        sharp(drawQuarters(40, 40, at), { raw: { width: 40, height: 40, channels: 3 } })
          .linear((at + 1) / 30, 0)
          .png()
          .toBuffer(),
      ),
    )
    writeFiles(
      source,
      Object.fromEntries(pictures.map((bytes, at) => [`${String(at).padStart(2, '0')}.png`, bytes])),
    )
    await importFolder(client, { source, format: 'folder', folderTask: 'identity' })
    await scanProject(client, { checks: ['dark', 'exact-duplicate'] })
  })
  afterAll(() => opened[Symbol.asyncDispose]())

  test('is previewed by group with examples on both sides, and nothing changes', async () => {
    const before = await listFlagged(client, 'dark')
    const { counts, edges, n, cut } = await client.check.histogram({ check: 'dark', bins: 10 })
    expect({ n, edges: edges.length, sum: counts.reduce((sum, count) => sum + count, 0), cut }).toEqual({
      n: 30,
      edges: 11,
      sum: 30,
      cut: 0.32,
    })
    const preview = await client.check.preview({ check: 'dark', cut: 0.5, examples: 3 })
    expect(preview.flagged).toBeGreaterThan(before.length)
    expect(preview.race).toEqual([{ group: null, rate: expect.objectContaining({ n: 30 }) }])
    expect(preview.below.map(({ score }) => score)).toEqual(
      preview.below.map(({ score }) => score).toSorted((a, b) => b - a),
    )
    expect(Math.max(...preview.below.map(({ score }) => score))).toBeLessThan(0.5)
    expect(Math.min(...preview.above.map(({ score }) => score))).toBeGreaterThanOrEqual(0.5)
    expect(await listFlagged(client, 'dark')).toEqual(before)
  })

  test('flags anew at once and is kept by later scans until it is taken back', async () => {
    const before = await listFlagged(client, 'dark')
    const { flagged } = await client.check.preview({ check: 'dark', cut: 0.6 })
    expect(await client.check.setCut({ check: 'dark', cut: 0.6 })).toMatchObject({
      cut: 0.6,
      defaultCut: 0.32,
      flagged,
    })
    expect(await listFlagged(client, 'dark')).toHaveLength(flagged)
    await scanProject(client, { checks: ['dark'], fresh: true })
    expect(await listFlagged(client, 'dark')).toHaveLength(flagged)
    await client.check.setCut({ check: 'dark', cut: null })
    expect(await listFlagged(client, 'dark')).toEqual(before)
  })

  test('is refused where a check goes by a rule of its own', async () => {
    await expect(client.check.setCut({ check: 'exact-duplicate', cut: 0.5 })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
  })

  test('orders its queue by score, page by page without a gap, and refuses the cursor of another', async () => {
    const whole = await client.finding.queue({ check: 'dark', state: 'all', limit: 500 })
    const paged: typeof whole.items = []
    let cursor: string | null = null
    do {
      const page: typeof whole = await client.finding.queue({ check: 'dark', state: 'all', limit: 7, cursor })
      paged.push(...page.items)
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(paged).toEqual(whole.items)
    expect(paged.map(({ score }) => score)).toEqual(paged.map(({ score }) => score).toSorted((a, b) => a - b))
    const { nextCursor } = await client.finding.queue({ check: 'dark', state: 'all', limit: 2 })
    await expect(
      client.finding.queue({ check: 'exact-duplicate', cursor: nextCursor }),
    ).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
  })
})
