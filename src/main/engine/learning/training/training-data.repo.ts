import * as z from 'zod'
import { imageId, sha256, splitId, type CrossvalId, type SplitId } from '#shared/contract/base.contract.ts'
import type { PartName } from '#shared/contract/split.contract.ts'
import { labelSchemeNames } from '#shared/domain/label-schemes.ts'
import type { Db, Query } from '#engine/base/db/db.ts'
import { booleanColumn, createRowDecoder } from '#engine/base/db/row-decoder.ts'

const decodeSplit = createRowDecoder({
  id: splitId,
  name: z.string(),
  hash: sha256,
  labelScheme: z.enum(labelSchemeNames),
})
export type SplitRow = ReturnType<typeof decodeSplit>

const decodeMember = createRowDecoder({
  imageId,
  groupKey: z.string(),
  race: z.string().nullable(),
  gender: z.string().nullable(),
  ageBin: z.string().nullable(),
  ageYears: z.number().nullable(),
  scheme: z.enum(labelSchemeNames),
  path: z.string(),
  fileSha256: sha256,
  pixelSha256: sha256,
  rootPath: z.string(),
  isInsideProject: booleanColumn,
})
export type MemberRow = ReturnType<typeof decodeMember>

interface FoldPage {
  readonly crossvalId: CrossvalId
  readonly fold: number
  readonly isHeldOut: boolean
  readonly after: number
  readonly limit: number
}

/** The images of a split with the labels they had when it was made. */
export class TrainingDataRepo {
  readonly #selectSplit: Query<SplitRow>
  readonly #selectMembers: Query<MemberRow>
  readonly #selectFoldMembers: Query<MemberRow>

  constructor(db: Db) {
    this.#selectSplit = db.prepareQuery(
      'SELECT id, name, hash, label_scheme FROM split WHERE id = :splitId',
      decodeSplit,
    )
    const columns = `m.image_id, m.group_key, m.race, m.gender, m.age_bin, m.age_years, s.label_scheme AS scheme,
              i.path, i.file_sha256, i.pixel_sha256, r.path AS root_path, r.is_inside_project`
    const joined = `JOIN split s ON s.id = m.split_id
       JOIN image i ON i.id = m.image_id
       JOIN dataset d ON d.id = i.dataset_id
       JOIN root r ON r.id = d.root_id`
    this.#selectMembers = db.prepareQuery(
      `SELECT ${columns}
       FROM split_member m
       ${joined}
       WHERE m.split_id = :splitId AND m.part = :part AND m.image_id > :after
       ORDER BY m.image_id
       LIMIT :limit`,
      decodeMember,
    )
    this.#selectFoldMembers = db.prepareQuery(
      `SELECT ${columns}
       FROM crossval_member f
       JOIN crossval c ON c.id = f.crossval_id
       JOIN split_member m ON m.split_id = c.split_id AND m.image_id = f.image_id AND m.part <> 'test'
       ${joined}
       WHERE f.crossval_id = :crossvalId AND (f.fold = :fold) = :isHeldOut AND f.image_id > :after
       ORDER BY f.image_id
       LIMIT :limit`,
      decodeMember,
    )
  }

  findSplit(id: SplitId): SplitRow | undefined {
    return this.#selectSplit.get({ splitId: id })
  }

  /** A page in the order of image ids. */
  members(page: { splitId: SplitId; part: PartName; after: number; limit: number }): MemberRow[] {
    return this.#selectMembers.all(page)
  }

  /** A page of the images that a fold holds, or of all the others. */
  foldMembers({ isHeldOut, ...page }: FoldPage): MemberRow[] {
    return this.#selectFoldMembers.all({ ...page, isHeldOut: isHeldOut ? 1 : 0 })
  }
}
