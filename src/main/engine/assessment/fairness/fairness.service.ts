import type * as z from 'zod'
import type { EvaluationId, ImageId } from '#shared/contract/base.contract.ts'
import type {
  AgeGateResult,
  FairnessResult,
  fairnessContract,
  GroupLabels,
  ImagesOfFigure,
  SamePersonResult,
} from '#shared/contract/fairness.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { defaultMarginOf, fairnessMetrics, fewestForFigure } from '#shared/domain/fairness-metrics.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { BaselineRecords } from '#engine/assessment/baselines/baseline-records.ts'
import type { EvaluationRecords } from '#engine/assessment/evaluation/evaluation-records.ts'
import { auditAgeGate, gateAges } from '#engine/assessment/metrics/domain/age-gate.ts'
import { sumClusters } from '#engine/assessment/metrics/domain/cluster-sums.ts'
import type { Grouping } from '#engine/assessment/metrics/domain/measure.ts'
import { crossGroups, type Cells, type TaskRecords } from '#engine/assessment/metrics/domain/records.ts'
import { compareSamePeople } from '#engine/assessment/metrics/domain/same-person.ts'
import { chooseMetric } from './domain/choose-metric.ts'
import { describeFairness, listJudged, nameCell } from './domain/describe-fairness.ts'
import { describeDrawn } from './domain/resample-groups.ts'
import { describeKnown, describeMethod, noteRecords } from './domain/describe-method.ts'
import type { DrawThreads } from './draw-threads.ts'

type Asked = z.output<NonNullable<(typeof fairnessContract.get)['~orpc']['inputSchema']>>

/** Answers to one task of whoever gave them. */
export interface FiguredTask {
  readonly records: TaskRecords
  readonly images: readonly { readonly imageId: ImageId; readonly pixelSha256: string }[]
  readonly notes: readonly string[]
}

type AnswersOf = Pick<Asked, 'evaluationId' | 'baselineId' | 'undetected' | 'task'> & {
  readonly metric?: Asked['metric']
}

interface FairnessServiceDeps {
  readonly records: Pick<EvaluationRecords, 'read' | 'findPeople'>
  readonly baselines: Pick<BaselineRecords, 'read'>
  readonly threads: Pick<DrawThreads, 'run' | 'progress'>
}

/** What an evaluation says of groups. */
export class FairnessService {
  readonly #records: FairnessServiceDeps['records']
  readonly #baselines: FairnessServiceDeps['baselines']
  readonly #threads: FairnessServiceDeps['threads']

  constructor(deps: FairnessServiceDeps) {
    this.#records = deps.records
    this.#baselines = deps.baselines
    this.#threads = deps.threads
  }

  /**
   * Figures by group, the gap of chance and verdicts; shuffles and resamples run in threads of their own.
   * @throws AppError as the records do, and INVALID_INPUT for a metric that the task or the model has none of
   */
  async get(asked: Asked, signal: AbortSignal): Promise<FairnessResult> {
    const { evaluationId, baselineId, task, by, draws, seed } = asked
    const recorded = await this.read(asked)
    const { records } = recorded
    const { metric, label } = chooseMetric(records, asked)
    const cells = crossGroups(records, by)
    const sums = sumClusters(metric, { clusters: records.clusters, cells })
    const judged = listJudged(sums)
    const wantsDraws = draws > 0 && (metric.kind === 'rough' || judged.length > 1)
    const drawn = wantsDraws ? await this.#threads.run(records, asked, signal) : null
    const resampled = drawn === null ? null : describeDrawn(sums, judged, { drawn, level: asked })
    const unlabelled = records.labelled.filter((one) => one < 0).length
    return {
      evaluationId: evaluationId ?? null,
      baselineId: baselineId ?? null,
      task,
      metric: asked.metric,
      label,
      by,
      confidence: asked.confidence,
      ...describeFairness(sums, cells, {
        options: {
          ...asked,
          margin: asked.margin ?? defaultMarginOf(asked.metric),
          isHeldAgainstZero: asked.metric === 'bias' || asked.metric === 'errorSlope',
        },
        resampled,
      }),
      ungrouped: cells.indices.filter((cell) => cell < 0).length,
      unlabelled,
      draws: { seed, count: wantsDraws ? draws : 0 },
      method: describeMethod(metric, asked),
      notes: [...recorded.notes, ...noteRecords(records)],
    }
  }

  /** Draws that are being made now. */
  progress(): { done: number; total: number } {
    return this.#threads.progress()
  }

