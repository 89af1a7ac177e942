import type { DatasetId, JobId } from '#shared/contract/base.contract.ts'
import type { ImportRecord, ImportUndoResult } from '#shared/contract/dataset.contract.ts'
import type { Db } from '#engine/base/db/db.ts'
import type { DatasetRepo, DatasetRow } from './dataset.repo.ts'
import type { ImportRelinkRepo, RelinkRow } from './import-relink.repo.ts'
import { isFolder } from './list-images.ts'

interface ImportRelinkDeps {
  readonly db: Db
  readonly repo: ImportRelinkRepo
  readonly datasets: Pick<DatasetRepo, 'relink' | 'find'>
}

interface FolderLink {
  readonly source: string
  readonly rootPath: string
  readonly isInsideProject: boolean
}

/** Links a data set whose folder is gone to the one that an import found, and back when that import is taken back. */
export class ImportRelinkService {
  readonly #deps: ImportRelinkDeps

  constructor(deps: ImportRelinkDeps) {
    this.#deps = deps
  }

  /** Within the caller's transaction. */
  relink(known: DatasetRow, to: FolderLink & { readonly jobId: JobId }): void {
    const { repo, datasets } = this.#deps
    const { id: datasetId, source: sourceBefore } = known
    datasets.relink(known, to)
    repo.insert({
      jobId: to.jobId,
      datasetId,
      source: to.source,
      sourceBefore,
      rootPathBefore: known.rootPath,
      isInsideProjectBefore: known.isInsideProject,
    })
  }

  /** What taking an import back says of the link; null where the import did not make the one that stands. */
  describe(datasetId: DatasetId, importJobId: JobId): ImportRecord['relinked'] {
    const [newest] = this.#deps.repo.standing(datasetId)
    if (newest?.jobId !== importJobId) return null
    return { to: newest.source, from: newest.sourceBefore }
  }

  /**
   * Links the data set back where its folder is there again; one that is not there stays known as the one before, and
   * the result says so. Called again it ends in the same state.
   */
  async takeBack(undo: {
    readonly id: number
    readonly importJobId: JobId
    readonly dataset: DatasetId
  }): Promise<void> {
    const { db, repo, datasets } = this.#deps
    // An import that was cut off and resumed may have linked twice.
    for (;;) {
      const standing = repo.standing(undo.dataset)
      const place = standing.findIndex(({ jobId }) => jobId === undo.importJobId)
      const link = standing[place]
      if (link === undefined) return
      const after = standing[place - 1]
      const isBack = after === undefined && (await isFolder(link.sourceBefore))
      db.transact(() => {
        const dataset = datasets.find(undo.dataset)
        if (isBack && dataset !== undefined) datasets.relink(dataset, linkBefore(link))
        if (after !== undefined) repo.handOn(link, after)
        repo.close(link, { undoId: undo.id, isRestored: after === undefined ? isBack : null })
      })
    }
  }

  /** What became of the link by an undo; null where it is as before. */
  describeOutcome(undoId: number): ImportUndoResult['relinked'] {
    const closed = this.#deps.repo.findByUndo(undoId)
    if (closed === undefined || closed.isRestored === null) return null
    return { to: closed.source, from: closed.sourceBefore, isRestored: closed.isRestored }
  }
}

const linkBefore = ({ sourceBefore, rootPathBefore, isInsideProjectBefore }: RelinkRow): FolderLink => ({
  source: sourceBefore,
  rootPath: rootPathBefore,
  isInsideProject: isInsideProjectBefore,
})
