import type * as z from 'zod'
import type { EvaluationId } from '#shared/contract/base.contract.ts'
import type {
  ComparisonResult,
  fairnessContract,
  PairedFigures,
  TaskComparison,
} from '#shared/contract/fairness.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { fewestForFigure } from '#shared/domain/fairness-metrics.ts'
import { formatConfidence, formatCount } from '#shared/domain/format.ts'
import { tasks as allTasks, type Task } from '#shared/domain/tasks.ts'
import type { BaselineRecords, MappedAnswer } from '#engine/assessment/baselines/baseline-records.ts'
import { encodeAnswer } from '#engine/assessment/baselines/baseline-records.ts'
import type { EvaluationRecords, RecordedTask } from '#engine/assessment/evaluation/evaluation-records.ts'
import { findSchemeOf, type ModelLabels } from '#engine/networks/architecture/model-labels.ts'
import { crossGroups } from '#engine/assessment/metrics/domain/records.ts'
import { nameCell } from './domain/describe-fairness.ts'
import { comparePaired, type PairedTask } from './domain/compare-paired.ts'

type Asked = z.output<NonNullable<(typeof fairnessContract.compare)['~orpc']['inputSchema']>>

interface CompareServiceDeps {
  readonly records: Pick<EvaluationRecords, 'describe' | 'listTasks' | 'read'>
  readonly baselines: Pick<BaselineRecords, 'answers'>
}

/** The second system's answer to an image of the first's evaluation; undefined where it was not asked. */
interface SecondAnswer {
  readonly predicted: number
  readonly years: number
  readonly isUndetected: boolean
}

type AnswerOf = (image: number) => SecondAnswer | undefined

interface Second {
  readonly name: string
  /** What must be told of its answers wherever they are used. */
  readonly notes: readonly string[]
  /** By image of the first; a sentence where the two cannot be compared in this task, null where it does not answer it. */
  readonly answers: (task: Task, first: RecordedTask) => Promise<AnswerOf | string | null>
}

/** Two systems over the same images. */
export class CompareService {
  readonly #records: CompareServiceDeps['records']
  readonly #baselines: CompareServiceDeps['baselines']

  constructor(deps: CompareServiceDeps) {
    this.#records = deps.records
    this.#baselines = deps.baselines
  }

  /** @throws AppError as the records do; PRECONDITION where the two share no image or no task */
  async compare(asked: Asked): Promise<ComparisonResult> {
    const { evaluationId, by, confidence, correction } = asked
    const second = await this.#openSecond(asked)
    const results: Record<Task, TaskComparison | null> = { age: null, gender: null, race: null }
    const shared = new Set<number>()
    const undetected = new Set<number>()
    const refusals: string[] = []
    let first: RecordedTask | null = null
    for (const task of allTasks) {
      const recorded = await this.#readTask(evaluationId, task)
      if (recorded === null) continue
      first = recorded
      const answerOf = await second.answers(task, recorded)
      if (typeof answerOf === 'string') refusals.push(answerOf)
      if (answerOf === null || typeof answerOf === 'string') continue
      const pair = pairUp(recorded, answerOf)
      for (const { imageId, isUndetected } of pair.members) {
        shared.add(imageId)
        if (isUndetected) undetected.add(imageId)
      }
      if (pair.members.length > 0) results[task] = describeTask(pair, asked)
    }
    if (first === null || shared.size === 0) {
      throw new AppError(
        'PRECONDITION',
        [
          `Evaluation ${evaluationId} and ${second.name} answer no task for the same image. Compare what was asked about images of the same part.`,
          ...refusals,
        ].join(' '),
        { details: { evaluationId } },
      )
    }
    const { evaluation } = first
    const name = (one: typeof evaluation): string => `${one.model} on ${one.split}, ${one.part}`
    return {
      a: { name: name(evaluation), evaluationId, baselineId: null },
      b: {
        name: second.name,
        evaluationId: 'evaluationId' in asked.with ? asked.with.evaluationId : null,
        baselineId: 'baselineId' in asked.with ? asked.with.baselineId : null,
      },
      by,
      confidence,
      images: shared.size,
      tasks: results,
      undetected: undetected.size,
      method: `${formatConfidence(confidence)} intervals of the difference over people: Newcombe's for paired shares with the design effect of several pictures of one person; groups corrected together (${correction}).`,
      notes: [
        `${formatCount(shared.size)} of the ${formatCount(evaluation.images)} images of evaluation ${evaluationId} were answered by both; the others count nowhere.`,
        ...(undetected.size === 0
          ? []
          : [
              `In ${formatCount(undetected.size)} of them ${second.name} found no face: counted as errors, and left out in the second figures.`,
            ]),
        ...refusals,
        ...evaluation.notes,
        ...second.notes.map((note) => `${second.name}: ${note}`),
      ],
    }
  }

  async #readTask(evaluationId: EvaluationId, task: Task): Promise<RecordedTask | null> {
    const tasks = await this.#records.listTasks(evaluationId)
    return tasks.includes(task) ? this.#records.read(evaluationId, task) : null
  }

  async #openSecond({ with: other }: Asked): Promise<Second> {
    if ('baselineId' in other) {
      const { name, tasks, of, notes } = await this.#baselines.answers(other.baselineId)
      return {
        name,
        notes,
        answers: (task, first) =>
          Promise.resolve(tasks.includes(task) ? openBaseline({ task, first, of }) : null),
      }
    }
    const { evaluationId } = other
    const { model, split, part, notes } = await this.#records.describe(evaluationId)
    const name = `${model} on ${split}, ${part}`
    return {
      name,
      notes,
      answers: async (task, first) => {
        const recorded = await this.#readTask(evaluationId, task)
        if (recorded === null) return null
        return describeStrange(name, { task, second: recorded, first }) ?? openEvaluation(recorded, first)
      },
    }
  }
}

