import { setImmediate as yieldToEvents } from 'node:timers/promises'
import * as z from 'zod'
import { crossvalId, type ModelId, type RunId } from '#shared/contract/base.contract.ts'
import type { CrossvalFold, CrossvalResult } from '#shared/contract/crossval.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import { tasks } from '#shared/domain/tasks.ts'
import type { JobContext, JobHandler, JobProgress } from '#engine/base/jobs/job.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import { hashCanonical } from '#engine/base/kernel/hash.ts'
import { noteFaceless } from '#engine/learning/training/domain/faceless.ts'
import type { RunControlService } from '#engine/learning/training/run-control.service.ts'
import type { RunPlan, RunPlanService } from '#engine/learning/training/run-plan.service.ts'
import type { RunService } from '#engine/learning/training/run.service.ts'
import type { TrainingDataService } from '#engine/learning/training/training-data.service.ts'
import type { CrossvalRepo, CrossvalRow } from './crossval.repo.ts'
import type { CrossvalSeals } from './crossval-seals.ts'
import type { CrossvalService } from './crossval.service.ts'
import { addUpFolds } from './add-up-folds.ts'
import type { ModelService } from '#engine/learning/models/model.service.ts'
import type { PredictionService } from '#engine/learning/predictions/prediction.service.ts'
import { readPredictions } from '#engine/learning/predictions/read-predictions.ts'
import { storeFolds, type StoreFoldsDeps } from './store-folds.ts'

const input = z.object({ crossvalId })
type CrossvalInput = z.infer<typeof input>

export interface CrossvalJobDeps {
  readonly service: CrossvalService
  readonly crossvals: CrossvalRepo
  readonly seals: CrossvalSeals
  readonly runs: Pick<RunService, 'summary'>
  readonly control: Pick<RunControlService, 'storeFold'>
  readonly plans: RunPlanService
  readonly data: TrainingDataService
  /** Trains a stored run to its end, from its last checkpoint where it has one. */
  readonly trainRun: (id: RunId, context: JobContext) => Promise<{ readonly modelId: ModelId }>
  readonly models: Pick<ModelService, 'locate'>
  readonly predictions: Pick<PredictionService, 'runHeads'>
  readonly host: Pick<StoreFoldsDeps, 'workers' | 'catalogue'> & {
    readonly now: Clock
    readonly publishChange: (topics: readonly Topic[]) => void
  }
}

/** Small enough that one transaction stays below 20 ms. */
const predictionsPerTransaction = 500
const trainingPhase = 'Training'

/** Folds, then for each fold a run that never sees it and what its model says of it. A finished fold is never done again. */
export function createCrossvalJob(deps: CrossvalJobDeps): JobHandler<CrossvalInput, CrossvalResult> {
  return {
    kind: 'crossval',
    isLong: true,
    input,
    changes: ['runs', 'models', 'project'],
    title: ({ crossvalId: id }) => `Train the folds of ${deps.service.find(id).name}`,
    run: async ({ crossvalId: id }, context) => {
      const { service, crossvals, host } = deps
      const asked = service.find(id)
      await deps.data.verifySplit(asked.splitId, context.signal)
      if (asked.foldHash === null) await storeFolds(asked, context, { crossvals, ...host })
      await deps.seals.verifyFolds(id, context.signal)
      const row = service.find(id)
      const folds = crossvals.folds(id)
      for (const fold of folds) {
        if (fold.finishedAt !== null) continue
        await finishFold(row, fold, { deps, context: tellOfFold(context, { row, folds, fold }) })
        host.publishChange(['runs', 'models', 'project'])
      }
      context.report({ phase: 'Adding up', done: 0, total: null })
      const results = row.results ?? (await addUpFolds(row, deps, context.signal))
      if (row.results === null) {
        const text = JSON.stringify(results)
        crossvals.setResults(id, { text, hash: await deps.seals.hashResults(id, text, context.signal) })
      }
      return { crossvalId: id, foldHash: row.foldHash ?? '', images: row.images, results }
    },
  }
}

