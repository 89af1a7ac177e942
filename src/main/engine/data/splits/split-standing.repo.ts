import * as z from 'zod'
import { splitId, type SplitId } from '#shared/contract/base.contract.ts'
import { splitRequest } from '#shared/contract/split.contract.ts'
import { labelSchemeNames } from '#shared/domain/label-schemes.ts'
import type { Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder, decodeCount, jsonColumn } from '#engine/base/db/row-decoder.ts'

const decodeSplit = createRowDecoder({
  id: splitId,
  labelScheme: z.enum(labelSchemeNames),
  /** What it was asked for; null for one that no job of this project has made. */
  input: jsonColumn(splitRequest).nullable(),
})
const decodeChanged = createRowDecoder({
  status: z.string(),
  scheme: z.enum(labelSchemeNames),
  raceThen: z.string().nullable(),
  raceNow: z.string().nullable(),
  genderThen: z.string().nullable(),
  genderNow: z.string().nullable(),
  ageBinThen: z.string().nullable(),
  ageBinNow: z.string().nullable(),
  ageYearsThen: z.number().nullable(),
  ageYearsNow: z.number().nullable(),
})
export type ChangedMember = ReturnType<typeof decodeChanged>

/** Splits beside the catalogue as it is now; read in a worker, because it is every image of every split. */
export class SplitStandingRepo {
  readonly #splits: Query<ReturnType<typeof decodeSplit>>
  readonly #changed: Query<ChangedMember>
  readonly #restored: Query<number>

  constructor(db: Db) {
    this.#splits = db.prepareQuery(
      `SELECT s.id, s.label_scheme, j.input
       FROM split s LEFT JOIN job j ON j.id = s.job_id AND j.kind = 'split'
       WHERE s.is_complete = 1 AND (:splitId IS NULL OR s.id = :splitId)
       ORDER BY s.id`,
      decodeSplit,
    )
    this.#changed = db.prepareQuery(
      `SELECT i.status, d.label_scheme AS scheme, m.race AS race_then, i.race AS race_now,
              m.gender AS gender_then, i.gender AS gender_now, m.age_bin AS age_bin_then, i.age_bin AS age_bin_now,
              m.age_years AS age_years_then, i.age_years AS age_years_now
       FROM split_member m JOIN image i ON i.id = m.image_id JOIN dataset d ON d.id = i.dataset_id
       WHERE m.split_id = :splitId
         AND (i.status = 'removed' OR i.race IS NOT m.race OR i.gender IS NOT m.gender
              OR i.age_bin IS NOT m.age_bin OR i.age_years IS NOT m.age_years)`,
      decodeChanged,
    )
    this.#restored = db.prepareQuery(
      `SELECT count(*) AS count
       FROM image i
       WHERE i.id IN (SELECT image_id FROM decision WHERE field = 'status' AND old_value = 'removed')
         AND i.status <> 'removed'
         AND (:datasets IS NULL OR i.dataset_id IN (SELECT value FROM json_each(:datasets)))
         AND NOT EXISTS (SELECT 1 FROM split_member m WHERE m.split_id = :splitId AND m.image_id = i.id)`,
      decodeCount,
    )
  }

  /** @param id null for all */
  splits(id: SplitId | null): ReturnType<typeof decodeSplit>[] {
    return this.#splits.all({ splitId: id })
  }

  /** Members that are removed now, or whose labels are written otherwise. */
  changed(id: SplitId): IterableIterator<ChangedMember> {
    return this.#changed.iterate({ splitId: id })
  }

  /** Images of these data sets that were taken back from removal and stand in no part. @param datasets null for all */
  countRestored(id: SplitId, datasets: readonly number[] | null): number {
    return (
      this.#restored.get({
        splitId: id,
        datasets: datasets === null ? null : JSON.stringify(datasets),
      }) ?? 0
    )
  }
}
