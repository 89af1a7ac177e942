import * as z from 'zod'
import { sha256, splitId, type CrossvalId, type SplitId } from '#shared/contract/base.contract.ts'
import type { PartName } from '#shared/contract/split.contract.ts'
import { labelSchemeNames } from '#shared/domain/label-schemes.ts'
import type { Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder } from '#engine/base/db/row-decoder.ts'
import {
  decodeMember,
  memberColumns,
  memberJoins,
  type MemberRow,
} from '#engine/data/members/member-images.ts'

const decodeSplit = createRowDecoder({
  id: splitId,
  name: z.string(),
  hash: sha256,
  labelScheme: z.enum(labelSchemeNames),
})
export type SplitRow = ReturnType<typeof decodeSplit>

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
    this.#selectMembers = db.prepareQuery(
      `SELECT ${memberColumns}
       FROM split_member m
       ${memberJoins}
       WHERE m.split_id = :splitId AND m.part = :part AND m.image_id > :after
       ORDER BY m.image_id
       LIMIT :limit`,
      decodeMember,
    )
    this.#selectFoldMembers = db.prepareQuery(
      `SELECT ${memberColumns}
       FROM crossval_member f
       JOIN crossval c ON c.id = f.crossval_id
       JOIN split_member m ON m.split_id = c.split_id AND m.image_id = f.image_id AND m.part <> 'test'
       ${memberJoins}
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
