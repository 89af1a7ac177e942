import * as z from 'zod'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { checks } from '#shared/domain/checks.ts'
import type { Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder, decodeCount } from '#engine/base/db/row-decoder.ts'

const decodeLabels = createRowDecoder({
  imageId: z.int(),
  race: z.string().nullable(),
  gender: z.string().nullable(),
  ageBin: z.string().nullable(),
  ageYears: z.number().nullable(),
})
export type CurrentLabels = ReturnType<typeof decodeLabels>

const decodeGrouping = createRowDecoder({
  imageId: z.int(),
  dataset: z.string(),
  path: z.string(),
  fileSha256: z.string(),
  pixelSha256: z.string(),
  identity: z.int().nullable(),
  nearGroup: z.int().nullable(),
})
export type ImageGrouping = ReturnType<typeof decodeGrouping>

const decodeIds = createRowDecoder({ ids: z.string() })
const imageIds = z.array(z.int())
const lowInformation = checks['low-information'].code

/** What was judged by: judging again by the same gives the same. */
export interface LabelState {
  /** Grows with every label that is given or changed. */
  readonly labels: number
  /** Which images are removed: how many, and a hash of their ids. */
  readonly removed: string
}

/** @param ids A JSON list; read as text, since it can be long and the engine waits for it. */
const nameIds = (ids = '[]'): string =>
  ids === '[]' ? '0' : `${ids.split(',').length}:${hashBytes(ids).slice(0, 16)}`

/** The labels that images carry now, and what keeps images together; for long reads in a worker. */
export class LabelSourceRepo {
  readonly #labels: Query<CurrentLabels>
  readonly #grouping: Query<ImageGrouping>
  readonly #revision: Query<number>
  readonly #removed: Query<string>
  readonly #empty: Query<string>
  readonly #copies: Query<string>

  constructor(db: Db) {
    this.#labels = db.prepareQuery(
      `SELECT id AS image_id, race, gender, age_bin, age_years FROM image
       WHERE status <> 'removed' ORDER BY id`,
      decodeLabels,
    )
    this.#grouping = db.prepareQuery(
      `SELECT i.id AS image_id, d.name AS dataset, i.path, i.file_sha256, i.pixel_sha256, i.identity_id AS identity,
              s.group_id AS near_group
       FROM image i JOIN dataset d ON d.id = i.dataset_id
       LEFT JOIN check_score s ON s.check_id = :nearDuplicate AND s.image_id = i.id
       ORDER BY i.id`,
      decodeGrouping,
    )
    this.#revision = db.prepareQuery('SELECT coalesce(max(id), 0) AS count FROM label_event', decodeCount)
    // The second condition is that of the index on decided images, which SQLite uses only where it is written out.
    this.#removed = db.prepareQuery(
      `SELECT json_group_array(id) AS ids FROM (
         SELECT id FROM image WHERE status = 'removed' AND status <> 'undecided' ORDER BY id)`,
      (row) => decodeIds(row).ids,
    )
    this.#empty = db.prepareQuery(
      `SELECT json_group_array(image_id) AS ids FROM (
         SELECT image_id FROM check_score
         WHERE check_id = :lowInformation AND is_flagged = 1 AND is_decided = 0 ORDER BY image_id)`,
      (row) => decodeIds(row).ids,
    )
    this.#copies = db.prepareQuery(
      `SELECT json_group_array(json_array(group_id, image_id)) AS ids FROM (
         SELECT group_id, image_id FROM check_score INDEXED BY check_score_by_group
         WHERE check_id = :nearDuplicate AND group_id IS NOT NULL ORDER BY group_id, image_id)`,
      (row) => decodeIds(row).ids,
    )
  }

  readState(): LabelState {
    return {
      labels: this.#revision.get() ?? 0,
      removed: nameIds(this.#removed.get()),
    }
  }

  /** A hash of which images are near copies of which, who neither judge one another nor lie in two folds. */
  readCopies(): string {
    const groups = this.#copies.get({ nearDuplicate: checks['near-duplicate'].code }) ?? '[]'
    return hashBytes(groups).slice(0, 16)
  }

  /** Which images seem to show nothing: how many, and a hash of their ids. */
  readEmptyState(): string {
    return nameIds(this.#empty.get({ lowInformation }))
  }

  /** Images with an open low-information finding: nobody can tell a label from them, whichever it is. */
  readEmpty(): Set<number> {
    return new Set(imageIds.parse(JSON.parse(this.#empty.get({ lowInformation }) ?? '[]')))
  }

  /** By id, of every image that is not removed: what was taken out of the catalogue neither judges nor is judged. */
  readLabels(): Map<number, CurrentLabels> {
    return new Map(this.#labels.all().map((row) => [row.imageId, row]))
  }

  /** Of every image, by its id; near duplicates as the last scan grouped them. */
  readGrouping(): Map<number, ImageGrouping> {
    const rows = this.#grouping.all({ nearDuplicate: checks['near-duplicate'].code })
    return new Map(rows.map((row) => [row.imageId, row]))
  }
}
