import * as z from 'zod'
import { timestamp } from '#shared/contract/base.contract.ts'
import { fileAudience, type ProjectSummary } from '#shared/contract/project.contract.ts'
import type { FileAudience } from '#engine/base/kernel/file-modes.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { booleanColumn, createRowDecoder } from '#engine/base/db/row-decoder.ts'

const decodeProject = createRowDecoder({
  name: z.string(),
  uuid: z.uuid(),
  isSynthetic: booleanColumn,
  audience: fileAudience,
  createdAt: timestamp,
})
const decodeCounts = createRowDecoder({
  datasets: z.int(),
  images: z.int(),
  removed: z.int(),
  splits: z.int(),
  runs: z.int(),
  models: z.int(),
  evaluations: z.int(),
  exports: z.int(),
})

const decodeRows = createRowDecoder({
  image: z.int(),
  act: z.int(),
  snapshot: z.int(),
  split: z.int(),
  run: z.int(),
  model: z.int(),
  evaluation: z.int(),
})

export type ProjectRow = ReturnType<typeof decodeProject>

export class ProjectRepo {
  readonly #insert: Command
  readonly #setAudience: Command
  readonly #select: Query<ProjectRow>
  readonly #count: Query<ProjectSummary['counts']>

  readonly #countRows: Query<Record<string, number>>

  constructor(db: Db) {
    this.#insert = db.prepareCommand(
      `INSERT INTO project (id, name, uuid, is_synthetic, created_at)
       VALUES (1, :name, :uuid, :isSynthetic, :createdAt)`,
    )
    this.#setAudience = db.prepareCommand('UPDATE project SET audience = :audience WHERE id = 1')
    this.#select = db.prepareQuery('SELECT * FROM project WHERE id = 1', decodeProject)
    this.#count = db.prepareQuery(
      `SELECT (SELECT count(*) FROM dataset) AS datasets,
              (SELECT count(*) FROM image) AS images,
              (SELECT count(*) FROM image WHERE status <> 'undecided' AND status = 'removed') AS removed,
              (SELECT count(*) FROM split WHERE is_complete = 1) AS splits,
              (SELECT count(*) FROM run) AS runs,
              (SELECT count(*) FROM model) AS models,
              (SELECT count(*) FROM evaluation) AS evaluations,
              (SELECT count(*) FROM model_export) AS exports`,
      decodeCounts,
    )
    this.#countRows = db.prepareQuery(
      `SELECT (SELECT count(*) FROM image) AS image,
              (SELECT count(*) FROM act) AS act,
              (SELECT count(*) FROM snapshot) AS snapshot,
              (SELECT count(*) FROM split) AS split,
              (SELECT count(*) FROM run) AS run,
              (SELECT count(*) FROM model) AS model,
              (SELECT count(*) FROM evaluation) AS evaluation`,
      decodeRows,
    )
  }

  insert(project: Omit<ProjectRow, 'audience'>): void {
    this.#insert.run({ ...project, isSynthetic: project.isSynthetic ? 1 : 0 })
  }

  setAudience(audience: FileAudience): void {
    this.#setAudience.run({ audience })
  }

  find(): ProjectRow | undefined {
    return this.#select.get()
  }

  /** Rows of the tables whose loss a person would notice, by their names. */
  countRows(): Record<string, number> {
    const rows = this.#countRows.get()
    if (rows === undefined) throw new Error('Counting gave no row')
    return rows
  }

  count(): ProjectSummary['counts'] {
    const counts = this.#count.get()
    if (counts === undefined) throw new Error('Counting gave no row')
    return counts
  }
}
