import * as z from 'zod'
import { timestamp } from '#shared/contract/base.contract.ts'
import { checkOfCode, checks, type CheckId } from '#shared/domain/checks.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { HeldRows } from '#engine/base/db/held-rows.ts'
import { createRowDecoder, decodeCount, jsonColumn } from '#engine/base/db/row-decoder.ts'
import type { CheckRunFacts, CheckScore } from './scan-step.ts'

const decodeRun = createRowDecoder({
  checkId: z.int(),
  version: z.int(),
  params: jsonColumn(z.record(z.string(), z.unknown())),
  images: z.int(),
  newestImageId: z.int(),
  unavailable: z.string().nullable(),
  finishedAt: timestamp.nullable(),
})
export type CheckRunRow = ReturnType<typeof decodeRun>

const decodeGroup = createRowDecoder({ checkId: z.int(), groupId: z.int(), first: z.int(), size: z.int() })
const decodeSetting = createRowDecoder({ checkId: z.int(), cut: z.number() })

/** Places of a check's order of images; both ends are included. */
interface ImageRange {
  readonly from: number
  readonly to: number
}

/** What was found of a removed image stays with it, since that is why it was removed. */
const isPresent =
  "NOT EXISTS (SELECT 1 FROM image WHERE image.id = check_score.image_id AND image.status = 'removed')"

/** Scores of checks, how each check was run, and the cuts that the user chose. */
export class CheckScoreRepo {
  readonly held: HeldRows
  readonly #db: Db
  readonly #put: Command
  readonly #deleteImage: Command
  readonly #deleteRange: Command
  readonly #clear: Command
  readonly #clearPresent: Command
  readonly #findRun: Query<CheckRunRow>
  readonly #putRun: Command
  readonly #finishRun: Command
  readonly #setUnavailable: Command
  readonly #settings: Query<{ checkId: number; cut: number }>
  readonly #putSetting: Command
  readonly #deleteSetting: Command
  readonly #reflag: Command
  readonly #raiseRevision: Command
  readonly #newestImage: Query<number>
  readonly #countScores: Query<number>
  readonly #countFlagged: Query<number>
  readonly #brokenGroups: Query<ReturnType<typeof decodeGroup>>
  readonly #renameGroup: Command
  readonly #deleteGroup: Command
  readonly #outdate: Command
  readonly #followHistory: Command