/** Counts the training of all folds in images: what a run of the same length over all of them would learn from. */
function tellOfFold(
  context: JobContext,
  { row, folds, fold }: { row: CrossvalRow; folds: readonly CrossvalFold[]; fold: CrossvalFold },
): JobContext {
  const workOf = ({ images }: CrossvalFold): number => row.config.epochs * (row.images - images)
  const sum = (some: readonly CrossvalFold[]): number => some.reduce((work, one) => work + workOf(one), 0)
  const before = sum(folds.slice(0, fold.fold - 1))
  const total = sum(folds)
  const place = `Fold ${fold.fold} of ${folds.length}`
  const report = (progress: JobProgress): void => {
    const { phase, done, total: own, message } = progress
    const told = message === undefined ? place : `${place}: ${message}`
    if (phase !== trainingPhase || own === null) context.report({ ...progress, message: told })
    else context.report({ phase, done: before + (done / own) * workOf(fold), total, message: told })
  }
  return { ...context, report }
}

interface FoldWork {
  readonly deps: CrossvalJobDeps
  readonly context: JobContext
}

async function finishFold(
  row: CrossvalRow,
  { fold, images: expected }: CrossvalFold,
  work: FoldWork,
): Promise<void> {
  const { crossvals, data, trainRun, host } = work.deps
  const { signal } = work.context
  const runId = await findOrStoreRun(row, fold, work)
  const { modelId } = await trainRun(runId, work.context)
  const images = await data.listFoldImages({ crossvalId: row.id, fold }, 'held-out', signal)
  const model = work.deps.models.locate(modelId)
  const { heads, withoutFace } = await work.deps.predictions.runHeads(model, images, work.context)
  const predictions = readPredictions(images, model, heads)
  for (let from = 0; from < predictions.length; from += predictionsPerTransaction) {
    signal.throwIfAborted()
    const batch = predictions.slice(from, from + predictionsPerTransaction)
    crossvals.insertPredictions({ crossvalId: row.id, runId }, batch)
    await yieldToEvents()
  }
  for (const task of tasks.filter((one) => row.labels[one] !== null)) {
    const stored = crossvals.countPredictions(row.id, { fold, task })
    if (stored !== expected)
      throw new Error(`Fold ${fold} has ${stored} ${task} predictions of ${expected} images`)
  }
  const faceless = new Set(images.filter((_, at) => withoutFace.has(at)))
  const notes = noteFaceless(images, faceless, {
    what: `images of fold ${fold}`,
    fate: 'which its model answered by the whole picture and which are counted among the others',
  })
  for (const note of notes) crossvals.addNote(row.id, note)
  crossvals.finishFold(row.id, { fold, at: formatTimestamp(host.now()) })
}

/** The run of a fold is made when its turn comes; one that was cut off before its first epoch gets its weights again. */
async function findOrStoreRun(row: CrossvalRow, fold: number, { deps, context }: FoldWork): Promise<RunId> {
  const { crossvals, control, runs, plans } = deps
  const known = crossvals.findRun(row.id, fold)
  const mayLackWeights =
    known !== undefined && row.config.init !== 'random' && runs.summary(known).epochsDone === 0
  if (known !== undefined && !mayLackWeights) return known
  const plan = await planFold(row, fold, { deps, context })
  if (known !== undefined) {
    await plans.storeWeights(known, plan)
    return known
  }
  const name = `${row.name}, fold ${fold} of ${row.folds}`
  return control.storeFold(plan, { name, crossvalId: row.id, fold })
}

async function planFold(row: CrossvalRow, fold: number, { deps, context }: FoldWork): Promise<RunPlan> {
  const { data, plans } = deps
  const { signal } = context
  const train = await data.listFoldImages({ crossvalId: row.id, fold }, 'others', signal)
  const place = `fold ${fold} of ${row.folds} of cross-validation ${row.name}`
  const plan = await plans.plan(row.config, {
    signal,
    images: {
      train,
      validation: [],
      what: `All but ${place}`,
      notes: [
        `The run learns from all images but ${place} and measures nothing on the way: its last epoch becomes the model, which then predicts the fold.`,
      ],
    },
  })
  if (hashCanonical(plan.labels) === hashCanonical(row.labels)) return plan
  throw new AppError(
    'PRECONDITION',
    `The images outside ${place} have labels for other heads than the whole: ${describeHeads(plan.labels)} instead of ${describeHeads(row.labels)}. Ask for fewer folds, or name the heads to train.`,
    { details: { crossvalId: row.id, fold } },
  )
}

const describeHeads = (labels: CrossvalRow['labels'] | RunPlan['labels']): string =>
  tasks.filter((task) => labels[task] !== null).join(', ')
