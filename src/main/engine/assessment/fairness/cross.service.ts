import type * as z from 'zod'
import type { EvaluationDetail } from '#shared/contract/evaluation.contract.ts'
import type { CrossResult, fairnessContract } from '#shared/contract/fairness.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { formatConfidence, formatCount } from '#shared/domain/format.ts'
import type { EvaluationRecords } from '#engine/assessment/evaluation/evaluation-records.ts'
import type { ModelOrigins } from '#engine/assessment/evaluation/model-origins.ts'
import { sumClusters } from '#engine/assessment/metrics/domain/cluster-sums.ts'
import { crossGroups } from '#engine/assessment/metrics/domain/records.ts'
import { taskMetrics } from '#engine/assessment/metrics/domain/sum-metrics.ts'
import { describeFairness } from './domain/describe-fairness.ts'

type Asked = z.output<NonNullable<(typeof fairnessContract.cross)['~orpc']['inputSchema']>>

const options = { margin: 0.05, correction: 'none', intervals: 'each', isHeldAgainstZero: false } as const

interface CrossServiceDeps {
  readonly records: Pick<EvaluationRecords, 'list' | 'read'>
  readonly origins: Pick<ModelOrigins, 'find'>
}

/** Models on the parts of splits that they did and did not learn by, from the evaluations that there are. */
export class CrossService {
  readonly #deps: CrossServiceDeps

  constructor(deps: CrossServiceDeps) {
    this.#deps = deps
  }

  /**
   * Computes nothing of a model: a test part stands here only where it was opened and evaluated.
   * @throws AppError as the records do; PRECONDITION without an evaluation of that part and task
   */
  async cross(asked: Asked): Promise<CrossResult> {
    const { task, by, part, confidence } = asked
    const newest = await this.#listNewest(asked)
    if (newest.length === 0)
      throw new AppError(
        'PRECONDITION',
        `No model was evaluated for ${task} on a part ${part}. Evaluate each model on each split: evenhand evaluate --model MODEL --split SPLIT --part ${part}.`,
        { details: { task, part } },
      )
    const cells: CrossResult['cells'] = []
    const learnedOn = new Map<number, string | null>()
    for (const { evaluationId, modelId, splitId, openings } of newest) {
      const origin = this.#deps.origins.find(modelId, { splitId, part })
      learnedOn.set(modelId, origin?.split ?? null)
      const { records } = await this.#deps.records.read(evaluationId, task)
      const measure = (groupings: typeof by) => {
        const groups = crossGroups(records, groupings)
        const sums = sumClusters(taskMetrics.accuracy(records), {
          clusters: records.clusters,
          cells: groups,
        })
        return describeFairness(sums, groups, { options: { ...options, confidence }, resampled: null })
      }
      cells.push({
        modelId,
        splitId,
        evaluationId,
        isOwn: origin?.splitId === splitId,
        trainedOn: origin?.trainedOn ?? null,
        // Also of images that lack the label of a group.
        overall: measure([]).overall,
        groups: measure(by).groups.flatMap(({ group, value, low, high, n }) =>
          n === 0 ? [] : [{ group, value, low, high, n }],
        ),
        unlabelled: records.labelled.filter((one) => one < 0).length,
        openings,
      })
    }
    const models = new Map(newest.map((one) => [one.modelId, one.model]))
    const splits = new Map(newest.map((one) => [one.splitId, one.split]))
    return {
      task,
      by,
      part,
      confidence,
      models: [...models].map(([modelId, name]) => ({
        modelId,
        name,
        learnedOn: learnedOn.get(modelId) ?? null,
      })),
      splits: [...splits].map(([splitId, name]) => ({ splitId, name })),
      cells,
      method: `Accuracy, ${formatConfidence(confidence)} intervals over people: Wilson's with the design effect of several pictures of one person.`,
      notes: noteCells(cells, models, splits),
    }
  }

  /** The newest evaluation of each model on each split, models and splits in the order of their numbers. */
  async #listNewest({ task, part, models, splits }: Asked): Promise<EvaluationDetail[]> {
    const found = new Map<string, EvaluationDetail>()
    for (const one of await this.#deps.records.list()) {
      const isAsked =
        one.part === part &&
        one.tasks[task] !== null &&
        (models === undefined || models.includes(one.modelId)) &&
        (splits === undefined || splits.includes(one.splitId))
      const key = `${one.modelId} ${one.splitId}`
      const known = found.get(key)
      if (isAsked && (known === undefined || known.evaluationId < one.evaluationId)) found.set(key, one)
    }
    return [...found.values()].sort((a, b) => a.modelId - b.modelId || a.splitId - b.splitId)
  }
}

function noteCells(
  cells: CrossResult['cells'],
  models: ReadonlyMap<number, string>,
  splits: ReadonlyMap<number, string>,
): string[] {
  const place = ({ modelId, splitId }: (typeof cells)[number]): string =>
    `${models.get(modelId) ?? ''} on ${splits.get(splitId) ?? ''}`
  const missing = models.size * splits.size - cells.length
  return [
    'Data sets label, choose and crop faces each in their own way: a model loses on another one what that costs, beside what it never learned.',
    ...cells.flatMap((cell) =>
      cell.trainedOn === null || cell.trainedOn === 0
        ? []
        : [
            `${place(cell)}: ${formatCount(cell.trainedOn)} of these images belong to what the model learned from: the figures are too high.`,
          ],
    ),
    ...cells.flatMap((cell) =>
      cell.unlabelled === 0
        ? []
        : [
            `${place(cell)}: ${formatCount(cell.unlabelled)} images are left out, whose label is missing or is none that the model knows.`,
          ],
    ),
    ...cells.flatMap((cell) =>
      cell.openings === null || cell.openings < 2
        ? []
        : [
            `${place(cell)}: the test part was opened ${cell.openings} times; figures after the first are optimistic.`,
          ],
    ),
    ...(missing === 0
      ? []
      : [
          `${formatCount(missing)} of ${formatCount(models.size * splits.size)} cells were not evaluated yet.`,
        ]),
  ]
}
