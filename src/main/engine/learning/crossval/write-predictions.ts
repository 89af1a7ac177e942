import { resolve } from 'node:path'
import type { CrossvalId } from '#shared/contract/base.contract.ts'
import { tasks, type Task } from '#shared/domain/tasks.ts'
import { csvChunks } from '#engine/base/kernel/csv-chunks.ts'
import { pageInTurns } from '#engine/base/kernel/in-turns.ts'
import { writeNewFile } from '#engine/base/kernel/write-new-file.ts'
import type { CrossvalRepo, CrossvalRow, StoredPrediction } from './crossval.repo.ts'

export interface PredictionsFile {
  readonly file: string
  readonly rows: number
  readonly sha256: string
}

const pageRows = 1000

interface Head {
  readonly task: Task
  readonly labels: readonly string[]
}

const columnsOf = ({ task, labels }: Head): string[] => [
  `${task}_label`,
  `${task}_predicted`,
  ...(task === 'age' ? ['age_years_label', 'age_years_predicted'] : []),
  ...labels.map((label) => `${task}_p_${label}`),
]

function cellsOf({ task, labels }: Head, prediction: StoredPrediction): (string | number)[] {
  const { labelled, predicted, labelledYears, years, probabilities } = prediction
  const values =
    probabilities.byteLength === 0 ? labels.map(() => '') : new Float32Array(probabilities.slice().buffer)
  return [
    labels[labelled ?? -1] ?? '',
    labels[predicted] ?? '',
    ...(task === 'age' ? [labelledYears ?? '', years ?? ''] : []),
    ...values,
  ]
}

/**
 * One row per image in the order of their numbers: `image, sha256, group, fold, run`, then per task the given label, the
 * answer, for age the years, and `<task>_p_<label>` for each probability; empty where there is none. Cells that a
 * spreadsheet would take for a formula begin with an apostrophe.
 */
export async function writePredictions({
  crossvals,
  crossvalId,
  labels,
  file: target,
}: {
  crossvals: CrossvalRepo
  crossvalId: CrossvalId
  labels: CrossvalRow['labels']
  file: string
}): Promise<PredictionsFile> {
  const heads = tasks.flatMap((task): Head[] => {
    const classes = labels[task]
    return classes === null ? [] : [{ task, labels: classes }]
  })
  const read = (page: { after: number; limit: number }) => crossvals.members(crossvalId, page)
  let rows = 0
  async function* listRows() {
    let after = 0
    for await (const members of pageInTurns(read, { limit: pageRows })) {
      const page = { after, limit: pageRows }
      const given = heads.map((head) => crossvals.predictions(crossvalId, { ...page, task: head.task }))
      yield members.map(({ imageId, fold, dataset, path, fileSha256, groupKey }, at) => {
        const predictions = given.map((column) => column[at])
        const cells = heads.flatMap((head, index) => {
          const prediction = predictions[index]
          if (prediction?.imageId !== imageId)
            throw new Error(`Image ${imageId} has no ${head.task} prediction`)
          return cellsOf(head, prediction)
        })
        return [`${dataset}/${path}`, fileSha256, groupKey, fold, predictions[0]?.runId ?? '', ...cells]
      })
      rows += members.length
      after = members.at(-1)?.imageId ?? after
    }
  }
  const columns = ['image', 'sha256', 'group', 'fold', 'run', ...heads.flatMap(columnsOf)]
  const file = resolve(target)
  const { sha256 } = await writeNewFile(file, csvChunks(columns, listRows()))
  return { file, rows, sha256 }
}
