import * as z from 'zod'
import { task as taskSchema } from '#shared/contract/base.contract.ts'
import { judgeLabels, labelColumns, labelEvidence, type LabelColumns } from './compute-label-checks.ts'
import type { LabelSourceRepo } from './label-source.repo.ts'
import { predictByEmbeddings } from './predict-by-embeddings.ts'
import type { VectorSourceRepo } from './vector-source.repo.ts'

/** What the worker is asked: judge by what is given, or by an embedding space. */
export const labelChecksTask = z.object({
  /** Path of the catalogue's database file. */
  catalogue: z.string(),
  seed: z.int(),
  source: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('crossval'), evidence: labelEvidence }),
    z.object({ kind: z.literal('embeddings'), task: taskSchema, spaceId: z.int() }),
  ]),
})
export type LabelChecksTask = z.infer<typeof labelChecksTask>

/** Null where too few images carry the label. */
export const labelChecksAnswer = z.object({ columns: labelColumns.nullable() })
export const labelChecksProgress = z.object({ steps: z.int() })

interface LabelChecksDeps {
  readonly labels: LabelSourceRepo
  readonly vectors: VectorSourceRepo
  readonly report: (progress: z.infer<typeof labelChecksProgress>) => void
  readonly throwIfCancelled: () => void
}

/** Throws CANCELLED, or an Error when the space is not there. */
export function runLabelChecks(
  { source, seed }: LabelChecksTask,
  { labels: repo, vectors, report, throwIfCancelled }: LabelChecksDeps,
): { columns: LabelColumns | null } {
  const labels = repo.readLabels()
  if (source.kind === 'crossval') return { columns: judgeLabels(source.evidence, { labels, seed }) }
  const space = vectors.listSpaces().find(({ id }) => id === source.spaceId)
  if (space === undefined) throw new Error(`There is no embedding space ${source.spaceId}`)
  let steps = 0
  const evidence = predictByEmbeddings(source.task, {
    vectors: vectors.read(space, { unseen: true, among: labels }),
    labels,
    grouping: repo.readGrouping(),
    seed,
    onStep: () => {
      throwIfCancelled()
      report({ steps: ++steps })
    },
  })
  return { columns: evidence === null ? null : judgeLabels(evidence, { labels, seed }) }
}
