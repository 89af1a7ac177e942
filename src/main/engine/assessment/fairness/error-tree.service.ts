import type * as z from 'zod'
import type { ErrorTreeResult, fairnessContract, ImagesOfFigure } from '#shared/contract/fairness.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { readingGraceMs, runWorker } from '#engine/base/threads/run-worker.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import type { AuditService } from '#engine/assessment/audit/audit.service.ts'
import type { Covariate } from '#engine/assessment/metrics/domain/error-tree.ts'
import { describeStep, noteCovariates, treeMethod } from './domain/describe-tree.ts'
import { noteRecords } from './domain/describe-method.ts'
import { errorTreeTask, grownTree, type GrownTree } from './error-tree-task.ts'
import type { FairnessService, FiguredTask } from './fairness.service.ts'

type Input<Name extends 'errorTree' | 'errorTreeImages'> = z.output<
  NonNullable<(typeof fairnessContract)[Name]['~orpc']['inputSchema']>
>

interface ErrorTreeDeps {
  readonly fairness: Pick<FairnessService, 'read' | 'showImages'>
  readonly audit: Pick<AuditService, 'findQualities'>
  readonly workers: WorkerLocator
}

interface Grown {
  readonly figured: FiguredTask
  readonly covariates: readonly Covariate[]
  readonly tree: GrownTree
}

/** Where wrong answers gather, by labels and by what scans measured of the pictures. */
export class ErrorTreeService {
  readonly #deps: ErrorTreeDeps

  constructor(deps: ErrorTreeDeps) {
    this.#deps = deps
  }

  /** Throws as the records do. */
  async get(asked: Input<'errorTree'>, signal: AbortSignal): Promise<ErrorTreeResult> {
    const { figured, covariates, tree } = await this.#grow(asked, signal)
    const { records, notes } = figured
    const known = covariates.map(({ name, values }) => ({
      name,
      known: values.filter((value) => !Number.isNaN(value)).length,
    }))
    const leaves = tree.leaves.map(({ way, ...leaf }, at) => ({
      leaf: at,
      conditions: way.map((step) => describeStep(step, covariates)),
      ...leaf,
    }))
    return {
      evaluationId: asked.evaluationId ?? null,
      baselineId: asked.baselineId ?? null,
      task: asked.task,
      seed: asked.seed,
      covariates: known,
      grown: tree.grown,
      held: tree.held,
      leaves: leaves.toSorted((a, b) => (b.held.wrong.value ?? -1) - (a.held.wrong.value ?? -1)),
      unlabelled: records.labelled.filter((one) => one < 0).length,
      method: treeMethod,
      notes: [...notes, ...noteRecords(records), ...noteCovariates(known, records.labelled.length)],
    }
  }

  /** Images of one leaf. Throws NOT_FOUND for a leaf that there is not, and as the records do. */
  async images(asked: Input<'errorTreeImages'>, signal: AbortSignal): Promise<ImagesOfFigure> {
    const { figured, tree } = await this.#grow(asked, signal)
    const { leaf, half } = asked
    if (tree.leaves[leaf] === undefined) {
      throw new AppError(
        'NOT_FOUND',
        `There is no leaf ${leaf} in this tree; it has ${tree.leaves.length}. Ask for the tree again: it changes with a scan.`,
        { details: { leaf } },
      )
    }
    const side = half === 'held' ? 1 : 0
    const members = [...tree.leafOf.keys()].filter(
      (image) => tree.leafOf[image] === leaf && tree.isHeld[image] === side,
    )
    return this.#deps.fairness.showImages(figured, members, asked)
  }

  async #grow(asked: Input<'errorTree'>, signal: AbortSignal): Promise<Grown> {
    const { fairness, audit, workers } = this.#deps
    const figured = await fairness.read(asked)
    const { records, images } = figured
    const measured = await audit.findQualities([...images], signal)
    const { race, gender, age } = records.groupings
    const label = (name: string, { groups, indices }: typeof race): Covariate => ({
      name,
      labels: groups,
      isOrdered: name === 'age',
      values: Float64Array.from(indices, (index) => (index < 0 ? Number.NaN : index)),
    })
    const covariates = [
      label('race', race),
      label('gender', gender),
      label('age', age),
      ...[...measured].map(([name, values]): Covariate => ({ name, labels: null, isOrdered: true, values })),
    ]
    const { labelled, predicted, clusters } = records
    const tree = await runWorker({
      workers,
      name: 'error-tree',
      input: errorTreeTask.parse({
        isWrong: Uint8Array.from(labelled, (own, image) => (own === predicted[image] ? 0 : 1)),
        isLabelled: Uint8Array.from(labelled, (own) => (own < 0 ? 0 : 1)),
        clusters,
        covariates,
        seed: asked.seed,
      }),
      result: grownTree,
      signal,
      graceMs: readingGraceMs,
    })
    return { figured, covariates, tree }
  }
}
