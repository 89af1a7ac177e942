import type * as z from 'zod'
import { checkIds } from '#shared/domain/checks.ts'
import {
  countBinsTask,
  countFlagsTask,
  previewTask,
  type binCounts,
  type flagCounts,
  type previewFigures,
  type ratesFigures,
} from '#engine/curation/checks/check-read-tasks.ts'
import { CheckReadRepo } from '#engine/curation/checks/check-read.repo.ts'
import { readCatalogue } from '#engine/base/db/read-catalogue.ts'
import { packOutcome, type WorkerOutcome } from '#engine/base/threads/worker-outcome.ts'

const read = <Value>(
  catalogue: string,
  work: (repo: CheckReadRepo) => Value,
): Promise<WorkerOutcome<Value>> =>
  packOutcome(() => readCatalogue(catalogue, (db) => work(new CheckReadRepo(db))))

export function countFlags(task: unknown): Promise<WorkerOutcome<z.input<typeof flagCounts>>> {
  const { catalogue } = countFlagsTask.parse(task)
  return read(catalogue, (repo) => ({ counts: repo.countFlags(), behind: repo.listBehind() }))
}

export function countRates(task: unknown): Promise<WorkerOutcome<z.input<typeof ratesFigures>>> {
  const { catalogue } = countFlagsTask.parse(task)
  return read(catalogue, (repo) =>
    checkIds
      .map((check) => ({ check, cells: repo.countCells(check, null) }))
      .filter(({ cells }) => cells.length > 0),
  )
}

export function countBins(task: unknown): Promise<WorkerOutcome<z.input<typeof binCounts>>> {
  const { catalogue, check, bins } = countBinsTask.parse(task)
  return read(catalogue, (repo) => repo.countBins(check, bins))
}

export function previewCut(task: unknown): Promise<WorkerOutcome<z.input<typeof previewFigures>>> {
  const { catalogue, check, cut, limit } = previewTask.parse(task)
  return read(catalogue, (repo) => ({
    cells: repo.countCells(check, cut),
    ...repo.listExamples(check, { cut, limit }),
  }))
}