function openBaseline({
  task,
  first,
  of,
}: {
  readonly task: Task
  readonly first: RecordedTask
  readonly of: ReadonlyMap<number, MappedAnswer>
}) {
  const { labels } = first.records
  const known: ModelLabels = { age: null, gender: null, race: null, [task]: [...labels] }
  // Genders are the same words in every scheme of faces: the images' own scheme says which they are.
  const scheme = task === 'race' ? findSchemeOf(known) : null
  return (image: number): SecondAnswer | undefined => {
    const answer = of.get(first.images[image]?.imageId ?? -1)
    if (answer === undefined) return undefined
    return {
      predicted: encodeAnswer(answer, task, { scheme: scheme ?? answer.scheme, labels }),
      years: answer.ageYears ?? Number.NaN,
      isUndetected: answer.outcome === 'undetected',
    }
  }
}

/** Labels that only the second model has: whenever it answers one it would be counted wrong, though the two speak of other groups. */
function describeStrange(
  name: string,
  { task, second, first }: { task: Task; second: RecordedTask; first: RecordedTask },
): string | null {
  const strange = second.records.labels.filter((label) => !first.records.labels.includes(label))
  if (strange.length === 0) return null
  return `${task} is not compared: ${name} also answers ${strange.join(', ')}, which the first model has no label for. Compare models of one label scheme.`
}

/** Labels of the second model by the first's words. */
function openEvaluation({ records, images }: RecordedTask, first: RecordedTask) {
  const placeOf = new Map(images.map(({ imageId }, place) => [imageId, place]))
  const labelOf = Int16Array.from(records.labels, (label) => first.records.labels.indexOf(label))
  return (image: number): SecondAnswer | undefined => {
    const imageId = first.images[image]?.imageId
    const place = imageId === undefined ? undefined : placeOf.get(imageId)
    if (place === undefined) return undefined
    return {
      predicted: labelOf[records.predicted[place] ?? -1] ?? -1,
      years: records.years?.predicted[place] ?? Number.NaN,
      isUndetected: false,
    }
  }
}

interface Paired {
  readonly members: readonly { readonly imageId: number; readonly isUndetected: boolean }[]
  readonly task: PairedTask
  readonly records: RecordedTask['records']
}

/** Labelled images that both answer. */
function pairUp(
  { records, images }: RecordedTask,
  answerOf: (image: number) => SecondAnswer | undefined,
): Paired {
  const found = [...records.labelled.keys()].flatMap((image) => {
    const answer = (records.labelled[image] ?? -1) < 0 ? undefined : answerOf(image)
    return answer === undefined ? [] : [{ image, answer }]
  })
  return {
    records,
    members: found.map(({ image, answer }) => ({
      imageId: images[image]?.imageId ?? -1,
      isUndetected: answer.isUndetected,
    })),
    task: {
      images: Int32Array.from(found, ({ image }) => image),
      labelled: Int16Array.from(found, ({ image }) => records.labelled[image] ?? -1),
      first: Int16Array.from(found, ({ image }) => records.predicted[image] ?? -1),
      second: Int16Array.from(found, ({ answer }) => answer.predicted),
      isDetected: Uint8Array.from(found, ({ answer }) => (answer.isUndetected ? 0 : 1)),
      clusters: renumber(found.map(({ image }) => records.clusters[image] ?? 0)),
      years:
        records.years === undefined || found.every(({ answer }) => Number.isNaN(answer.years))
          ? null
          : {
              labelled: Float64Array.from(found, ({ image }) => records.years?.labelled[image] ?? Number.NaN),
              first: Float64Array.from(found, ({ image }) => records.years?.predicted[image] ?? Number.NaN),
              second: Float64Array.from(found, ({ answer }) => answer.years),
            },
    },
  }
}

function renumber(clusters: readonly number[]): Int32Array {
  const numbers = new Map<number, number>()
  return Int32Array.from(clusters, (cluster) => {
    const number = numbers.get(cluster) ?? numbers.size
    numbers.set(cluster, number)
    return number
  })
}

function describeTask({ task, records }: Paired, asked: Asked): TaskComparison {
  const cells = crossGroups(records, asked.by)
  const options = {
    margin: asked.margin,
    correction: asked.correction,
    alpha: Math.round((1 - asked.confidence) * 1e9) / 1e9,
    fewest: fewestForFigure,
  }
  const groups = {
    groups: cells.names.length,
    indices: task.images.map((image) => cells.indices[image] ?? -1),
  }
  const found = comparePaired(task, groups, options)
  const years: PairedFigures | null = found.years
  return {
    ...found.all,
    images: task.images.length,
    detected: found.detected,
    byGroup: found.byGroup.flatMap((figures, index) =>
      figures.a.n === 0 ? [] : [{ group: nameCell(cells, index), ...figures }],
    ),
    years,
  }
}
