import * as z from 'zod'
import { datasetId, jobId, type DatasetId } from '#shared/contract/base.contract.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { booleanColumn, createRowDecoder } from '#engine/base/db/row-decoder.ts'

const decodeRelink = createRowDecoder({
  id: z.int(),
  jobId,
  datasetId,
  source: z.string(),
  sourceBefore: z.string(),
  rootPathBefore: z.string(),
  isInsideProjectBefore: booleanColumn,
  isRestored: booleanColumn.nullable(),
})
export type RelinkRow = ReturnType<typeof decodeRelink>

const decodeFile = createRowDecoder({ path: z.string(), bytes: z.int() })
export type ImageFile = ReturnType<typeof decodeFile>

type NewRelink = Omit<RelinkRow, 'id' | 'isRestored'>

/** Imports that linked a data set whose folder was gone to another one. */
export class ImportRelinkRepo {
  readonly #insert: Command
  readonly #standing: Query<RelinkRow>
  readonly #byUndo: Query<RelinkRow>
  readonly #files: Query<ImageFile>
  readonly #hand: Command
  readonly #close: Command

  constructor(db: Db) {
    const columns = `id, job_id, dataset_id, source, source_before, root_path_before, is_inside_project_before, is_restored`
    this.#insert = db.prepareCommand(
      `INSERT INTO import_relink (job_id, dataset_id, source, source_before, root_path_before, is_inside_project_before)
       VALUES (:jobId, :datasetId, :source, :sourceBefore, :rootPathBefore, :isInsideProjectBefore)`,
    )
    this.#standing = db.prepareQuery(
      `SELECT ${columns} FROM import_relink WHERE dataset_id = :datasetId AND undo_id IS NULL ORDER BY id DESC`,
      decodeRelink,
    )
    this.#byUndo = db.prepareQuery(
      `SELECT ${columns} FROM import_relink WHERE undo_id = :undoId ORDER BY id DESC`,
      decodeRelink,
    )
    this.#files = db.prepareQuery(
      'SELECT path, bytes FROM image WHERE dataset_id = :datasetId ORDER BY id',
      decodeFile,
    )
    this.#hand = db.prepareCommand(
      `UPDATE import_relink SET source_before = :sourceBefore, root_path_before = :rootPathBefore,
         is_inside_project_before = :isInsideProjectBefore WHERE id = :id`,
    )
    this.#close = db.prepareCommand(
      'UPDATE import_relink SET undo_id = :undoId, is_restored = :isRestored WHERE id = :id',
    )
  }

  insert({ isInsideProjectBefore, ...relink }: NewRelink): void {
    this.#insert.run({ ...relink, isInsideProjectBefore: isInsideProjectBefore ? 1 : 0 })
  }

  /** Those of a data set that nobody has taken back, the newest first: that one is how it is linked now. */
  standing(id: DatasetId): RelinkRow[] {
    return this.#standing.all({ datasetId: id })
  }

  /** The newest of the import that an undo has taken back. */
  findByUndo(undoId: number): RelinkRow | undefined {
    return this.#byUndo.get({ undoId })
  }

  /** Of the images of a data set, named from its folder. */
  files(id: DatasetId): ImageFile[] {
    return this.#files.all({ datasetId: id })
  }

  /** What stood before one that goes stands before the one after it. */
  handOn({ sourceBefore, rootPathBefore, isInsideProjectBefore }: RelinkRow, { id }: RelinkRow): void {
    this.#hand.run({
      id,
      sourceBefore,
      rootPathBefore,
      isInsideProjectBefore: isInsideProjectBefore ? 1 : 0,
    })
  }

  close({ id }: RelinkRow, { undoId, isRestored }: { undoId: number; isRestored: boolean | null }): void {
    this.#close.run({ id, undoId, isRestored: isRestored === null ? null : isRestored ? 1 : 0 })
  }
}
