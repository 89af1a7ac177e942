import * as z from 'zod'
import { partName, splitPlan, splitSummary } from '#shared/contract/split.contract.ts'
import { checks } from '#shared/domain/checks.ts'
import { labelSchemeNames } from '#shared/domain/label-schemes.ts'
import type { Db, Query } from '#engine/base/db/db.ts'
import { booleanColumn, createRowDecoder, jsonColumn } from '#engine/base/db/row-decoder.ts'

const decodeImage = createRowDecoder({
  imageId: z.int(),
  dataset: z.string(),
  scheme: z.enum(labelSchemeNames),
  path: z.string(),
  fileSha256: z.string(),
  pixelSha256: z.string(),
  identity: z.int().nullable(),
  /** Near copies have the same; null without any. */
  near: z.int().nullable(),
  /** Who is inferred to be in it, where that was asked for; equal for images of one person. */
  person: z.int().nullable(),
  /** Whether a scan has compared it with the others. */
  isCompared: booleanColumn,
  race: z.string().nullable(),
  gender: z.string().nullable(),
  ageBin: z.string().nullable(),
  ageYears: z.number().nullable(),
})
export type SplitSourceImage = ReturnType<typeof decodeImage>
const decodeMember = createRowDecoder({
  dataset: z.string(),
  path: z.string(),
  fileSha256: z.string(),
  groupKey: z.string(),
  part: partName,
  race: z.string().nullable(),
  gender: z.string().nullable(),
  ageBin: z.string().nullable(),
  ageYears: z.number().nullable(),
})
export type StoredMember = ReturnType<typeof decodeMember>
const decodeRules = createRowDecoder({
  seed: z.int(),
  ratios: jsonColumn(splitSummary.shape.ratios),
  labelScheme: z.enum(labelSchemeNames),
  plan: jsonColumn(splitPlan).nullable(),
})
export type StoredRules = ReturnType<typeof decodeRules>

/** What a split is planned from; read in a worker, because it is every image of the catalogue. */
export class SplitSourceRepo {
  readonly #select: Query<SplitSourceImage>
  readonly #selectKept: Query<SplitSourceImage>
  readonly #selectMembers: Query<StoredMember>
  readonly #selectRules: Query<StoredRules>
  readonly #selectTest: Query<{ imageId: number }>

  constructor(db: Db) {
    const columns = `i.id AS image_id, d.name AS dataset, d.label_scheme AS scheme, i.path, i.file_sha256, i.pixel_sha256,
         n.group_id AS near, n.image_id IS NOT NULL AS is_compared, p.person_id AS person`
    const ties = `LEFT JOIN check_score n ON n.check_id = ${checks['near-duplicate'].code} AND n.image_id = i.id
       LEFT JOIN image_person p ON p.image_id = i.id`
    const isWanted = '(:datasets IS NULL OR i.dataset_id IN (SELECT value FROM json_each(:datasets)))'
    this.#select = db.prepareQuery(
      `SELECT ${columns}, i.identity_id AS identity, i.race, i.gender, i.age_bin, i.age_years
       FROM image i JOIN dataset d ON d.id = i.dataset_id ${ties}
       WHERE i.status <> 'removed' AND ${isWanted}`,
      decodeImage,
    )
    this.#selectKept = db.prepareQuery(
      `SELECT ${columns}, m.identity_id AS identity, m.race, m.gender, m.age_bin, m.age_years
       FROM snapshot_member m JOIN image i ON i.id = m.image_id JOIN dataset d ON d.id = i.dataset_id ${ties}
       WHERE m.snapshot_id = :snapshotId AND ${isWanted}`,
      decodeImage,
    )
    this.#selectMembers = db.prepareQuery(
      `SELECT d.name AS dataset, i.path, i.file_sha256, m.group_key, m.part, m.race, m.gender, m.age_bin, m.age_years
       FROM split_member m JOIN image i ON i.id = m.image_id JOIN dataset d ON d.id = i.dataset_id
       WHERE m.split_id = :splitId`,
      decodeMember,
    )
    this.#selectTest = db.prepareQuery(
      "SELECT image_id FROM split_member WHERE split_id = :splitId AND part = 'test'",
      createRowDecoder({ imageId: z.int() }),
    )
    this.#selectRules = db.prepareQuery(
      'SELECT seed, ratios, label_scheme, plan FROM split WHERE id = :splitId',
      decodeRules,
    )
  }

  /** Images of a split's test part. */
  readTest(splitId: number): Set<number> {
    return new Set(this.#selectTest.all({ splitId }).map(({ imageId }) => imageId))
  }

  /** A split as it lies in the catalogue. */
  readStored(splitId: number): { readonly rules: StoredRules; readonly members: StoredMember[] } {
    const rules = this.#selectRules.get({ splitId })
    if (rules === undefined) throw new Error(`There is no split ${splitId}`)
    return { rules, members: this.#selectMembers.all({ splitId }) }
  }

  /**
   * Images that are not removed, now or in a snapshot.
   * @param options.datasets ids, or null for all
   * @param options.snapshotId null for the catalogue as it is now
   */
  readImages(options: {
    readonly datasets: readonly number[] | null
    readonly snapshotId: number | null
  }): SplitSourceImage[] {
    const { snapshotId } = options
    const datasets = options.datasets === null ? null : JSON.stringify(options.datasets)
    return snapshotId === null
      ? this.#select.all({ datasets })
      : this.#selectKept.all({ datasets, snapshotId })
  }
}
