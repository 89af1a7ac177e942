import type { CrossvalId } from '#shared/contract/base.contract.ts'
import { checks, listChecksOf, type CheckId } from '#shared/domain/checks.ts'
import { formatShare } from '#shared/domain/format.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { CrossvalService } from '#engine/learning/crossval/crossval.service.ts'
import type { JobContext } from '#engine/base/jobs/job.ts'
import { toCanonicalJson } from '#engine/base/kernel/hash.ts'
import { runWorker } from '#engine/base/threads/run-worker.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import type { CheckScoreService } from '#engine/curation/checks/check-score.service.ts'
import { listLabelScores } from './describe-labels.ts'
import {
  labelChecksAnswer,
  labelChecksProgress,
  type LabelChecksAnswer,
  type LabelChecksTask,
} from './label-checks-task.ts'
import type { LabelSourceRepo } from './label-source.repo.ts'
import type { CheckRunFacts, ScanOrder, ScanStep } from '#engine/curation/checks/scan-step.ts'
import type { VectorSource, VectorSpace } from '#engine/curation/vectors/vector-source.ts'

/** A change of the scores that the same answers and labels give needs a new number. */
const version = 3
const seed = 0
const labelChecks = listChecksOf('labels')

export interface LabelStepDeps {
  readonly scores: CheckScoreService
  readonly crossvals: Pick<CrossvalService, 'list' | 'readMatrix'>
  readonly labels: Pick<LabelSourceRepo, 'readState' | 'readEmptyState' | 'readCopies'>
  readonly vectors: Pick<VectorSource, 'listSpaces'>
  readonly workers: WorkerLocator
  /** Path of the catalogue's database file. */
  readonly catalogue: string
}

/** Where out-of-sample answers to one task come from: at least one source. */
interface LabelSource {
  readonly crossvalIds: readonly CrossvalId[]
  readonly spaceId: number | null
  /** Of the cross-validations, and last of the embeddings. */
  readonly names: readonly string[]
  readonly facts: Readonly<Record<string, unknown>>
}
type Unavailable = { readonly reason: string }

const conjunction = new Intl.ListFormat('en-GB')
const whatToDo =
  'Train one with "evenhand crossval --split <split> ...", or scan faces first so that their embeddings can be used.'

type FoundCrossval = ReturnType<LabelStepDeps['crossvals']['list']>[number]

const isInYears = (task: Task, { config }: FoundCrossval): boolean =>
  task === 'age' && config.age.target !== 'bins'

/** Those that were named, or all finished ones with such a head; newest first. */
function findCrossvals(
  task: Task,
  { crossvalIds, labelsBy }: ScanOrder,
  crossvals: LabelStepDeps['crossvals'],
): readonly FoundCrossval[] | Unavailable {
  if (labelsBy === 'embeddings') return []
  const finished = crossvals.list().filter(({ results }) => results !== null)
  const unfinished = crossvalIds?.find((asked) => !finished.some(({ id }) => id === asked))
  if (unfinished !== undefined) {
    return { reason: `Cross-validation ${unfinished} has not finished. Let it end first.` }
  }
  const named = finished.filter(({ id }) => crossvalIds?.includes(id) ?? true)
  const able = named.filter(({ labels }) => labels[task] !== null)
  if (crossvalIds !== null && able.length === 0) {
    return { reason: `The models of cross-validation ${crossvalIds.join(', ')} have no ${task} head.` }
  }
  // Answers in years have no probabilities to average with.
  const [newest] = able
  if (newest !== undefined && isInYears(task, newest)) return [newest]
  return able.filter((crossval) => !isInYears(task, crossval))
}

function findSource(task: Task, order: ScanOrder, deps: LabelStepDeps): LabelSource | Unavailable {
  const crossvals = findCrossvals(task, order, deps.crossvals)
  if ('reason' in crossvals) return crossvals
  const space: VectorSpace | undefined =
    order.labelsBy === 'crossval' || crossvals.some((crossval) => isInYears(task, crossval))
      ? undefined
      : deps.vectors.listSpaces().find(({ images }) => images > 0)
  if (crossvals.length === 0 && space === undefined) {
    const missing = {
      both: `No finished cross-validation has a head for ${task}, and there are no embeddings`,
      crossval: `No finished cross-validation has a head for ${task}`,
      embeddings: 'There are no embeddings',
    }[order.labelsBy]
    return {
      reason: `${missing}, so nothing can judge the ${task} labels of images that it has not seen. ${whatToDo}`,
    }
  }
  const names = [
    ...crossvals.map(({ id, name }) => `cross-validation ${id} (${name})`),
    ...(space === undefined ? [] : [`embeddings ${space.name}`]),
  ]
  return {
    crossvalIds: crossvals.map(({ id }) => id),
    spaceId: space?.id ?? null,
    names,
    facts: {
      ...(crossvals.length > 0 && {
        crossvals: crossvals.map(({ id, foldHash }) => ({ id, foldHash })),
      }),
      ...(space !== undefined && { space: space.name, revision: space.revision }),
    },
  }
}

