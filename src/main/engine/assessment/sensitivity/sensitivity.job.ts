import * as z from 'zod'
import { evaluationId } from '#shared/contract/base.contract.ts'
import {
  sensitivityChoices,
  type SensitivityJobResult,
  type SensitivityResult,
} from '#shared/contract/sensitivity.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { titleSensitivity } from '#shared/derived/describe-sensitivity.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { ResultFiles } from '#engine/base/integrity/result-files.ts'
import type { JobContext, JobHandler } from '#engine/base/jobs/job.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import { createWorkerPool } from '#engine/base/threads/worker-pool.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import type { ModelService } from '#engine/learning/models/model.service.ts'
import type { TrainingDataService } from '#engine/learning/training/training-data.service.ts'
import { chooseImages } from '#engine/assessment/evaluation/choose-images.ts'
import type { EvaluationRecords, RecordedTask } from '#engine/assessment/evaluation/evaluation-records.ts'
import { changes } from './domain/changes.ts'
import type { ChangedAnswers } from './domain/compare-changes.ts'
import { hashSubject } from './domain/hash-subject.ts'
import { noteSensitivity } from './domain/note-sensitivity.ts'
import { readAnswers, writeAnswers, type ReadAnswers } from './read-answers.ts'
import { openAnswers } from './sensitivity-files.ts'
import {
  changedImages,
  comparedChanges,
  imageState,
  type ChangeImagesTask,
  type CompareChangesTask,
} from './sensitivity-tasks.ts'

const input = z.object({ evaluationId, choices: sensitivityChoices })
type SensitivityInput = z.infer<typeof input>

interface SensitivityJobDeps {
  readonly records: Pick<EvaluationRecords, 'read' | 'listTasks'>
  readonly data: Pick<TrainingDataService, 'listImages'>
  readonly models: Pick<ModelService, 'locate'>
  readonly store: Pick<ResultFiles<SensitivityResult>, 'write'>
  readonly cacheFolder: string
  readonly host: { readonly workers: WorkerLocator; readonly codec: ImageCodecName; readonly cores: number }
  readonly now: Clock
}

const imagesPerTask = 16

interface Measured {
  readonly tasks: readonly Task[]
  readonly recorded: ReadonlyMap<Task, RecordedTask>
  /** Positions among the evaluation's images. */
  readonly chosen: readonly number[]
  readonly read: ReadAnswers
}

/** How a model's answers change with crop, brightness and mirroring, by group; resumable at any image. */
export function createSensitivityJob(
  deps: SensitivityJobDeps,
): JobHandler<SensitivityInput, SensitivityJobResult> {
  return {
    kind: 'sensitivity',
    input,
    changes: ['evaluations'],
    title: (asked) => titleSensitivity(asked.evaluationId),
    run: async ({ evaluationId: id, choices }, context) => {
      const tasks = await deps.records.listTasks(id)
      const recorded = new Map<Task, RecordedTask>()
      for (const task of tasks) recorded.set(task, await deps.records.read(id, task))
      const [first] = recorded.values()
      if (first === undefined) throw new AppError('PRECONDITION', `Evaluation ${id} answers nothing.`)
      const { evaluation } = first
      const chosen = chooseImages(first, choices)
      const subject = hashSubject(evaluation, choices)
      const read = await answerAll({ tasks, recorded: first, chosen, subject }, deps, context)
      const comparisons = await compareAll({ tasks, recorded, chosen, read }, { deps, choices }, context)
      const count = (state: number): number => read.states.filter((own) => own === state).length
      const [unreadable, withoutFace] = [count(imageState.unreadable), count(imageState.noFace)]
      const images = chosen.length - unreadable
      const unlike = countUnlike({ tasks, recorded, chosen, read })
      const result: SensitivityResult = {
        jobId: context.jobId,
        subject,
        evaluationId: id,
        modelId: evaluation.modelId,
        model: evaluation.model,
        weightsSha256: evaluation.weightsSha256,
        split: evaluation.split,
        splitHash: evaluation.splitHash,
        part: evaluation.part,
        choices,
        images,
        unreadable,
        withoutFace,
        unlike,
        comparisons,
        notes: [...evaluation.notes, ...noteSensitivity({ images, unreadable, withoutFace, unlike })],
        createdAt: formatTimestamp(deps.now()),
      }
      await deps.store.write(result)
      return { evaluationId: id, images, unreadable }
    },
  }
}

