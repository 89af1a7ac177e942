import { serveCatalogueRead } from '#engine/base/db/read-catalogue.ts'
import type { Db } from '#engine/base/db/db.ts'
import { compareStandings } from '#engine/data/splits/compare-standing.ts'
import { adoptSplit } from '#engine/data/splits/adopt-split.ts'
import { computeSplit, restateSplit, splitTask, type SplitTask } from '#engine/data/splits/compute-split.ts'
import { describeCells, describeMoves } from '#engine/data/splits/domain/describe-cells.ts'
import { SplitCellRepo } from '#engine/data/splits/split-cell.repo.ts'
import { SplitSourceRepo } from '#engine/data/splits/split-source.repo.ts'
import { SplitStandingRepo } from '#engine/data/splits/split-standing.repo.ts'

/** Plans a split of the catalogue's images, says what a stored one is as it stands, or what has changed since. */
function answerTask(task: SplitTask, db: Db): unknown {
  switch (task.kind) {
    case 'plan': {
      const repo = new SplitSourceRepo(db)
      const { keepTest } = task
      const kept = keepTest && { hash: keepTest.hash, imageIds: repo.readTest(keepTest.splitId) }
      return computeSplit(repo.readImages(task), { ...task, keepTest: kept })
    }
    case 'adopt':
      return adoptSplit(new SplitSourceRepo(db), task)
    case 'restate': {
      const { rules, members } = new SplitSourceRepo(db).readStored(task.splitId)
      return restateSplit(rules, members)
    }
    case 'standing':
      return compareStandings(new SplitStandingRepo(db), task.splitId)
    case 'cells':
      return describeCells(new SplitCellRepo(db).readCells(task.splitId))
    case 'compare':
      return describeMoves(new SplitCellRepo(db).readMoves(task.splitId, task.otherId))
    default:
      return task satisfies never
  }
}

await serveCatalogueRead(splitTask, answerTask)
