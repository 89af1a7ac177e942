import type { CrossvalId } from '#shared/contract/base.contract.ts'
import type { CheckId } from '#shared/domain/checks.ts'
import { tasks, type Task } from '#shared/domain/tasks.ts'
import type { CrossvalService } from '#engine/crossval/crossval.service.ts'
import type { JobContext } from '#engine/jobs/job.ts'
import { toCanonicalJson } from '#engine/kernel/hash.ts'
import { runWorker } from '#engine/workers/run-worker.ts'
import type { WorkerLocator } from '#engine/workers/worker-locator.ts'
import type { CheckScoreService } from './check-score.service.ts'
import type { LabelColumns } from './compute-label-checks.ts'
import { listLabelScores } from './describe-labels.ts'
import { labelChecksAnswer, labelChecksProgress, type LabelChecksTask } from './label-checks-task.ts'
import type { LabelSourceRepo } from './label-source.repo.ts'
import type { ScanOrder, ScanStep } from './scan-step.ts'
import type { VectorSourceRepo, VectorSpace } from './vector-source.repo.ts'

/** A change of the scores that the same answers and labels give needs a new number. */
const version = 1
const seed = 0
const checkOfTask = {
  race: 'label-race',
  gender: 'label-gender',
  age: 'label-age',
} as const satisfies Record<Task, CheckId>

export interface LabelStepDeps {
  readonly scores: CheckScoreService
  readonly crossvals: Pick<CrossvalService, 'list' | 'readMatrix'>
  readonly labels: Pick<LabelSourceRepo, 'readState'>
  readonly vectors: Pick<VectorSourceRepo, 'listSpaces'>
  readonly workers: WorkerLocator
  /** Path of the catalogue's database file. */
  readonly catalogue: string
}

/** Where out-of-sample answers to one task come from. */
type LabelSource =
  | {
      readonly kind: 'crossval'
      readonly crossvalId: CrossvalId
      readonly facts: Readonly<Record<string, unknown>>
    }
  | {
      readonly kind: 'embeddings'
      readonly spaceId: number
      readonly facts: Readonly<Record<string, unknown>>
    }
  | { readonly kind: 'none'; readonly reason: string }

const whatToDo =
  'Train one with "evenhand crossval --split <split> ...", or scan faces first so that their embeddings can be used.'

/** The cross-validation that was named, or the newest finished one with such a head, or the best space of embeddings. */
function findSource(task: Task, order: ScanOrder, { crossvals, vectors }: LabelStepDeps): LabelSource {
  const finished = crossvals.list().filter(({ results }) => results !== null)
  const chosen =
    order.crossvalId === null
      ? finished.find(({ labels }) => labels[task] !== null)
      : finished.find(({ id }) => id === order.crossvalId)
  if (order.crossvalId !== null && chosen === undefined)
    return {
      kind: 'none',
      reason: `Cross-validation ${order.crossvalId} has not finished. Let it end first.`,
    }
  if (chosen !== undefined && chosen.labels[task] === null)
    return { kind: 'none', reason: `The models of cross-validation ${chosen.id} have no ${task} head.` }
  if (chosen !== undefined) {
    const { id, name, foldHash } = chosen
    return {
      kind: 'crossval',
      crossvalId: id,
      facts: { source: `cross-validation ${name}`, crossvalId: id, foldHash },
    }
  }
  const space: VectorSpace | undefined = vectors.listSpaces().find(({ images }) => images > 0)
  if (space === undefined) {
    return {
      kind: 'none',
      reason: `No finished cross-validation has a head for ${task}, and there are no embeddings, so nothing can judge the ${task} labels of images that it has not seen. ${whatToDo}`,
    }
  }
  const { id, name, revision } = space
  return { kind: 'embeddings', spaceId: id, facts: { source: `embeddings ${name}`, space: name, revision } }
}

async function readSource(
  task: Task,
  source: Exclude<LabelSource, { kind: 'none' }>,
  { crossvals, signal }: Pick<LabelStepDeps, 'crossvals'> & { signal: AbortSignal },
): Promise<LabelChecksTask['source']> {
  if (source.kind === 'embeddings') return { kind: 'embeddings', task, spaceId: source.spaceId }
  const { labels, imageIds, probabilities, years } = await crossvals.readMatrix(
    source.crossvalId,
    task,
    signal,
  )
  return {
    kind: 'crossval',
    evidence: {
      task,
      classes: [...labels],
      imageIds: Float64Array.from(imageIds),
      probabilities: probabilities === null ? null : Float32Array.from(probabilities),
      years: Float64Array.from(years),
    },
  }
}

async function judge(
  source: LabelChecksTask['source'],
  { workers, catalogue }: LabelStepDeps,
  { signal, report, phase }: Pick<JobContext, 'signal' | 'report'> & { phase: string },
): Promise<LabelColumns | null> {
  report({ phase, done: 0, total: null })
  const input: LabelChecksTask = { catalogue, seed, source }
  const { columns } = await runWorker({
    workers,
    name: 'label-checks',
    input,
    progress: labelChecksProgress,
    result: labelChecksAnswer,
    onProgress: ({ steps }) => report({ phase, done: steps, total: null }),
    signal,
  })
  return columns
}

/**
 * Labels that a model which never saw the image does not believe: confident learning on a cross-validation's answers, or on
 * logistic regressions over stored embeddings.
 */
export function createLabelStep(deps: LabelStepDeps): ScanStep {
  const { scores, labels, crossvals } = deps
  return {
    source: 'labels',
    run: async (order, { jobId, signal, report }) => {
      const unavailable = new Map<CheckId, string>()
      let worked = 0
      for (const task of tasks) {
        const check = checkOfTask[task]
        if (!order.checks.has(check)) continue
        signal.throwIfAborted()
        const source = findSource(task, order, deps)
        if (source.kind === 'none') {
          unavailable.set(check, source.reason)
          continue
        }
        const facts = { version, params: { ...source.facts, ...labels.readState() } }
        const finished = scores.finishedFacts(check)
        if (!order.isFresh && finished !== null && toCanonicalJson(finished) === toCanonicalJson(facts))
          continue
        const columns = await judge(await readSource(task, source, { crossvals, signal }), deps, {
          signal,
          report,
          phase: `Judging ${task} labels`,
        })
        if (columns === null) {
          unavailable.set(check, `Too few images with a ${task} label have answers to judge it by.`)
          continue
        }
        await scores.begin(check, { ...facts, signal, isReplaced: true })
        const images = await scores.replace(check, listLabelScores(columns), signal)
        scores.finish(check, { images, jobId })
        worked = Math.max(worked, images)
      }
      return { worked, unavailable }
    },
  }
}
