/** A project whose catalogue holds made-up images with findings, for measurements at sizes that nobody has on disk. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import sharp from 'sharp'
import { ageBinLabels, binOfYears, labelSchemes } from '#shared/domain/label-schemes.ts'
import { checkIds, checks } from '#shared/domain/checks.ts'
import { locateSeal } from '#engine/base/db/catalogue-seal.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import { thumbnailPath, writeThumbnail } from '#engine/base/media/thumbnail-store.ts'

export interface SyntheticOptions {
  /** An empty project, closed. */
  readonly project: string
  readonly images: number
  /** Different pictures; each stands for many images. */
  readonly pictures: number
  /** How many checks have scored every image. */
  readonly checks: number
}

const at = '2026-01-01T00:00:00.000Z'

async function drawThumbnails(project: string, pictures: number): Promise<string[]> {
  const hashes: string[] = []
  for (let picture = 0; picture < pictures; picture++) {
    const hash = hashBytes(`picture ${picture}`)
    const within = join(project, 'thumbs')
    const hue = (picture * 47) % 360
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200"><rect width="200" height="200" fill="hsl(${hue} 40% 60%)"/><circle cx="100" cy="90" r="${30 + (picture % 50)}" fill="hsl(${(hue + 180) % 360} 60% 40%)"/><text x="20" y="180" font-size="36">${picture}</text></svg>`
    const bytes = await sharp(Buffer.from(svg)).webp().toBuffer()
    await writeThumbnail({ path: thumbnailPath(within, hash), within }, bytes, hash)
    hashes.push(hash)
  }
  return hashes
}

/** Fills the catalogue: three data sets, FairFace's labels, a fifth with an identity, a split, and scores of the checks. */
export async function fillSyntheticCatalogue(options: SyntheticOptions): Promise<void> {
  const { project, images } = options
  const pictures = await drawThumbnails(project, options.pictures)
  const connection = new BetterSqlite3(join(project, 'catalogue.sqlite'))
  connection.pragma('journal_mode = WAL')
  connection.pragma('synchronous = OFF')
  try {
    connection.transaction(() => {
      insertImages(connection, images, pictures)
      insertSplit(connection)
      insertScores(connection, images, options.checks)
    })()
  } finally {
    connection.close()
  }
  // What the engine wrote last is no longer what is there.
  rmSync(locateSeal(join(project, 'catalogue.sqlite')), { force: true })
}

function insertImages(connection: BetterSqlite3.Database, images: number, pictures: readonly string[]): void {
  const random = createRandom(1, ['synthetic'])
  const pick = <Item>(items: readonly Item[]): Item | null => items[random.int(0, items.length)] ?? null
  for (const id of [1, 2, 3]) {
    connection.exec(`
      INSERT INTO root (id, name, path, is_inside_project) VALUES (${id}, 'set ${id}', '/nowhere/${id}', 0);
      INSERT INTO dataset (id, name, format, root_id, label_scheme, created_at)
      VALUES (${id}, 'Set ${id}', 'fairface', ${id}, 'fairface7', '${at}')`)
  }
  const insertIdentity = connection.prepare('INSERT INTO identity (id, dataset_id, name) VALUES (?, ?, ?)')
  const identities = Math.ceil(images / 20)
  for (let id = 1; id <= identities; id++) insertIdentity.run(id, 1 + (id % 3), `person ${id}`)
  const insert = connection.prepare(
    `INSERT INTO image (dataset_id, path, bytes, mtime_ms, file_sha256, pixel_sha256, width, height, format,
       exif_orientation, identity_id, race, gender, age_years, age_bin, imported_at, status)
     VALUES (?, ?, ?, 0, ?, ?, 200, 200, 'jpeg', 1, ?, ?, ?, ?, ?, ?, ?)`,
  )
  for (let index = 0; index < images; index++) {
    const ageYears = random.float() < 0.5 ? random.int(0, 100) : null
    insert.run(
      1 + (index % 3),
      `part${index % 7}/face_${index}.jpg`,
      random.int(2000, 60_000),
      hashBytes(`file ${index}`),
      pictures[index % pictures.length],
      random.float() < 0.2 ? random.int(1, identities) : null,
      pick(labelSchemes.fairface7.race),
      pick(labelSchemes.fairface7.gender),
      ageYears,
      ageYears === null ? pick(ageBinLabels) : binOfYears(ageYears),
      at,
      random.float() < 0.04 ? 'removed' : random.float() < 0.2 ? 'kept' : 'undecided',
    )
  }
}

function insertSplit(connection: BetterSqlite3.Database): void {
  connection.exec(`
    INSERT INTO split (id, name, hash, seed, ratios, label_scheme, summary, created_at)
    VALUES (1, 'Split 1', '', 1, '{}', 'fairface7', '{}', '${at}');
    INSERT INTO split_member (split_id, image_id, group_key, part)
    SELECT 1, id, '', CASE WHEN id % 10 = 0 THEN 'test' WHEN id % 10 = 1 THEN 'val' ELSE 'train' END
    FROM image WHERE id % 50 <> 0`)
}

function insertScores(connection: BetterSqlite3.Database, images: number, count: number): void {
  const random = createRandom(2, ['scores'])
  const insert = connection.prepare(
    'INSERT INTO check_score (check_id, image_id, score, is_flagged) VALUES (?, ?, ?, ?)',
  )
  const insertRun = connection.prepare(
    `INSERT INTO check_run (check_id, version, params, images, newest_image_id, revision, finished_at)
     VALUES (?, 1, '{}', ?, ?, 1, ?)`,
  )
  for (const [place, check] of checkIds.slice(0, count).entries()) {
    const { code } = checks[check]
    // From one in a thousand to one in seven.
    const share = 0.001 * 1.23 ** place
    for (let id = 1; id <= images; id++) {
      const score = random.float()
      insert.run(code, id, score, score < share ? 1 : 0)
    }
    insertRun.run(code, images, images, at)
  }
}
