import type { BaselineId } from '#shared/contract/baseline.contract.ts'
import type { EvaluationId } from '#shared/contract/base.contract.ts'
import type { TaskEvaluation } from '#shared/contract/evaluation.contract.ts'
import type { ComparisonResult } from '#shared/contract/fairness.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { ReportPopulation, ReportTask } from '#shared/contract/report.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { JobContext } from '#engine/base/jobs/job.ts'
import type { EvaluationRecords } from '#engine/assessment/evaluation/evaluation-records.ts'
import type { CompareService } from '#engine/assessment/fairness/compare.service.ts'
import type { FairnessService } from '#engine/assessment/fairness/fairness.service.ts'
import type { ReportFigures } from './domain/assemble-report.ts'
import { askTable, leavesOutPairs, listTables } from './domain/list-requests.ts'
import { measurePopulation } from './domain/measure-population.ts'
import { measureReliability } from './domain/measure-reliability.ts'

/** Where figures come from: a project's services, or the same over the answers of a bundle. */
export interface FigureSources {
  readonly records: Pick<EvaluationRecords, 'read'>
  readonly fairness: Pick<FairnessService, 'get'>
  readonly systems: Pick<CompareService, 'compare'>
}

interface AskedFigures {
  readonly evaluationId: EvaluationId
  /** The evaluation of each task that the model answers. */
  readonly results: Readonly<Record<Task, TaskEvaluation | null>>
  readonly baselines: readonly BaselineId[]
  /** Whether a system that answers for no image of the evaluation is passed over. */
  readonly passesStrangers: boolean
  readonly draws: number
}

/** In which tasks stand in a report. */
export const reportTasks = ['race', 'gender', 'age'] as const satisfies readonly Task[]

/** Every figure of a report: the same for the same answers, wherever they come from. */
export async function computeFigures(
  sources: FigureSources,
  asked: AskedFigures,
  { signal, report }: Pick<JobContext, 'signal' | 'report'>,
): Promise<ReportFigures> {
  const { evaluationId, results, draws } = asked
  const tasks: ReportTask[] = []
  let population: ReportPopulation | null = null
  const answered = reportTasks.filter((task) => results[task] !== null)
  const plans = await Promise.all(
    answered.map(async (task) => ({
      task,
      records: (await sources.records.read(evaluationId, task)).records,
    })),
  )
  const tables = plans.map(({ task, records }) =>
    listTables(task, {
      labels: records.labels,
      probabilities: records.probabilities?.some((value) => !Number.isNaN(value)) === true,
      years: records.years !== undefined,
    }),
  )
  const total = tables.flat().length
  let done = 0
  for (const [place, { task, records }] of plans.entries()) {
    const result = results[task]
    if (result === null) continue
    population ??= measurePopulation(records)
    const groups: ReportTask['groups'] = []
    for (const table of tables[place] ?? []) {
      report({ phase: `Comparing groups: ${task}`, done, total })
      const found = await sources.fairness.get(askTable(evaluationId, task, { table, draws }), signal)
      groups.push(leavesOutPairs(table.by) ? { ...found, pairs: [] } : found)
      done += 1
    }
    tasks.push({ task, result, groups, reliability: measureReliability(records) })
  }
  if (population === null)
    throw new AppError(
      'PRECONDITION',
      `Evaluation ${evaluationId} answers no task: there is nothing to report.`,
    )
  return { population, tasks, systems: await compareSystems(sources, asked) }
}

async function compareSystems(
  { systems }: FigureSources,
  { evaluationId, baselines, passesStrangers }: AskedFigures,
): Promise<ComparisonResult[]> {
  const found: ComparisonResult[] = []
  for (const baselineId of baselines) {
    try {
      found.push(
        await systems.compare({
          evaluationId,
          with: { baselineId },
          by: ['race'],
          margin: 0.05,
          correction: 'holm',
          confidence: 0.95,
        }),
      )
    } catch (error) {
      const isStranger = error instanceof AppError && error.code === 'PRECONDITION'
      if (!isStranger || !passesStrangers) throw error
    }
  }
  return found
}