interface AnswerRequest {
  readonly tasks: readonly Task[]
  readonly recorded: RecordedTask
  readonly chosen: readonly number[]
  readonly subject: string
}

async function answerAll(
  { tasks, recorded, chosen, subject }: AnswerRequest,
  { data, models, cacheFolder, host }: SensitivityJobDeps,
  { signal, report }: JobContext,
): Promise<ReadAnswers> {
  const { splitId, part, modelId } = recorded.evaluation
  const members = await data.listImages(splitId, part, signal)
  const byId = new Map(members.map((member) => [member.imageId, member]))
  const files = chosen.flatMap((at) => {
    const imageId = recorded.images[at]?.imageId
    const member = imageId === undefined ? undefined : byId.get(imageId)
    if (member === undefined) throw new Error(`The evaluation has no image at ${at}`)
    return [{ file: member.file, fileSha256: member.fileSha256 }]
  })
  const model = models.locate(modelId)
  const store = openAnswers(cacheFolder, { subject, tasks: tasks.length })
  let done = await store.count()
  await using pool = createWorkerPool({ workers: host.workers, name: 'sensitivity', threads: host.cores })
  function* chunks(from: number): Generator<ChangeImagesTask> {
    for (let at = from; at < files.length; at += imagesPerTask) {
      yield {
        onnxFile: model.files.onnx,
        sha256: model.onnxSha256,
        codec: host.codec,
        threads: 1,
        images: files.slice(at, at + imagesPerTask),
        tasks,
      }
    }
  }
  const phase = 'Answering changed pictures'
  report({ phase, done, total: files.length })
  const call = { name: 'changeImages', result: changedImages, signal }
  for await (const [{ images }, found] of pool.map(chunks(done), call)) {
    await store.append(writeAnswers(found, tasks.length))
    done += images.length
    report({ phase, done, total: files.length })
  }
  return readAnswers(files.length === 0 ? new Float32Array() : await store.read(), tasks)
}

async function compareAll(
  { tasks, recorded, chosen, read }: Measured,
  { deps, choices }: { readonly deps: SensitivityJobDeps; readonly choices: SensitivityInput['choices'] },
  { signal, report }: JobContext,
): Promise<SensitivityResult['comparisons']> {
  const [first] = tasks
  const records = first === undefined ? undefined : recorded.get(first)?.records
  if (records === undefined) return []
  report({ phase: 'Comparing groups', done: 0, total: null })
  const pick = ({ groups, indices }: typeof records.groupings.race) => ({
    groups,
    indices: Int16Array.from(chosen, (at) => indices[at] ?? -1),
  })
  const { race, gender, age } = records.groupings
  const task: CompareChangesTask = {
    answers: read.answers,
    whose: {
      clusters: Int32Array.from(chosen, (at) => records.clusters[at] ?? -1),
      labelled: Int16Array.from(chosen, (at) => records.labelled[at] ?? -1),
      groupings: { race: pick(race), gender: pick(gender), age: pick(age) },
    },
    draws: choices.draws,
    seed: choices.seed,
  }
  await using pool = createWorkerPool({ workers: deps.host.workers, name: 'sensitivity', threads: 1 })
  return await pool.run(task, { name: 'compareChanges', result: comparedChanges, signal })
}

/** Images of which the picture as it is got another answer than the evaluation has. */
function countUnlike({ recorded, chosen, read: { states, answers } }: Measured): number {
  const differs = ({ task, predicted }: ChangedAnswers, place: number): boolean => {
    const stored = recorded.get(task)?.records.predicted[chosen[place] ?? -1]
    return stored !== predicted[place * changes.length]
  }
  return [...states.keys()].filter(
    (place) => states[place] !== imageState.unreadable && answers.some((one) => differs(one, place)),
  ).length
}
