import { setImmediate as yieldToEvents } from 'node:timers/promises'
import type { EvaluationId } from '#shared/contract/base.contract.ts'
import type { EvaluationDetail } from '#shared/contract/evaluation.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { tasks as allTasks, type Task } from '#shared/domain/tasks.ts'
import { pageInTurns } from '#engine/base/kernel/in-turns.ts'
import type { MemberImage } from '#engine/data/members/member-images.ts'
import { encodeLabels, listSchemeLabels } from '#engine/networks/architecture/model-labels.ts'
import type { TrainingDataService } from '#engine/learning/training/training-data.service.ts'
import type { RecordGroups, TaskRecords } from '#engine/assessment/metrics/domain/records.ts'
import type { DepictedRepo } from './depicted.repo.ts'
import { numberPeople, type DepictedRow, type KnownPeople } from './domain/number-people.ts'
import type { EvaluationRepo, RecordedAnswer } from './evaluation.repo.ts'
import type { EvaluationService } from './evaluation.service.ts'
import { numberGroups } from './number-groups.ts'

/** A stored evaluation as figures are made of it, in the order of its images. */
export interface RecordedTask {
  readonly evaluation: EvaluationDetail
  readonly records: TaskRecords
  readonly images: readonly Pick<MemberImage, 'imageId' | 'pixelSha256'>[]
}

interface EvaluationRecordsDeps {
  readonly evaluations: Pick<EvaluationRepo, 'answerPage'>
  readonly service: Pick<EvaluationService, 'get' | 'list'>
  readonly data: Pick<TrainingDataService, 'listImages'>
  readonly people: DepictedRepo
}

const rowsPerPage = 2000
/** A task of 100,000 images takes about 10 MB. */
const tasksKept = 6

/** The answers of stored evaluations, checked against their hashes and kept, so that another metric or grouping reads nothing. */
export class EvaluationRecords {
  readonly #deps: EvaluationRecordsDeps
  readonly #kept = new Map<string, RecordedTask>()

  constructor(deps: EvaluationRecordsDeps) {
    this.#deps = deps
  }

  /**
   * @throws AppError NOT_FOUND; CONFLICT where figures, answers or the split are no longer what was stored; INVALID_INPUT for
   *   a task that the model does not answer
   */
  async read(evaluationId: EvaluationId, task: Task): Promise<RecordedTask> {
    const evaluation = await this.#deps.service.get(evaluationId)
    if (evaluation.tasks[task] === null) {
      throw new AppError('INVALID_INPUT', `Evaluation ${evaluationId} has no answers for ${task}.`, {
        details: { evaluationId, task },
      })
    }
    // An erasure thins the answers and restates the split's hash.
    const key = `${evaluationId} ${task} ${evaluation.splitHash} ${evaluation.images}`
    const kept = this.#kept.get(key)
    if (kept !== undefined) return kept
    const recorded = await this.#load(evaluation, task)
    this.#kept.set(key, recorded)
    for (const [oldest] of this.#kept) if (this.#kept.size > tasksKept) this.#kept.delete(oldest)
    return recorded
  }

  /** Throws as `read` does. */
  describe(evaluationId: EvaluationId): Promise<EvaluationDetail> {
    return this.#deps.service.get(evaluationId)
  }

  /** Newest first. Throws CONFLICT where the figures of one are no longer those that were stored. */
  list(): Promise<EvaluationDetail[]> {
    return this.#deps.service.list()
  }

  /** Tasks that the model answered. */
  async listTasks(evaluationId: EvaluationId): Promise<Task[]> {
    const { tasks } = await this.#deps.service.get(evaluationId)
    return allTasks.filter((task) => tasks[task] !== null)
  }

  /** Who is in these images, as the catalogue knows it now. */
  async findPeople(images: RecordedTask['images']): Promise<KnownPeople> {
    const ids = images.map(({ imageId }) => imageId)
    const rows: DepictedRow[] = []
    for (let from = 0; from < ids.length; from += rowsPerPage) {
      rows.push(...this.#deps.people.find(ids.slice(from, from + rowsPerPage)))
      await yieldToEvents()
    }
    return numberPeople(ids, rows)
  }

  async #load(evaluation: EvaluationDetail, task: Task): Promise<RecordedTask> {
    const { evaluationId, splitId, part } = evaluation
    const images = await this.#deps.data.listImages(splitId, part)
    const labels = evaluation.tasks[task]?.confusion.labels ?? []
    const answers = await this.#readAnswers(evaluationId, task)
    const missing = images.find(({ imageId }) => !answers.has(imageId))
    if (missing !== undefined) {
      throw new AppError(
        'CONFLICT',
        `Evaluation ${evaluationId} has no answer for image ${missing.imageId}. Evaluate again.`,
      )
    }
    return { evaluation, records: recordTask({ task, labels, images, answers }), images }
  }

  async #readAnswers(evaluationId: EvaluationId, task: Task): Promise<Map<number, RecordedAnswer>> {
    const answers = new Map<number, RecordedAnswer>()
    const read = (page: { after: number; limit: number }): RecordedAnswer[] =>
      this.#deps.evaluations.answerPage({ evaluationId, task, ...page })
    for await (const page of pageInTurns(read, { limit: rowsPerPage })) {
      for (const answer of page) answers.set(answer.imageId, answer)
    }
    return answers
  }
}

interface RecordSource {
  readonly task: Task
  readonly labels: readonly string[]
  readonly images: readonly MemberImage[]
  readonly answers: ReadonlyMap<number, RecordedAnswer>
}

function recordTask({ task, labels, images, answers }: RecordSource): TaskRecords {
  const given = images.map(({ imageId }) => answers.get(imageId))
  const hasYears = given.some((answer) => answer !== undefined && answer.years !== null)
  const probabilities = new Float32Array(images.length * labels.length).fill(Number.NaN)
  given.forEach((answer, image) => {
    if (answer !== undefined) readProbabilities(answer.probabilities, probabilities, image * labels.length)
  })
  return {
    task,
    labels,
    labelled: Int16Array.from(given, (answer) => answer?.labelled ?? -1),
    predicted: Int16Array.from(given, (answer) => answer?.predicted ?? -1),
    clusters: numberGroups(images),
    groupings: groupRecords(images),
    probabilities,
    ...(hasYears
      ? {
          years: {
            predicted: Float64Array.from(given, (answer) => answer?.years ?? Number.NaN),
            labelled: Float64Array.from(images, ({ ageYears }) => ageYears ?? Number.NaN),
          },
        }
      : {}),
  }
}

function readProbabilities(bytes: Uint8Array, into: Float32Array, from: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let index = 0; index * 4 < bytes.byteLength; index++)
    into[from + index] = view.getFloat32(index * 4, true)
}

/** By what the images are labelled in their split. */
function groupRecords(images: readonly MemberImage[]): TaskRecords['groupings'] {
  const scheme = images[0]?.scheme ?? 'fairface7'
  const offered = listSchemeLabels(scheme)
  const indices = images.map((image) => encodeLabels(image, { labels: offered, scheme }))
  const group = (grouping: Task): RecordGroups => ({
    groups: offered[grouping],
    indices: Int16Array.from(indices, (index) => index[grouping]),
  })
  return { race: group('race'), gender: group('gender'), age: group('age') }
}