  async ageGate(asked: {
    evaluationId: EvaluationId
    by: Grouping[]
    limit: number
  }): Promise<AgeGateResult> {
    const { evaluationId, by, limit } = asked
    const { records, evaluation } = await this.#records.read(evaluationId, 'age')
    const cells = crossGroups(records, by)
    const ages = gateAges.map((age): AgeGateResult['ages'][number] => {
      const audit = auditAgeGate(records, { age, cells, limit, fewest: fewestForFigure })
      if (audit === null) {
        const lowest = { challenge: null, limit, groupsJudged: 0 }
        return { age, decides: false, groups: [], byYear: [], lowest, undecided: 0 }
      }
      return {
        age,
        decides: true,
        groups: audit.groups.map(({ rates }, index) => ({
          group: nameCell(cells, index),
          rates: [...rates],
        })),
        byYear: [...audit.byYear],
        lowest: audit.lowest,
        undecided: audit.undecided,
      }
    })
    return { evaluationId, by, ages, notes: [...evaluation.notes, ...noteRecords(records)] }
  }

  async samePerson(asked: {
    evaluationId: EvaluationId
    task: Task
    by: Grouping[]
  }): Promise<SamePersonResult> {
    const { evaluationId, task, by } = asked
    const { records, evaluation, images } = await this.#records.read(evaluationId, task)
    const cells = crossGroups(records, by)
    const { people, known } = await this.#records.findPeople(images)
    if (known.dataset + known.inferred === 0) {
      throw new AppError(
        'PRECONDITION',
        `Of the ${images.length} images of evaluation ${evaluationId} nobody is known: the data set names no people and none were inferred, and sets of near copies are no people. Import the data set with a column of identities, or infer who is the same person (evenhand scan, then evenhand identities propose).`,
        { details: { evaluationId } },
      )
    }
    const groups = compareSamePeople(records, {
      cells,
      pictures: images.map(({ pixelSha256 }) => pixelSha256),
      people,
    })
    return {
      evaluationId,
      task,
      by,
      groups: groups.map(({ flips, spreadYears }, index) => ({
        group: nameCell(cells, index),
        flips,
        spreadYears,
      })),
      people: known,
      notes: [...evaluation.notes, describeKnown(known)],
    }
  }

  /** Throws as the records do. */
  async read({ evaluationId, baselineId, undetected, task, metric }: AnswersOf): Promise<FiguredTask> {
    if (baselineId !== undefined) {
      const ofYears = metric !== undefined && fairnessMetrics[metric].ofYears
      return this.#baselines.read(baselineId, { task, undetected, ofYears })
    }
    if (evaluationId === undefined) throw new AppError('INVALID_INPUT', 'Name an evaluation or a baseline.')
    const { records, images, evaluation } = await this.#records.read(evaluationId, task)
    return { records, images, notes: evaluation.notes }
  }

  /** Images of a group with a label for the task, wrong answers first. Throws NOT_FOUND for a group that there is not. */
  async images(asked: AnswersOf & ImageQuery): Promise<ImagesOfFigure> {
    const recorded = await this.read(asked)
    return this.showImages(recorded, listMembers(recorded, asked.group), asked)
  }

  /** Images behind a figure, wrong answers first. @param members their indices among the answers */
  showImages(recorded: FiguredTask, members: readonly number[], page: ImagePage): ImagesOfFigure {
    const { labelled, predicted } = recorded.records
    const isRight = (image: number): boolean => labelled[image] === predicted[image]
    const wrong = members.filter((image) => !isRight(image))
    const right = page.answered === 'wrong' ? [] : members.filter(isRight)
    const ordered = [...(page.answered === 'right' ? [] : wrong), ...right]
    return {
      n: members.length,
      wrong: wrong.length,
      images: ordered
        .slice(page.offset, page.offset + page.limit)
        .map((image) => describeImage(recorded, image, isRight(image))),
    }
  }
}

interface ImagePage {
  readonly answered: 'any' | 'wrong' | 'right'
  readonly offset: number
  readonly limit: number
}

interface ImageQuery extends ImagePage {
  readonly group: GroupLabels
}

function listMembers({ records }: FiguredTask, group: GroupLabels): number[] {
  const by = (['race', 'gender', 'age'] as const).filter((grouping) => group[grouping] !== undefined)
  const cells: Cells = crossGroups(records, by)
  const cell = cells.names.findIndex((names) =>
    by.every((grouping, place) => names[place] === group[grouping]),
  )
  if (cell < 0) {
    throw new AppError(
      'NOT_FOUND',
      `There is no group ${Object.values(group).join(', ')} in this evaluation.`,
      {
        details: { group: Object.values(group).join(', ') },
      },
    )
  }
  return [...records.labelled.keys()].filter(
    (image) => cells.indices[image] === cell && (records.labelled[image] ?? -1) >= 0,
  )
}

function describeImage({ records, images }: FiguredTask, image: number, isRight: boolean) {
  const { labels, labelled, predicted, years } = records
  const known = (value: number | undefined): number | null =>
    value === undefined || Number.isNaN(value) ? null : value
  const member = images[image]
  if (member === undefined) throw new Error(`The evaluation has no image at ${image}`)
  return {
    imageId: member.imageId satisfies ImageId,
    thumb: member.pixelSha256,
    labelled: labels[labelled[image] ?? -1] ?? '',
    predicted: labels[predicted[image] ?? -1] ?? null,
    isRight,
    years: known(years?.predicted[image]),
    labelledYears: known(years?.labelled[image]),
  }
}
