import { createHash } from 'node:crypto'
import * as z from 'zod'
import type { Task } from '#shared/domain/tasks.ts'
import { groupImages } from '#engine/data/splits/domain/group-images.ts'
import { planSplit } from '#engine/data/splits/domain/plan-split.ts'
import { buildStrata } from '#engine/data/splits/domain/split-strata.ts'
import type { LabelEvidence } from './compute-label-checks.ts'
import { predictHeldOut } from '#engine/curation/label-checks/domain/predict-held-out.ts'
import type { CurrentLabels, ImageGrouping } from './label-source.repo.ts'
import type { StoredVectors } from '#engine/curation/vectors/vector-source.ts'

/** As cleanlab's and Datalab's examples do; every image is judged by a model of four fifths of the others. */
export const embeddingFolds = 5
/** scikit-learn's default. */
const penalty = 1
/** A class needs somebody to learn from in every fold. */
const fewestOfClass = 2 * embeddingFolds

/** Folds, and the hash of all that they were planned from: planning takes seconds, and several checks ask for the same ones. */
export const plannedFolds = z.object({ plannedFrom: z.string(), foldOf: z.instanceof(Uint8Array) })
export type PlannedFolds = z.infer<typeof plannedFolds>

/** Plans folds, or hands out the last ones again for the same images. */
export interface FoldPlanner {
  /** `[images]` fold of each; null with fewer groups than folds */
  readonly plan: (
    imageIds: Float64Array,
    { labels, grouping }: Pick<EmbeddingEvidence, 'labels' | 'grouping'>,
  ) => Uint8Array | null
  readonly last: () => PlannedFolds | null
}

export interface EmbeddingEvidence {
  readonly vectors: StoredVectors
  readonly labels: ReadonlyMap<number, CurrentLabels>
  readonly grouping: ReadonlyMap<number, ImageGrouping>
  readonly folds: Pick<FoldPlanner, 'plan'>
  /** Told once per look at all rows; may throw to stop. */
  readonly onStep: () => void
}

/** Persons, copies and near duplicates stay together. @param known what another planner of the same seed planned last */
export function createFoldPlanner(seed: number, known: PlannedFolds | null = null): FoldPlanner {
  let last = known
  return {
    plan: (imageIds, { labels, grouping }) => {
      const images = Array.from(imageIds, (id) => {
        const row = grouping.get(id)
        const own = labels.get(id)
        if (row === undefined || own === undefined) throw new Error(`There is no image ${id}`)
        const { fileSha256, pixelSha256, identity, dataset, nearGroup } = row
        const groupKey = nearGroup === null ? {} : { groupKey: String(nearGroup) }
        return { fileSha256, pixelSha256, identity, dataset, ...own, ...groupKey }
      })
      const digest = createHash('sha256').update(`${seed}\n`)
      for (const image of images) digest.update(`${JSON.stringify(image)}\n`)
      const plannedFrom = digest.digest('hex')
      if (last?.plannedFrom === plannedFrom) return last.foldOf
      const groups = groupImages(images)
      if (groups.count < embeddingFolds) return null
      const ratios = Array.from({ length: embeddingFolds }, () => 1 / embeddingFolds)
      const foldOf = new Uint8Array(planSplit(groups, buildStrata(images), { ratios, seed }))
      last = { plannedFrom, foldOf }
      return foldOf
    },
    last: () => last,
  }
}

/**
 * Out-of-sample probabilities from stored embeddings: five folds, in each a multinomial logistic regression on the others.
 *
 * @returns null where there are too few images, or fewer than two labels with at least 10 of them
 */
export function predictByEmbeddings(task: Task, evidence: EmbeddingEvidence): LabelEvidence | null {
  const { vectors, labels, onStep } = evidence
  const given = Array.from(vectors.imageIds, (id) => {
    const own = labels.get(id)
    return (task === 'age' ? own?.ageBin : own?.[task]) ?? null
  })
  const counts = new Map<string, number>()
  for (const label of given) if (label !== null) counts.set(label, (counts.get(label) ?? 0) + 1)
  const classes = [...counts].filter(([, count]) => count >= fewestOfClass).map(([label]) => label)
  // Bins begin with their first year, so that they come in the order of age.
  classes.sort((a, b) => (task === 'age' ? parseInt(a, 10) - parseInt(b, 10) : a < b ? -1 : 1))
  if (classes.length < 2) return null
  const foldOf = evidence.folds.plan(vectors.imageIds, evidence)
  if (foldOf === null) return null
  const probabilities = predictHeldOut(vectors, {
    labels: Int32Array.from(given, (label) => (label === null ? -1 : classes.indexOf(label))),
    classes: classes.length,
    foldOf,
    folds: embeddingFolds,
    penalty,
    onStep,
  })
  return {
    task,
    classes,
    imageIds: vectors.imageIds,
    probabilities,
    years: new Float64Array(given.length).fill(NaN),
  }
}