async function readAnswers(
  task: Task,
  crossvalId: CrossvalId,
  { crossvals, signal }: Pick<LabelStepDeps, 'crossvals'> & { signal: AbortSignal },
): Promise<LabelChecksTask['crossvals'][number]> {
  const { labels, imageIds, probabilities, years } = await crossvals.readMatrix(crossvalId, task, signal)
  return {
    task,
    classes: [...labels],
    imageIds: Float64Array.from(imageIds),
    probabilities: probabilities === null ? null : Float32Array.from(probabilities),
    years: Float64Array.from(years),
  }
}

async function judge(
  task: Task,
  { crossvalIds, spaceId }: LabelSource,
  {
    deps,
    folds,
    signal,
    report,
  }: Pick<JobContext, 'signal' | 'report'> & {
    deps: LabelStepDeps
    folds: LabelChecksTask['folds']
  },
): Promise<LabelChecksAnswer> {
  const { crossvals, workers, catalogue } = deps
  const phase = `Judging ${task} labels`
  report({ phase, done: 0, total: null })
  const answers: LabelChecksTask['crossvals'] = []
  for (const id of crossvalIds) answers.push(await readAnswers(task, id, { crossvals, signal }))
  const input: LabelChecksTask = { catalogue, seed, task, crossvals: answers, spaceId, folds }
  return runWorker({
    workers,
    name: 'label-checks',
    input,
    progress: labelChecksProgress,
    result: labelChecksAnswer,
    onProgress: ({ steps }) => report({ phase, done: steps, total: null }),
    signal,
  })
}

/** "a at 35% and b at 65%": who judged, and how much each counted. */
function nameJudges(names: readonly string[], weights: LabelChecksAnswer['weights']): string {
  const heard = names.flatMap((name, at) => {
    const weight = weights[at] ?? null
    return weight === null ? [] : [{ name, weight }]
  })
  const isAlone = heard.length === 1
  return conjunction.format(
    heard.map(({ name, weight }) => (isAlone ? name : `${name} at ${formatShare(weight, 0)}`)),
  )
}

/** What a check was run with that is known before it is run. */
const omitJudges = ({ version: run, params }: CheckRunFacts): CheckRunFacts => ({
  version: run,
  params: Object.fromEntries(Object.entries(params).filter(([name]) => name !== 'source')),
})

/**
 * Labels that models which never saw the image do not believe: confident learning on the answers of cross-validations, on those
 * of logistic regressions over stored embeddings, or on the mean of all.
 */
export function createLabelStep(deps: LabelStepDeps): ScanStep {
  const { scores, labels } = deps
  return {
    source: 'labels',
    run: async (order, { jobId, signal, report }) => {
      const unavailable = new Map<CheckId, string>()
      let worked = 0
      let planned: LabelChecksTask['folds'] = null
      for (const check of labelChecks.filter((one) => order.checks.has(one))) {
        const { task } = checks[check]
        signal.throwIfAborted()
        const source = findSource(task, order, deps)
        if ('reason' in source) {
          unavailable.set(check, source.reason)
          continue
        }
        const state = {
          ...labels.readState(),
          copies: labels.readCopies(),
          empty: labels.readEmptyState(),
        }
        const facts = { version, params: { ...source.facts, ...state } }
        const finished = scores.finishedFacts(check)
        if (
          !order.fresh.has('labels') &&
          finished !== null &&
          toCanonicalJson(omitJudges(finished)) === toCanonicalJson(facts)
        )
          continue
        const { columns, weights, folds } = await judge(task, source, {
          deps,
          folds: planned,
          signal,
          report,
        })
        planned = folds
        if (columns === null) {
          unavailable.set(check, `Too few images with a ${task} label have answers to judge it by.`)
          continue
        }
        const params = { ...facts.params, source: nameJudges(source.names, weights) }
        await scores.begin(check, { version, params, signal, isReplaced: true })
        const images = await scores.replace(check, listLabelScores(check, columns), signal)
        scores.finish(check, { images, jobId })
        worked = Math.max(worked, images)
      }
      return { worked, unavailable }
    },
  }
}
