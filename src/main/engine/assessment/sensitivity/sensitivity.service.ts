import { basename } from 'node:path'
import type * as z from 'zod'
import type { EvaluationId, JobId } from '#shared/contract/base.contract.ts'
import type {
  ListedSensitivity,
  SensitivityChoices,
  sensitivityContract,
  SensitivityResult,
} from '#shared/contract/sensitivity.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { ResultFiles, StoredResult } from '#engine/base/integrity/result-files.ts'
import type { JobRunner } from '#engine/base/jobs/job.ts'
import { chooseImages } from '#engine/assessment/evaluation/choose-images.ts'
import type { EvaluationRecords } from '#engine/assessment/evaluation/evaluation-records.ts'
import { changes, changesOf } from './domain/changes.ts'
import { isFlipped, moveYears } from './domain/compare-changes.ts'
import { hashSubject } from './domain/hash-subject.ts'
import { readAnswers } from './read-answers.ts'
import { openAnswers } from './sensitivity-files.ts'

interface SensitivityServiceDeps {
  readonly records: Pick<EvaluationRecords, 'describe' | 'listTasks' | 'read'>
  readonly jobs: Pick<JobRunner, 'enqueue'>
  readonly store: Pick<ResultFiles<SensitivityResult>, 'list'>
  readonly cacheFolder: string
}

type ImagesAsked = z.output<NonNullable<(typeof sensitivityContract.images)['~orpc']['inputSchema']>>
type ImagesFound = z.output<NonNullable<(typeof sensitivityContract.images)['~orpc']['outputSchema']>>

/** Queues the measuring of an evaluation's sensitivity, and shows what was measured of evaluations as they stand. */
export class SensitivityService {
  readonly #deps: SensitivityServiceDeps

  constructor(deps: SensitivityServiceDeps) {
    this.#deps = deps
  }

  /** Throws NOT_FOUND for an evaluation that there is not, CONFLICT for one that is no longer what was stored. */
  async start(evaluationId: EvaluationId, choices: SensitivityChoices): Promise<JobId> {
    await this.#deps.records.describe(evaluationId)
    return this.#deps.jobs.enqueue('sensitivity', { evaluationId, choices }).id
  }

  /** Newest first; files that cannot be trusted are named beside them. */
  async list(): Promise<ListedSensitivity> {
    const listed: ListedSensitivity = { results: [], faulty: [] }
    for (const stored of await this.#deps.store.list()) {
      const result = await this.#check(stored)
      if (result instanceof AppError) {
        listed.faulty.push({ file: basename(stored.file), reason: result.message })
        continue
      }
      const { comparisons: _comparisons, notes: _notes, ...summary } = result
      listed.results.push(summary)
    }
    return listed
  }

  /** Throws NOT_FOUND for figures that are not, or no longer, there; CONFLICT where the file cannot be trusted or is of another evaluation. */
  async read(jobId: JobId): Promise<SensitivityResult> {
    let fault: AppError | null = null
    for (const stored of await this.#deps.store.list(jobId)) {
      const result = await this.#check(stored)
      if (!(result instanceof AppError)) return result
      fault = result
    }
    throw (
      fault ??
      new AppError(
        'NOT_FOUND',
        `There is no sensitivity of job ${jobId}. It is let go of when images are erased: measure it again.`,
      )
    )
  }

  /** Throws as `read`; PRECONDITION where the answers are no longer in the cache, and NOT_FOUND for a group that there is not. */
  async images({ jobId, task, kind, by, group, offset, limit }: ImagesAsked): Promise<ImagesFound> {
    const { evaluationId, choices, subject } = await this.read(jobId)
    const tasks = await this.#deps.records.listTasks(evaluationId)
    const recorded = await this.#deps.records.read(evaluationId, task)
    const { labels, groupings } = recorded.records
    const wanted = group === undefined ? -1 : groupings[by].groups.indexOf(group)
    if (group !== undefined && wanted < 0)
      throw new AppError('NOT_FOUND', `There is no group ${group} by ${by} in this evaluation.`, {
        details: { group },
      })
    const chosen = chooseImages(recorded, choices)
    const store = openAnswers(this.#deps.cacheFolder, { subject, tasks: tasks.length })
    if ((await store.count()) !== chosen.length)
      throw new AppError(
        'PRECONDITION',
        'The answers to the changed pictures are no longer in the cache of the project, so that single images cannot be shown. Measure the sensitivity again.',
        { details: { jobId } },
      )
    const { answers } = readAnswers(await store.read(), tasks)
    const own = answers.find((one) => one.task === task)
    if (own === undefined) throw new Error(`No answers for ${task} were stored`)
    const members = [...chosen.keys()].filter((place) => {
      const index = groupings[by].indices[chosen[place] ?? -1] ?? -1
      const isRead = (own.predicted[place * changes.length] ?? -1) >= 0
      return isRead && (group === undefined || index === wanted)
    })
    const flipped = members.filter((place) => isFlipped(own, kind, place))
    const steady = members.filter((place) => !isFlipped(own, kind, place))
    const nameOf = (place: number, change: number): string =>
      labels[own.predicted[place * changes.length + change] ?? -1] ?? ''
    return {
      n: members.length,
      changed: flipped.length,
      images: [...flipped, ...steady].slice(offset, offset + limit).flatMap((place) => {
        const member = recorded.images[chosen[place] ?? -1]
        if (member === undefined) return []
        const answer = nameOf(place, 0)
        const others = new Set(changesOf(kind).map((change) => nameOf(place, change)))
        others.delete(answer)
        const moved = moveYears(own, kind, place)
        return [
          {
            imageId: member.imageId,
            thumb: member.pixelSha256,
            answer,
            others: [...others],
            movedYears: Number.isNaN(moved) ? null : moved,
          },
        ]
      }),
    }
  }

  async #check({
    file,
    result,
    fault,
  }: StoredResult<SensitivityResult>): Promise<SensitivityResult | AppError> {
    if (fault !== null) return fault
    const evaluation = await this.#deps.records.describe(result.evaluationId).catch((error: unknown) => {
      if (error instanceof AppError) return null
      throw error
    })
    if (evaluation !== null && hashSubject(evaluation, result.choices) === result.subject) return result
    return new AppError(
      'CONFLICT',
      `${basename(file)}: it is of an evaluation ${result.evaluationId} that is not the one of this project. Nothing was shown of it. Measure it again, then delete this file.`,
      { details: { file } },
    )
  }
}
