import * as z from 'zod'
import type {
  CheckHistogram,
  CheckPreview,
  CheckRates,
  CheckSummary,
} from '#shared/contract/check.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { ImageTile } from '#shared/contract/image.contract.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import { checkIds, checks, checksByGrouping, groupingCheck, type CheckId } from '#shared/domain/checks.ts'
import type { WorkerPool } from '#engine/base/threads/worker-pool.ts'
import { binCounts, flagCounts, previewFigures, ratesFigures } from './check-read-tasks.ts'
import type { CheckRunRow, CheckScoreRepo } from './check-score.repo.ts'
import type { CheckScoreService } from './check-score.service.ts'
import { rateFlags } from './flag-rates.ts'

interface CheckServiceDeps {
  readonly scores: CheckScoreRepo
  readonly writer: CheckScoreService
  /** On the entry `check-reads`. */
  readonly reads: WorkerPool
  /** Path of the database file. */
  readonly catalogue: string
  readonly readTiles: (imageIds: readonly number[]) => ImageTile[]
  readonly publishChange: (topics: readonly Topic[]) => void
}

interface Standing {
  readonly run: CheckRunRow | undefined
  readonly cut: number | null
  readonly newestImage: number
  /** Images have been restored or kept since, which it left out. */
  readonly isBehind: boolean
  /** The limit by which it groups copies was moved since. */
  readonly isMoved: boolean
  readonly counts:
    | {
        readonly flagged: number
        readonly open: number
        readonly groups: number
        readonly openGroups: number
      }
    | undefined
}

function describeState({
  run,
  newestImage,
  isBehind,
  isMoved,
}: Standing): Pick<CheckSummary, 'state' | 'reason'> {
  if (run === undefined) return { state: 'not-checked', reason: 'It has not been run yet. Start a scan.' }
  if (run.finishedAt === null) {
    const reason = run.unavailable ?? 'Its scan has not come to its end. Resume it or start a new one.'
    return { state: 'not-checked', reason }
  }
  if (run.unavailable !== null) return { state: 'stale', reason: run.unavailable }
  if (newestImage > run.newestImageId) {
    return { state: 'stale', reason: 'Images have been imported since. Scan again to check them too.' }
  }
  if (isBehind) {
    return {
      state: 'stale',
      reason: 'Images that it left out have been restored or kept since. Scan again to check them too.',
    }
  }
  if (isMoved) {
    return {
      state: 'stale',
      reason: 'The limit of near duplicates is another one by now. Scan for copies again to group by it.',
    }
  }
  return { state: 'checked', reason: null }
}

function summarise(id: CheckId, standing: Standing): CheckSummary {
  const { run, cut, counts } = standing
  const hasRun = run !== undefined && run.version > 0
  return {
    id,
    ...describeState(standing),
    version: hasRun ? run.version : null,
    params: run?.params ?? {},
    finishedAt: run?.finishedAt ?? null,
    images: run?.images ?? 0,
    flagged: counts?.flagged ?? 0,
    open: counts?.open ?? 0,
    groups:
      checks[id].source === 'duplicates'
        ? { flagged: counts?.groups ?? 0, open: counts?.openGroups ?? 0 }
        : null,
    cut,
    defaultCut: checks[id].cut,
  }
}

const limitOf = z.object({ limit: z.number() })
const readLimit = (run: CheckRunRow | undefined): number | null =>
  limitOf.safeParse(run?.params).data?.limit ?? null

/** How every check stands, what its cut flags, and where the cut is. */
export class CheckService {
  readonly #deps: CheckServiceDeps

  constructor(deps: CheckServiceDeps) {
    this.#deps = deps
  }

  async list(signal?: AbortSignal): Promise<CheckSummary[]> {
    const { counts, behind } = await this.#read('countFlags', {}, { result: flagCounts, signal })
    const countsOf = new Map(counts.map(({ check, ...flags }) => [check, flags]))
    const { scores } = this.#deps
    const cuts = scores.readCuts()
    const newestImage = scores.newestImage()
    return checkIds.map((id) =>
      summarise(id, {
        run: scores.findRun(id),
        cut: checks[id].cut === null ? null : (cuts.get(id) ?? checks[id].cut),
        newestImage,
        isBehind: behind.includes(id),
        isMoved:
          checksByGrouping.includes(id) &&
          readLimit(scores.findRun(id)) !== this.#deps.writer.cutOf(groupingCheck),
        counts: countsOf.get(id),
      }),
    )
  }

  /** Of every check that has scores. */
  async rates(signal?: AbortSignal): Promise<CheckRates[]> {
    const all = await this.#read('countRates', {}, { result: ratesFigures, signal })
    return all.map(({ check, cells }) => ({ check, ...rateFlags(cells) }))
  }

  async histogram(
    { check, bins }: { check: CheckId; bins: number },
    signal?: AbortSignal,
  ): Promise<CheckHistogram> {
    const counts = await this.#read('countBins', { check, bins }, { result: binCounts, signal })
    return {
      edges: Array.from({ length: bins + 1 }, (_, edge) => edge / bins),
      counts,
      cut: this.#deps.writer.cutOf(check),
      n: counts.reduce((sum, count) => sum + count, 0),
    }
  }

  async preview(
    { check, cut: asked, examples }: { check: CheckId; cut: number | null; examples: number },
    signal?: AbortSignal,
  ): Promise<CheckPreview> {
    if (asked !== null) this.#requireCut(check)
    const cut = asked ?? this.#deps.writer.cutOf(check)
    const task = { check, cut, limit: examples }
    const { cells, below, above } = await this.#read('previewCut', task, { result: previewFigures, signal })
    const scoreOf = new Map([...below, ...above].map(({ imageId, score }) => [imageId, score]))
    const show = (some: typeof below): CheckPreview['below'] =>
      this.#deps
        .readTiles(some.map(({ imageId }) => imageId))
        .map((tile) => ({ tile, score: scoreOf.get(tile.id) ?? 0 }))
    return { check, cut, ...rateFlags(cells), below: show(below), above: show(above) }
  }

  /** Flags anew between the old cut and the new one; null goes back to the default. */
  async setCut(
    { check, cut }: { check: CheckId; cut: number | null },
    signal: AbortSignal | undefined,
  ): Promise<CheckSummary> {
    this.#requireCut(check)
    const { scores, writer, publishChange } = this.#deps
    scores.setCut(check, cut)
    // Who is whose copy follows the limit too, which only a scan can tell.
    if (check !== groupingCheck) await writer.applyCut(check)
    publishChange(['checks', 'images'])
    const summary = (await this.list(signal)).find(({ id }) => id === check)
    if (summary === undefined) throw new Error(`No check ${check}`)
    return summary
  }

  #requireCut(check: CheckId): void {
    if (checks[check].cut !== null) return
    throw new AppError(
      'INVALID_INPUT',
      `The check "${checks[check].title}" flags by a rule of its own and has no cut to choose.`,
      { details: { field: 'cut', check } },
    )
  }

  #read<Result extends z.ZodType>(
    name: string,
    task: Readonly<Record<string, unknown>>,
    { result, signal }: { result: Result; signal: AbortSignal | undefined },
  ): Promise<z.output<Result>> {
    const { reads, catalogue } = this.#deps
    const call = { name, result, signal: signal ?? new AbortController().signal }
    return reads.run({ ...task, catalogue }, call)
  }
}
