import { cpSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type BetterSqlite3 from 'better-sqlite3'
import { expect, test } from 'vitest'
import { checkIds, checks, type CheckSpec } from '#shared/domain/checks.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import { changeCatalogue } from '#tests/fixtures/change-catalogue.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { facesFolder, hasFaces } from '#tests/fixtures/faces.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { importFolder, writeFiles } from '#tests/fixtures/imports.ts'
import { makeJpeg } from '#tests/fixtures/pictures.ts'
import { killScans, scanKills } from '#tests/fixtures/scan-kills.ts'
import { pictureChecks } from '#tests/fixtures/scans.ts'

const timeoutMs = 300_000 + scanKills * 60_000

const listChecks = (...sources: readonly CheckSpec['source'][]) =>
  checkIds.filter((id) => sources.includes(checks[id].source))

async function writePictures(folder: string, images: number): Promise<void> {
  const pictures = await Promise.all(
    // Every tenth is a copy of the one before.
    Array.from({ length: images }, (_, at) => makeJpeg(64 + (at % 5), 64, at % 10 === 9 ? at - 1 : at)),
  )
  writeFiles(
    folder,
    Object.fromEntries(pictures.map((bytes, at) => [`${String(at).padStart(3, '0')}.jpg`, bytes])),
  )
}

test(
  'a scan of pixels killed at random moments and resumed ends in the tables of an undisturbed one',
  async () => {
    using folder = makeTemporaryFolder()
    const home = join(folder.path, 'home')
    const project = join(folder.path, 'project')
    const source = join(folder.path, 'pictures')
    const images = 160
    await writePictures(source, images)
    await using opened = openEngine(home)
    const { client } = opened
    await client.project.create({ folder: project })
    await importFolder(client, { source, format: 'folder', folderTask: 'identity' })
    await client.project.close()
    const request = { checks: pictureChecks }
    const { calm, killed, again } = await killScans({ client, home, project, request, seed: 1 })
    expect(killed).toEqual(calm)
    expect(calm.imageMeasure).toHaveLength(images)
    expect(again).toMatchObject({ worked: 0, unchanged: images, unreadable: 0 })
  },
  timeoutMs,
)

const dimensions = 16

/** Rows without files: labels, and vectors in which like labels lie together but for one label in twenty. */
function writeVectors(project: string, images: number): void {
  changeCatalogue(join(project, 'catalogue.sqlite'), (connection) => insertVectors(connection, images))
}

function insertVectors(connection: BetterSqlite3.Database, images: number): void {
  const at = '2026-01-01T00:00:00.000Z'
  connection.exec(`
    INSERT INTO root (id, name, path, is_inside_project) VALUES (1, 'a', '/nowhere', 0);
    INSERT INTO dataset (id, name, format, root_id, label_scheme, created_at)
      VALUES (1, 'made-up', 'utkface', 1, 'utkface5', '${at}');
    INSERT INTO embedding_space (id, name, dimensions, version, source_sha256)
      VALUES (1, 'made-up', ${dimensions}, 1, '${'a'.repeat(64)}');
  `)
  const image = connection.prepare(
    `INSERT INTO image (dataset_id, path, bytes, mtime_ms, file_sha256, pixel_sha256, width, height, format,
       exif_orientation, race, gender, age_years, age_bin, imported_at)
     VALUES (1, :path, 1, 0, :hash, :hash, 8, 8, 'png', 1, :race, :gender, :ageYears, :ageBin, '${at}')`,
  )
  const embedding = connection.prepare(
    'INSERT INTO embedding (space_id, image_id, pixel_sha256, vector) VALUES (1, :imageId, :hash, :vector)',
  )
  const random = createRandom(3, ['vectors'])
  connection.transaction(() => {
    for (let index = 0; index < images; index++) {
      const isWrong = random.int(0, 19) === 0
      const [race, gender, isOld] = [random.int(0, 2), random.int(0, 1), random.int(0, 1)]
      const vector = Float32Array.from({ length: dimensions }, () => random.normal())
      for (const place of [race, 3 + gender, 5 + isOld]) vector[place] = (vector[place] ?? 0) + 5
      const hash = hashBytes(`image ${index}`)
      const labels = {
        race: ['White', 'Black', 'Asian'][(race + (isWrong ? 1 : 0)) % 3],
        gender: ['Male', 'Female'][gender],
        ageYears: isOld === 1 ? 65 : 25,
        ageBin: isOld === 1 ? '60-69' : '20-29',
      }
      const imageId = image.run({ path: `${index}.png`, hash, ...labels }).lastInsertRowid
      embedding.run({ imageId, hash, vector: new Uint8Array(vector.buffer) })
    }
  })()
}

test(
  'a scan of labels, neighbours and outliers killed at random moments and resumed ends in the tables of an undisturbed one',
  async () => {
    using folder = makeTemporaryFolder()
    const home = join(folder.path, 'home')
    const project = join(folder.path, 'project')
    // More than one transaction of scores for each check.
    const images = 1600
    await using opened = openEngine(home)
    const { client } = opened
    await client.project.create({ folder: project })
    await client.project.close()
    writeVectors(project, images)
    const request = { checks: listChecks('embeddings', 'labels') }
    const { calm, killed, again } = await killScans({ client, home, project, request, seed: 2 })
    expect(killed).toEqual(calm)
    // Checks of labels pass over pictures without content, which is scored for them.
    expect(calm.checkScore).toHaveLength(images * (request.checks.length + 1))
    expect(again.worked).toBe(0)
  },
  timeoutMs,
)

/** Of White and of Black as labelled the same number, so that label checks have what they need. */
function copyFaces(folder: string, count: number): void {
  const utkface = join(facesFolder, 'utkface')
  mkdirSync(folder)
  for (const race of [0, 1]) {
    const files = readdirSync(utkface)
      .filter((name) => /^\d+_\d_\d_.*\.jpg$/.test(name) && name.split('_')[2] === String(race))
      .toSorted()
    const step = Math.floor(files.length / (count / 2))
    for (let at = 0; at < count / 2; at++) {
      const name = files[at * step] ?? ''
      cpSync(join(utkface, name), join(folder, name))
    }
  }
}

test.skipIf(!hasFaces)(
  'a scan of faces and what follows from them killed at random moments and resumed ends in the tables of an undisturbed one',
  async () => {
    using folder = makeTemporaryFolder()
    const home = join(folder.path, 'home')
    const project = join(folder.path, 'project')
    const source = join(folder.path, 'faces')
    const images = 32
    copyFaces(source, images)
    await using opened = openEngine(home)
    const { client } = opened
    await client.project.create({ folder: project })
    await importFolder(client, { source, format: 'utkface' })
    await client.project.close()
    const request = { checks: listChecks('faces', 'embeddings', 'labels') }
    const { calm, killed, again } = await killScans({ client, home, project, request, seed: 3 })
    expect(killed).toEqual(calm)
    expect(calm.imageFaces).toHaveLength(images)
    expect(calm.embedding).toHaveLength(images)
    expect(again.worked).toBe(0)
  },
  timeoutMs,
)