  constructor(db: Db) {
    this.held = new HeldRows(db, [
      { table: 'check_score', within: 'check_id IN (SELECT check_id FROM check_run)' },
    ])
    this.#db = db
    this.#put = db.prepareCommand(
      `INSERT INTO check_score (check_id, image_id, score, is_flagged, group_id, detail)
       VALUES (:code, :imageId, :score, :isFlagged, :groupId, :detail)
       ON CONFLICT (check_id, image_id) DO UPDATE
       SET score = excluded.score, is_flagged = excluded.is_flagged, group_id = excluded.group_id,
         detail = excluded.detail
       WHERE score <> excluded.score OR is_flagged <> excluded.is_flagged OR group_id IS NOT excluded.group_id
         OR detail IS NOT excluded.detail`,
    )
    this.#deleteImage = db.prepareCommand(
      'DELETE FROM check_score WHERE check_id = :code AND image_id = :imageId',
    )
    this.#deleteRange = db.prepareCommand(
      `DELETE FROM check_score
       WHERE check_id = :code AND image_id BETWEEN :from AND :to
         AND image_id NOT IN (SELECT value FROM json_each(:kept)) AND ${isPresent}`,
    )
    this.#clear = db.prepareCommand(
      `DELETE FROM check_score WHERE check_id = :code AND image_id IN (
         SELECT image_id FROM check_score WHERE check_id = :code ORDER BY image_id LIMIT :limit)`,
    )
    this.#clearPresent = db.prepareCommand(
      `DELETE FROM check_score WHERE check_id = :code AND image_id IN (
         SELECT image_id FROM check_score WHERE check_id = :code AND image_id >= :from AND ${isPresent}
         ORDER BY image_id LIMIT :limit)`,
    )
    this.#findRun = db.prepareQuery('SELECT * FROM check_run WHERE check_id = :code', decodeRun)
    this.#putRun = db.prepareCommand(
      `INSERT INTO check_run (check_id, version, params, images, newest_image_id)
       VALUES (:code, :version, :params, 0, 0)
       ON CONFLICT (check_id) DO UPDATE
       SET version = excluded.version, params = excluded.params, images = 0, newest_image_id = 0,
         finished_at = NULL, revision = revision + 1`,
    )
    this.#finishRun = db.prepareCommand(
      `UPDATE check_run
       SET images = :images, newest_image_id = (SELECT coalesce(max(id), 0) FROM image),
         newest_decision_id = (SELECT coalesce(max(id), 0) FROM decision), unavailable = NULL, revision = revision + 1, job_id = :jobId, finished_at = :finishedAt
       WHERE check_id = :code`,
    )
    this.#setUnavailable = db.prepareCommand(
      `INSERT INTO check_run (check_id, version, params, images, newest_image_id, unavailable)
       VALUES (:code, 0, '{}', 0, 0, :reason)
       ON CONFLICT (check_id) DO UPDATE SET unavailable = excluded.unavailable`,
    )
    this.#settings = db.prepareQuery('SELECT check_id, cut FROM check_setting', decodeSetting)
    this.#putSetting = db.prepareCommand(
      `INSERT INTO check_setting (check_id, cut) VALUES (:code, :cut)
       ON CONFLICT (check_id) DO UPDATE SET cut = excluded.cut`,
    )
    this.#deleteSetting = db.prepareCommand('DELETE FROM check_setting WHERE check_id = :code')
    // Only rows whose flag changes are touched, which lie between the old cut and the new one.
    this.#reflag = db.prepareCommand(
      `UPDATE check_score SET is_flagged = 1 - is_flagged
       WHERE check_id = :code AND image_id IN (
         SELECT image_id FROM check_score
         WHERE check_id = :code AND score >= :low AND score < :high AND is_flagged <> :isFlagged
         LIMIT :limit)`,
    )
    this.#raiseRevision = db.prepareCommand(
      'UPDATE check_run SET revision = revision + 1 WHERE check_id = :code',
    )
    this.#newestImage = db.prepareQuery('SELECT coalesce(max(id), 0) AS count FROM image', decodeCount)
    this.#countScores = db.prepareQuery(
      'SELECT count(*) AS count FROM check_score WHERE check_id = :code',
      decodeCount,
    )
    // Of two images that are copies of each other one alone is no copy; a group is named by its first image.
    this.#brokenGroups = db.prepareQuery(
      `SELECT check_id, group_id, min(image_id) AS first, count(*) AS size
       FROM check_score WHERE group_id IS NOT NULL
       GROUP BY check_id, group_id
       HAVING count(*) = 1 OR NOT EXISTS (SELECT 1 FROM image WHERE image.id = check_score.group_id)`,
      decodeGroup,
    )
    this.#renameGroup = db.prepareCommand(
      'UPDATE check_score SET group_id = :first WHERE check_id = :checkId AND group_id = :groupId',
    )
    this.#deleteGroup = db.prepareCommand(
      'DELETE FROM check_score WHERE check_id = :checkId AND group_id = :groupId',
    )
    this.#followHistory = db.prepareCommand(
      `UPDATE check_run SET newest_decision_id = min(newest_decision_id, (SELECT coalesce(max(id), 0) FROM decision))`,
    )
    this.#outdate = db.prepareCommand(
      `UPDATE check_run SET params = '{}', unavailable = :reason, revision = revision + 1
       WHERE check_id IN (SELECT value FROM json_each(:codes)) AND finished_at IS NOT NULL`,
    )
    this.#countFlagged = db.prepareQuery(
      'SELECT count(*) AS count FROM check_score WHERE check_id = :code AND is_flagged = 1',
      decodeCount,
    )
  }

  /** One transaction: a few hundred scores at a time. */
  put(check: CheckId, scores: readonly CheckScore[]): void {
    const { code } = checks[check]
    this.#db.transact(() => {
      for (const { imageId, score, isFlagged, groupId, detail } of scores) {
        this.#put.run({
          code,
          imageId,
          score,
          isFlagged: isFlagged ? 1 : 0,
          groupId,
          detail: detail === null || detail === undefined ? null : JSON.stringify(detail),
        })
      }
    })
  }

  /** Makes these scores the only ones of their range of images, removed images apart. */
  replaceRange(check: CheckId, { from, to }: ImageRange, scores: readonly CheckScore[]): void {
    this.#db.transact(() => {
      const kept = JSON.stringify(scores.map(({ imageId }) => imageId))
      this.#deleteRange.run({ code: checks[check].code, from, to, kept })
      this.put(check, scores)
    })
  }

  deleteImages(check: CheckId, imageIds: readonly number[]): void {
    const { code } = checks[check]
    this.#db.transact(() => {
      for (const imageId of imageIds) this.#deleteImage.run({ code, imageId })
    })
  }

  /** Deletes up to `limit` scores; false when there were none. */
  clearSome(check: CheckId, limit: number): boolean {
    return this.#clear.run({ code: checks[check].code, limit }).changes > 0
  }

  /** Deletes up to `limit` scores of images from `from` on that are not removed; false when there were none. */
  clearPresentSome(
    check: CheckId,
    { from, limit }: { readonly from: number; readonly limit: number },
  ): boolean {
    return this.#clearPresent.run({ code: checks[check].code, from, limit }).changes > 0
  }

  findRun(check: CheckId): CheckRunRow | undefined {
    return this.#findRun.get({ code: checks[check].code })
  }

  beginRun(check: CheckId, { version, params }: CheckRunFacts): void {
    this.#putRun.run({ code: checks[check].code, version, params: JSON.stringify(params) })
  }

  finishRun(
    check: CheckId,
    { images, jobId, finishedAt }: { images: number; jobId: number; finishedAt: string },
  ): void {
    this.#finishRun.run({ code: checks[check].code, images, jobId, finishedAt })
  }

  setUnavailable(check: CheckId, reason: string): void {
    this.#setUnavailable.run({ code: checks[check].code, reason })
  }

  /** The cuts that the user chose, by check. */
  readCuts(): Map<CheckId, number> {
    const cuts = new Map<CheckId, number>()
    for (const { checkId, cut } of this.#settings.all()) {
      const check = checkOfCode(checkId)
      if (check !== null) cuts.set(check, cut)
    }
    return cuts
  }

  setCut(check: CheckId, cut: number | null): void {
    const { code } = checks[check]
    if (cut === null) this.#deleteSetting.run({ code })
    else this.#putSetting.run({ code, cut })
  }

  /** Flags, or clears the flag of, up to `limit` images with a score in `[low, high)`; false when none is left. */
  reflagSome(
    check: CheckId,
    range: { readonly low: number; readonly high: number },
    { isFlagged, limit }: { readonly isFlagged: boolean; readonly limit: number },
  ): boolean {
    const { code } = checks[check]
    return this.#reflag.run({ code, ...range, isFlagged: isFlagged ? 1 : 0, limit }).changes > 0
  }

  /** Tells readers that flags have changed. */
  raiseRevision(check: CheckId): void {
    this.#raiseRevision.run({ code: checks[check].code })
  }

  /** Makes groups whole again that have lost images. */
  mendGroups(): void {
    this.#db.transact(() => {
      for (const { size, ...group } of this.#brokenGroups.all()) {
        const { checkId, groupId } = group
        if (size === 1) this.#deleteGroup.run({ checkId, groupId })
        else this.#renameGroup.run({ checkId, groupId, first: group.first })
      }
    })
  }

  /** What runs have seen of the history cannot lie beyond its end, where new decisions take the numbers of erased ones. */
  followHistory(): void {
    this.#followHistory.run()
  }

  /** Checks that compared each image with all others have to be run anew, and say so until then. */
  outdate(some: readonly CheckId[], reason: string): void {
    this.#outdate.run({ codes: JSON.stringify(some.map((check) => checks[check].code)), reason })
  }

  newestImage(): number {
    return this.#newestImage.get() ?? 0
  }

  countScores(check: CheckId): number {
    return this.#countScores.get({ code: checks[check].code }) ?? 0
  }

  countFlagged(check: CheckId): number {
    return this.#countFlagged.get({ code: checks[check].code }) ?? 0
  }
}
