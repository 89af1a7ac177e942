import { resolve } from 'node:path'
import { setImmediate as yieldToEvents } from 'node:timers/promises'
import { stringify } from 'csv-stringify/sync'
import type { CrossvalId } from '#shared/contract/base.contract.ts'
import { tasks, type Task } from '#shared/domain/tasks.ts'
import { hasSameContent, writeFileAtomically } from '#engine/base/kernel/atomic-file.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
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
  const chunks = [stringify([['image', 'sha256', 'group', 'fold', 'run', ...heads.flatMap(columnsOf)]])]
  let rows = 0
  let after = 0
  for (let isMore = true; isMore;) {
    const page = { after, limit: pageRows }
    const members = crossvals.members(crossvalId, page)
    const given = heads.map((head) => crossvals.predictions(crossvalId, { ...page, task: head.task }))
    const lines = members.map(({ imageId, fold, dataset, path, fileSha256, groupKey }, at) => {
      const predictions = given.map((column) => column[at])
      const cells = heads.flatMap((head, index) => {
        const prediction = predictions[index]
        if (prediction?.imageId !== imageId)
          throw new Error(`Image ${imageId} has no ${head.task} prediction`)
        return cellsOf(head, prediction)
      })
      return [`${dataset}/${path}`, fileSha256, groupKey, fold, predictions[0]?.runId ?? '', ...cells]
    })
    chunks.push(stringify(lines, { escape_formulas: true }))
    rows += members.length
    after = members.at(-1)?.imageId ?? after
    isMore = members.length === pageRows
    await yieldToEvents()
  }
  const content = Buffer.from(chunks.join(''))
  const file = resolve(target)
  if (!(await hasSameContent(file, content))) await writeFileAtomically(file, content)
  return { file, rows, sha256: hashBytes(content) }
}
