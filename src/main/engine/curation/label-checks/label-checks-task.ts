import * as z from 'zod'
import { task as taskSchema } from '#shared/contract/base.contract.ts'
import { combineEvidence } from './combine-evidence.ts'
import {
  judgeLabels,
  labelColumns,
  labelEvidence,
  labelOf,
  type LabelColumns,
  type LabelEvidence,
} from './compute-label-checks.ts'
import type { LabelSourceRepo } from './label-source.repo.ts'
import {
  createFoldPlanner,
  plannedFolds,
  predictByEmbeddings,
  type PlannedFolds,
} from './predict-by-embeddings.ts'
import type { VectorSource } from '#engine/curation/vectors/vector-source.ts'

/** What the worker is asked: judge by the mean of the answers given and of what it learns on an embedding space. */
export const labelChecksTask = z.object({
  /** Path of the catalogue's database file. */
  catalogue: z.string(),
  seed: z.int(),
  task: taskSchema,
  crossvals: z.array(labelEvidence),
  spaceId: z.int().nullable(),
  /** What the last check of the same scan planned. */
  folds: plannedFolds.nullable(),
})
export type LabelChecksTask = z.infer<typeof labelChecksTask>

export interface LabelChecksAnswer {
  /** Null where too few images carry the label. */
  readonly columns: LabelColumns | null
  /** How much each cross-validation counts, and last the embeddings; null for them where they had too little to learn from. */
  readonly weights: readonly (number | null)[]
  readonly folds: PlannedFolds | null
}
export const labelChecksAnswer = z.object({
  columns: labelColumns.nullable(),
  weights: z.array(z.number().nullable()),
  folds: plannedFolds.nullable(),
})
export const labelChecksProgress = z.object({ steps: z.int() })

interface LabelChecksDeps {
  readonly labels: LabelSourceRepo
  readonly vectors: VectorSource
  readonly report: (progress: z.infer<typeof labelChecksProgress>) => void
  readonly throwIfCancelled: () => void
}

/** A step may take less than a millisecond, and telling of it costs both threads. */
const stepsPerReport = 32

/** Throws CANCELLED, or an Error when the space is not there. */
export function runLabelChecks(
  { task, crossvals, spaceId, seed, folds: known }: LabelChecksTask,
  { labels: repo, vectors, report, throwIfCancelled }: LabelChecksDeps,
): LabelChecksAnswer {
  const labels = repo.readLabels()
  for (const imageId of repo.readEmpty()) labels.delete(imageId)
  const folds = createFoldPlanner(seed, known)
  let steps = 0
  const learn = (id: number): LabelEvidence | null => {
    const space = vectors.listSpaces().find((one) => one.id === id)
    if (space === undefined) throw new Error(`There is no embedding space ${id}`)
    return predictByEmbeddings(task, {
      vectors: vectors.read(space, { which: 'unseen', among: labels }),
      labels,
      grouping: repo.readGrouping(),
      folds,
      onStep: () => {
        throwIfCancelled()
        if (++steps % stepsPerReport === 0) report({ steps })
      },
    })
  }
  const learned = spaceId === null ? null : learn(spaceId)
  if (steps > 0) report({ steps })
  const sources = learned === null ? crossvals : [...crossvals, learned]
  if (sources.length === 0) return { columns: null, weights: [null], folds: folds.last() }
  const { evidence, weights } = combineEvidence(sources, (id) => labelOf(labels.get(id), task))
  const isMute = spaceId !== null && learned === null
  return {
    columns: judgeLabels(evidence, { labels, seed }),
    weights: isMute ? [...weights, null] : weights,
    folds: folds.last(),
  }
}
