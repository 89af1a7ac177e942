import type { EvaluationDetail } from '#shared/contract/evaluation.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { imageId as imageIdSchema } from '#shared/contract/base.contract.ts'
import type { ReportDocument } from '#shared/contract/report.contract.ts'
import { tasks as allTasks, type Task } from '#shared/domain/tasks.ts'
import type { BaselineRecords } from '#engine/assessment/baselines/baseline-records.ts'
import { evaluateTasks, type TaskAnswers } from '#engine/assessment/evaluation/domain/evaluate-task.ts'
import type { EvaluationRecords, RecordedTask } from '#engine/assessment/evaluation/evaluation-records.ts'
import { CompareService } from '#engine/assessment/fairness/compare.service.ts'
import type { DrawThreads } from '#engine/assessment/fairness/draw-threads.ts'
import { FairnessService } from '#engine/assessment/fairness/fairness.service.ts'
import type { TaskRecords } from '#engine/assessment/metrics/domain/records.ts'
import type { FigureSources } from '#engine/reports/documents/compute-figures.ts'
import type { AnswerTable } from './domain/answers-table.ts'
import type { SystemPart } from './domain/manifest.ts'

type Records = Pick<EvaluationRecords, 'read' | 'findPeople' | 'describe' | 'listTasks'>

/** The evaluation as it stands in a report. */
function describeEvaluation({ subject, tasks, testPart, method, notes }: ReportDocument): EvaluationDetail {
  const resultOf = (task: Task) => tasks.find((one) => one.task === task)?.result ?? null
  return {
    evaluationId: subject.evaluationId,
    tasks: { race: resultOf('race'), gender: resultOf('gender'), age: resultOf('age') },
    openings: null,
    modelId: subject.modelId,
    model: subject.model,
    weightsSha256: subject.weightsSha256,
    splitId: subject.splitId,
    split: subject.split,
    splitHash: subject.splitHash,
    part: subject.part,
    images: subject.images,
    intervals: method.intervals,
    bootstrap: method.bootstrap,
    computedBy: subject.computedBy,
    testPart,
    rounding: null,
    notes,
    createdAt: subject.evaluatedAt,
  }
}

function openRecords(report: ReportDocument, { images, records }: AnswerTable): Records {
  const evaluation = describeEvaluation(report)
  const named = images.map(({ imageId, fileSha256 }) => ({
    imageId: imageIdSchema.parse(imageId),
    pixelSha256: fileSha256,
  }))
  const read = (task: Task): RecordedTask => {
    const own = records.get(task)
    if (own === undefined) throw new AppError('INVALID_INPUT', `The bundle has no answers for ${task}.`)
    return { evaluation, records: own, images: named }
  }
  return {
    read: (_, task) => Promise.resolve(read(task)),
    describe: () => Promise.resolve(evaluation),
    listTasks: () => Promise.resolve(allTasks.filter((task) => records.has(task))),
    findPeople: () => Promise.reject(new AppError('PRECONDITION', 'A bundle names nobody.')),
  }
}

function openSystems(systems: readonly SystemPart[]): Pick<BaselineRecords, 'answers' | 'read'> {
  return {
    read: () =>
      Promise.reject(new AppError('PRECONDITION', 'A bundle has no figures of a system by itself.')),
    answers: (id) => {
      const found = systems.find(({ baselineId }) => baselineId === id)
      if (found === undefined)
        return Promise.reject(new AppError('NOT_FOUND', `The bundle has no system ${id}.`))
      const { name, tasks, notes, answers } = found
      return Promise.resolve({
        name,
        tasks,
        notes,
        of: new Map(answers.map(({ image, ...answer }) => [image, answer])),
      })
    },
  }
}

/** The same services as a project has, over the answers that lie in a bundle. */
export function openBundleSources(
  report: ReportDocument,
  answers: AnswerTable,
  { systems, threads }: { systems: readonly SystemPart[]; threads: Pick<DrawThreads, 'run' | 'progress'> },
): FigureSources {
  const records = openRecords(report, answers)
  const baselines = openSystems(systems)
  return {
    records,
    fairness: new FairnessService({ records, baselines, threads }),
    systems: new CompareService({ records, baselines }),
  }
}

/** The figures of each task as an evaluation makes them, from the answers alone; null where its draws are not known. */
export async function evaluateAgain(
  report: ReportDocument,
  { images, records }: AnswerTable,
  pause: (done: number) => Promise<void>,
) {
  const { bootstrap } = report.method
  const [first] = records.values()
  if (bootstrap === null || first === undefined) return null
  const answers = new Map(
    allTasks.flatMap((task): [Task, TaskAnswers][] => {
      const own = records.get(task)
      return own === undefined ? [] : [[task, toAnswers(own, images)]]
    }),
  )
  const { seed, replicates } = bootstrap
  return evaluateTasks(answers, { groups: first.clusters, seed, replicates, pause })
}

function toAnswers(records: TaskRecords, images: AnswerTable['images']): TaskAnswers {
  const { task, labels, labelled, predicted, years, groupings } = records
  return {
    labels,
    labelled: [...labelled],
    predicted: [...predicted],
    groupings: (['race', 'gender', 'age'] as const)
      .map((grouping) => ({
        grouping,
        groups: groupings[grouping].groups,
        indices: [...groupings[grouping].indices],
      }))
      .filter(({ indices }) => indices.some((group) => group >= 0)),
    ...(task === 'age' ? { areOrdered: true } : {}),
    ...(years === undefined
      ? {}
      : { years: { predicted: [...years.predicted], labelled: images.map(({ ageYears }) => ageYears) } }),
  }
}
