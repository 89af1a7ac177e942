import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { DatasetId, JobId } from '#shared/contract/base.contract.ts'
import type { ImportRecord, ImportUndoResult } from '#shared/contract/dataset.contract.ts'
import type { Db } from '#engine/base/db/db.ts'
import type { DatasetRepo, DatasetRow } from './dataset.repo.ts'
import type { ImageFile, ImportRelinkRepo, RelinkRow } from './import-relink.repo.ts'
import { locateRoot } from './locate-file.ts'

interface ImportRelinkDeps {
  readonly db: Db
  readonly repo: ImportRelinkRepo
  readonly datasets: Pick<DatasetRepo, 'relink' | 'find'>
  readonly projectFolder: string
}

interface FolderLink {
  readonly source: string
  readonly rootPath: string
  readonly isInsideProject: boolean
}

const statsAtOnce = 64

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
   * Links the data set back where its images are there again, in their size; a folder without them, be it an empty mount
   * point, stays known as the one before, and the result says so. Called again it ends in the same state.
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
      const isBack = after === undefined && (await this.#isThere(link))
      db.transact(() => {
        const dataset = datasets.find(undo.dataset)
        if (isBack && dataset !== undefined) datasets.relink(dataset, linkBefore(link))
        if (after !== undefined) repo.handOn(link, after)
        repo.close(link, { undoId: undo.id, isRestored: after === undefined ? isBack : null })
      })
    }
  }

  async #isThere({ datasetId, ...link }: RelinkRow): Promise<boolean> {
    const { repo, projectFolder } = this.#deps
    const files = repo.files(datasetId)
    // Where the images were copied, they are read from the project and come from the source.
    const folders = new Set([link.sourceBefore, locateRoot(linkBefore(link), projectFolder)])
    for (const folder of folders) {
      for (let from = 0; from < files.length; from += statsAtOnce) {
        const batch = files.slice(from, from + statsAtOnce)
        const found = await Promise.all(batch.map((file) => isIn(folder, file)))
        if (found.includes(false)) return false
      }
    }
    return true
  }

  /** What became of the link by an undo; null where it is as before. */
  describeOutcome(undoId: number): ImportUndoResult['relinked'] {
    const closed = this.#deps.repo.findByUndo(undoId)
    if (closed === undefined || closed.isRestored === null) return null
    return { to: closed.source, from: closed.sourceBefore, isRestored: closed.isRestored }
  }
}

/** One that cannot be read is not there either: nothing may be linked to it. */
const isIn = (folder: string, { path, bytes }: ImageFile): Promise<boolean> =>
  stat(join(folder, path)).then(
    (found) => found.isFile() && found.size === bytes,
    () => false,
  )

const linkBefore = ({
  sourceBefore,
  rootPathBefore,
  isInsideProjectBefore,
}: Pick<RelinkRow, 'sourceBefore' | 'rootPathBefore' | 'isInsideProjectBefore'>): FolderLink => ({
  source: sourceBefore,
  rootPath: rootPathBefore,
  isInsideProject: isInsideProjectBefore,
})
