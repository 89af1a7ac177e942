import * as z from 'zod'
import { checkOfCode, checks, listChecksOf, type CheckId, type CheckSource } from '#shared/domain/checks.ts'
import type { Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder } from '#engine/base/db/row-decoder.ts'

const decodeCount = createRowDecoder({
  checkId: z.int(),
  flagged: z.int(),
  open: z.int(),
  groups: z.int(),
  openGroups: z.int(),
})
const decodeCheck = createRowDecoder({ checkId: z.int() })
const decodeBin = createRowDecoder({ bin: z.int(), count: z.int() })
const decodeCell = createRowDecoder({
  race: z.string().nullable(),
  gender: z.string().nullable(),
  ageBin: z.string().nullable(),
  flagged: z.int(),
  n: z.int(),
})
/** How many of the images with these labels a cut flags. */
export type FlagCell = ReturnType<typeof decodeCell>

const decodeExample = createRowDecoder({ imageId: z.int(), score: z.number() })
type Example = ReturnType<typeof decodeExample>

/** Long reads over all scores of a check; only for a worker's read-only connection. */
export class CheckReadRepo {
  readonly #counts: Query<ReturnType<typeof decodeCount>>
  readonly #behind: Query<{ checkId: number }>
  readonly #keptSince: Query<{ checkId: number }>
  readonly #bins: Query<ReturnType<typeof decodeBin>>
  readonly #cells: Query<FlagCell>
  readonly #below: Query<Example>
  readonly #above: Query<Example>
  readonly #flagged: Query<Example>
  readonly #unflagged: Query<Example>

  constructor(db: Db) {
    this.#counts = db.prepareQuery(
      `SELECT check_id, count(*) AS flagged, sum(is_decided = 0) AS open, count(DISTINCT group_id) AS groups,
         count(DISTINCT iif(is_decided = 0, group_id, NULL)) AS open_groups
       FROM check_score WHERE is_flagged = 1 GROUP BY check_id`,
      decodeCount,
    )
    // Restored since and not before: whoever removes and takes it back leaves nothing to judge.
    this.#behind = db.prepareQuery(
      `SELECT c.check_id FROM check_run c
       WHERE c.check_id IN (SELECT value FROM json_each(:codes)) AND EXISTS (
         SELECT 1 FROM decision r INDEXED BY decision_restored JOIN image i ON i.id = r.image_id
         WHERE r.id > c.newest_decision_id AND r.field = 'status' AND r.old_value = 'removed'
           AND i.status <> 'removed' AND NOT EXISTS (
             SELECT 1 FROM decision d
             WHERE d.image_id = r.image_id AND d.field = 'status' AND d.id > c.newest_decision_id AND d.id < r.id))`,
      decodeCheck,
    )
    // Open when the check was run and closed since, as above.
    this.#keptSince = db.prepareQuery(
      `SELECT c.check_id FROM check_run c
       WHERE c.check_id IN (SELECT value FROM json_each(:codes)) AND EXISTS (
         SELECT 1 FROM check_score s JOIN image i ON i.id = s.image_id
           JOIN decision r ON r.image_id = s.image_id AND r.field = 'review' AND r.id > c.newest_decision_id
         WHERE s.check_id = :lowInformation AND s.is_flagged = 1 AND s.is_decided = 1 AND i.status <> 'removed'
           AND r.check_id IN (0, :lowInformation) AND r.old_value IS NULL AND NOT EXISTS (
             SELECT 1 FROM decision d
             WHERE d.image_id = r.image_id AND d.field = 'review' AND d.check_id IN (0, :lowInformation)
               AND d.id > c.newest_decision_id AND d.id < r.id))`,
      decodeCheck,
    )
    this.#bins = db.prepareQuery(
      `SELECT min(CAST(score * :bins AS INTEGER), :bins - 1) AS bin, count(*) AS count
       FROM check_score WHERE check_id = :code GROUP BY 1`,
      decodeBin,
    )
    this.#cells = db.prepareQuery(
      `SELECT i.race, i.gender, i.age_bin, count(*) AS n,
         sum(CASE WHEN :cut IS NULL THEN s.is_flagged ELSE s.score < :cut END) AS flagged
       FROM check_score s JOIN image i ON i.id = s.image_id
       WHERE s.check_id = :code
       GROUP BY i.race, i.gender, i.age_bin`,
      decodeCell,
    )
    const page = 'image_id LIMIT :limit'
    this.#below = db.prepareQuery(
      `SELECT image_id, score FROM check_score WHERE check_id = :code AND score < :cut
       ORDER BY score DESC, ${page}`,
      decodeExample,
    )
    this.#above = db.prepareQuery(
      `SELECT image_id, score FROM check_score WHERE check_id = :code AND score >= :cut ORDER BY score, ${page}`,
      decodeExample,
    )
    this.#flagged = db.prepareQuery(
      `SELECT image_id, score FROM check_score WHERE check_id = :code AND is_flagged = 1
       ORDER BY score DESC, ${page}`,
      decodeExample,
    )
    this.#unflagged = db.prepareQuery(
      `SELECT image_id, score FROM check_score WHERE check_id = :code AND is_flagged = 0
       ORDER BY score, ${page}`,
      decodeExample,
    )
  }

  countFlags(): (Omit<ReturnType<typeof decodeCount>, 'checkId'> & { readonly check: CheckId })[] {
    return this.#counts.all().flatMap(({ checkId, ...counts }) => {
      const check = checkOfCode(checkId)
      return check === null ? [] : [{ check, ...counts }]
    })
  }

  /**
   * Checks that have not judged an image which they would now: by labels or embeddings one that was restored since, by labels
   * one that was kept since although it seems to show nothing.
   */
  listBehind(): CheckId[] {
    const codesOf = (...sources: readonly CheckSource[]): string =>
      JSON.stringify(sources.flatMap((source) => listChecksOf(source)).map((id) => checks[id].code))
    const lowInformation = checks['low-information'].code
    const behind = [
      ...this.#behind.all({ codes: codesOf('embeddings', 'labels') }),
      ...this.#keptSince.all({ codes: codesOf('labels'), lowInformation }),
    ]
    return [...new Set(behind.flatMap(({ checkId }) => checkOfCode(checkId) ?? []))]
  }

  /** `[bins]` counts of scores from 0 to 1. */
  countBins(check: CheckId, bins: number): number[] {
    const counts = Array.from({ length: bins }, () => 0)
    for (const { bin, count } of this.#bins.all({ code: checks[check].code, bins })) counts[bin] = count
    return counts
  }

  countCells(check: CheckId, cut: number | null): FlagCell[] {
    return this.#cells.all({ code: checks[check].code, cut })
  }

  /** Images on both sides of a cut, or of the check's own rule, nearest first. */
  listExamples(
    check: CheckId,
    { cut, limit }: { readonly cut: number | null; readonly limit: number },
  ): { readonly below: Example[]; readonly above: Example[] } {
    const { code } = checks[check]
    return cut === null
      ? { below: this.#flagged.all({ code, limit }), above: this.#unflagged.all({ code, limit }) }
      : { below: this.#below.all({ code, cut, limit }), above: this.#above.all({ code, cut, limit }) }
  }
}
