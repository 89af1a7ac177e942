import * as z from 'zod'
import { labelSchemeNames } from '#shared/domain/label-schemes.ts'
import { splitPlan, splitSummary } from '#shared/contract/split.contract.ts'
import type { Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder, jsonColumn } from '#engine/base/db/row-decoder.ts'
import { contentOrder, type ContentPage } from '#engine/data/members/in-content-order.ts'

const decodeSealed = createRowDecoder({
  id: z.int(),
  name: z.string(),
  hash: z.string(),
  seed: z.int(),
  ratios: jsonColumn(splitSummary.shape.ratios),
  labelScheme: z.enum(labelSchemeNames),
  plan: jsonColumn(splitPlan).nullable(),
  summary: jsonColumn(splitSummary.pick({ parts: true, totalVariation: true })),
})
export type SealedSplit = ReturnType<typeof decodeSealed>

const decodeMember = createRowDecoder({
  imageId: z.int(),
  fileSha256: z.string(),
  dataset: z.string(),
  path: z.string(),
  groupKey: z.string(),
  part: z.string(),
  race: z.string().nullable(),
  gender: z.string().nullable(),
  ageBin: z.string().nullable(),
  ageYears: z.number().nullable(),
})
export type SealedSplitMember = ReturnType<typeof decodeMember>

/** What a split's hash was made of, as it is stored now. */
export class SplitSealRepo {
  readonly #find: Query<SealedSplit>
  readonly #list: Query<SealedSplit>
  readonly #members: Query<SealedSplitMember>

  constructor(db: Db) {
    const columns = 'id, name, hash, seed, ratios, label_scheme, plan, summary'
    this.#find = db.prepareQuery(
      `SELECT ${columns} FROM split WHERE id = :splitId AND is_complete = 1`,
      decodeSealed,
    )
    this.#list = db.prepareQuery(
      `SELECT ${columns} FROM split WHERE is_complete = 1 ORDER BY id`,
      decodeSealed,
    )
    this.#members = db.prepareQuery(
      `SELECT ${contentOrder.columns}, m.group_key, m.part, m.race, m.gender, m.age_bin, m.age_years
       ${contentOrder.from('split_member', 'm.split_id = :splitId')}
       WHERE ${contentOrder.where} ${contentOrder.orderBy}`,
      decodeMember,
    )
  }

  find(splitId: number): SealedSplit | undefined {
    return this.#find.get({ splitId })
  }

  list(): SealedSplit[] {
    return this.#list.all()
  }

  members(splitId: number, page: ContentPage): SealedSplitMember[] {
    return this.#members.all({ splitId, ...page })
  }
}
