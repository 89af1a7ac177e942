import * as z from 'zod'
import { sha256, splitId, type ModelId, type SplitId } from '#shared/contract/base.contract.ts'
import type { Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder, decodeCount } from '#engine/base/db/row-decoder.ts'

const decodePart = createRowDecoder({
  splitId,
  split: z.string(),
  splitHash: sha256,
  images: z.int().nonnegative(),
})
/** The test part of a split, as it is now. */
export type TestPartRow = ReturnType<typeof decodePart>

const decodeFile = createRowDecoder({ fileSha256: z.string() })
const decodeSplit = createRowDecoder({ splitId, split: z.string() })

const inTest = `split_member t WHERE t.split_id = :splitId AND t.part = 'test'`

/** Test parts, and where their pictures stand beside. */
export class OpeningRepo {
  readonly #parts: Query<TestPartRow>
  readonly #countShared: Query<number>
  readonly #countSeen: Query<number>
  readonly #sealedFiles: Query<{ fileSha256: string }>
  readonly #ownSplit: Query<ReturnType<typeof decodeSplit>>

  constructor(db: Db) {
    this.#parts = db.prepareQuery(
      `SELECT s.id AS split_id, s.name AS split, s.hash AS split_hash,
              json_extract(s.summary, '$.parts.test.images') AS images
       FROM split s WHERE s.is_complete = 1 ORDER BY s.id`,
      decodePart,
    )
    this.#countShared = db.prepareQuery(
      `SELECT count(*) AS count FROM split_member t JOIN image i ON i.id = t.image_id
       WHERE t.split_id = :splitId AND t.part = 'test'
         AND EXISTS (
           SELECT 1 FROM image twin
           JOIN split_member o ON o.split_id = :other AND o.image_id = twin.id AND o.part = 'test'
           WHERE twin.pixel_sha256 = i.pixel_sha256)`,
      decodeCount,
    )
    // Runs of folds learn from both parts that are not the test part.
    this.#countSeen = db.prepareQuery(
      `SELECT count(*) AS count FROM split_member t JOIN image i ON i.id = t.image_id
       WHERE t.split_id = :splitId AND t.part = 'test'
         AND EXISTS (
           SELECT 1 FROM image twin
           JOIN split_member o ON o.image_id = twin.id AND o.part <> 'test' AND o.split_id <> :splitId
           WHERE twin.pixel_sha256 = i.pixel_sha256 AND o.split_id IN (SELECT split_id FROM run))`,
      decodeCount,
    )
    this.#sealedFiles = db.prepareQuery(
      `SELECT DISTINCT i.file_sha256 FROM image i JOIN (SELECT t.image_id FROM ${inTest}) m ON m.image_id = i.id
       WHERE i.file_sha256 IN (SELECT value FROM json_each(:hashes))`,
      decodeFile,
    )
    this.#ownSplit = db.prepareQuery(
      `SELECT s.id AS split_id, s.name AS split
       FROM model m JOIN run r ON r.id = m.run_id JOIN split s ON s.id = r.split_id WHERE m.id = :modelId`,
      decodeSplit,
    )
  }

  /** Oldest first; those without an image in the test part too. */
  testParts(): TestPartRow[] {
    return this.#parts.all()
  }

  /** Images of a test part whose pixels stand in the test part of another split too. */
  countShared(of: SplitId, other: SplitId): number {
    return this.#countShared.get({ splitId: of, other }) ?? 0
  }

  /** Images of a test part whose pixels another split gave to runs to learn from or to be chosen by. */
  countSeenByRuns(of: SplitId): number {
    return this.#countSeen.get({ splitId: of }) ?? 0
  }

  /** Those of some files, by their SHA-256, that stand in a test part. */
  filesInTest(of: SplitId, hashes: readonly string[]): Set<string> {
    const rows = this.#sealedFiles.all({ splitId: of, hashes: JSON.stringify(hashes) })
    return new Set(rows.map(({ fileSha256 }) => fileSha256))
  }

  /** The split that a model was trained on; undefined for one that no run of this project has made. */
  ownSplit(model: ModelId): ReturnType<typeof decodeSplit> | undefined {
    return this.#ownSplit.get({ modelId: model })
  }
}
