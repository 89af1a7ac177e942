import type { RunId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { RunSummary, SweepResults } from '#shared/contract/run.contract.ts'
import type {
  StartedSweep,
  SweepId,
  SweepMetric,
  SweepRequest,
  SweepSummary,
} from '#shared/contract/sweep.contract.ts'
import { tasks } from '#shared/domain/tasks.ts'
import { diffChoices } from '#shared/derived/compare-choices.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import { planSweep } from '#engine/learning/training/domain/plan-sweep.ts'
import { pickCompared } from './run-comparison.service.ts'
import type { RunControlService, StartedRun } from './run-control.service.ts'
import { PlanningMemo, type RunPlan, type RunPlanService } from './run-plan.service.ts'
import type { RunService } from './run.service.ts'
import type { SweepRepo, SweepRow } from './sweep.repo.ts'

interface SweepServiceDeps {
  readonly sweeps: SweepRepo
  readonly runs: RunService
  readonly plans: RunPlanService
  readonly control: RunControlService
  readonly now: Clock
}

const longestName = 200
const isUnfinished = ({ state }: RunSummary): boolean => state !== 'succeeded'
const isUnderWay = ({ state }: RunSummary): boolean => state === 'queued' || state === 'running'

/** Runs that differ in a few choices, queued and judged together. */
export class SweepService {
  readonly #deps: SweepServiceDeps

  constructor(deps: SweepServiceDeps) {
    this.#deps = deps
  }

  /**
   * Looks at every run as its own start would, then queues them all, or none.
   * @throws AppError INVALID_INPUT for a plan that does not fit or has too many runs; as `RunPlanService.plan` does.
   */
  async start(
    { name: asked, base, plan }: SweepRequest,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<StartedSweep> {
    const { plans, sweeps, control, now } = this.#deps
    const name = asked ?? base.name ?? `Sweep over ${plan.axes.map(({ path }) => path).join(', ')}`
    const memo = new PlanningMemo()
    const planned: RunPlan[] = []
    for (const { config, words } of planSweep(base, plan)) {
      const named = { ...config, name: `${name}: ${words}`.slice(0, longestName) }
      planned.push(await plans.plan(named, { signal, memo }))
    }
    const sweepId = sweeps.insert({ name, plan, createdAt: formatTimestamp(now()) })
    const runs: StartedRun[] = []
    for (const one of planned) runs.push(await control.queuePlan(one, sweepId))
    return { sweepId, runs }
  }

  /** Newest first. */
  list(): SweepSummary[] {
    const runs = this.#deps.sweeps.listRuns()
    return this.#deps.sweeps.list().map((sweep) => ({ ...sweep, runIds: runs.get(sweep.id) ?? [] }))
  }

  /** Its runs, best first by the metric. Throws NOT_FOUND. */
  results(id: SweepId, metric: SweepMetric = 'mean'): SweepResults {
    const sweep = this.#find(id)
    const runs = this.#listRuns(id)
    const differences = diffChoices(runs.map(({ config }) => config))
    const rows = runs.map((run, index) => ({
      ...pickCompared(run),
      score: scoreRun(run, metric),
      values: differences.map(({ values }) => values[index] ?? null),
    }))
    const direction = metric === 'ageMae' ? 1 : -1
    rows.sort((a, b) => {
      if (a.score === null || b.score === null) return Number(a.score === null) - Number(b.score === null)
      return direction * (a.score - b.score)
    })
    return {
      sweep: { ...sweep, runIds: runs.map((run) => run.id) },
      metric,
      axes: differences.map(({ path, title }) => ({ path, title })),
      rows,
    }
  }

  /** Stops every run that waits or trains. Throws NOT_FOUND. */
  stop(id: SweepId): SweepResults {
    this.#find(id)
    // From the last one: stopping the first would let the next one begin.
    for (const run of this.#listRuns(id).filter(isUnderWay).toReversed()) this.#deps.control.stop(run.id)
    return this.results(id)
  }

  /** Queues every run that was stopped before its end. Throws NOT_FOUND, or CONFLICT when all have ended well. */
  resume(id: SweepId): StartedSweep {
    this.#find(id)
    const stopped = this.#listRuns(id).filter((run) => isUnfinished(run) && !isUnderWay(run))
    if (stopped.length === 0) {
      throw new AppError('CONFLICT', `Sweep ${id} has no run that was stopped before its end.`, {
        details: { sweepId: id },
      })
    }
    return { sweepId: id, runs: stopped.map((run) => this.#deps.control.resume(run.id)) }
  }

  #find(id: SweepId): SweepRow {
    const sweep = this.#deps.sweeps.find(id)
    if (sweep === undefined) {
      throw new AppError('NOT_FOUND', `There is no sweep ${id}. List the sweeps to see which there are.`, {
        details: { sweepId: id },
      })
    }
    return sweep
  }

  #listRuns(id: SweepId): RunSummary[] {
    const ids: readonly RunId[] = this.#deps.sweeps.listRuns().get(id) ?? []
    return ids.map((run) => this.#deps.runs.summary(run))
  }
}

/** The metric at the best epoch; null before there is one, or where the run does not measure it. */
function scoreRun({ best }: RunSummary, metric: SweepMetric): number | null {
  if (best === null) return null
  switch (metric) {
    case 'mean': {
      const values = tasks.flatMap((task) => best[task]?.accuracy.value ?? [])
      return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
    }
    case 'race':
    case 'gender':
    case 'age':
      return best[metric]?.accuracy.value ?? null
    case 'ageMae':
      return best.age?.years?.mae ?? null
    default:
      return metric satisfies never
  }
}
