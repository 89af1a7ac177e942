import { resolve } from 'node:path'
import type { JobId, SplitId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import {
  splitRequest,
  splitStratum,
  type SplitRequest,
  type SplitResult,
  type SplitSummary,
} from '#shared/contract/split.contract.ts'
import type { ErasureWork, ImageHolder } from '#engine/base/holders/image-holder.ts'
import type { JobContext, JobRunner } from '#engine/base/jobs/job.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import { csvChunks } from '#engine/base/kernel/csv-chunks.ts'
import { batchInTurns, pageInTurns, repeatInTurns, rowsPerTransaction } from '#engine/base/kernel/in-turns.ts'
import { writeNewFile } from '#engine/base/kernel/write-new-file.ts'
import { readingGraceMs, runWorker } from '#engine/base/threads/run-worker.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { writeParquet } from '#engine/data/catalogue/write-parquet.ts'
import { readLabels } from '#engine/data/members/domain/label-columns.ts'
import { nameList } from '#engine/data/members/name-list.ts'
import {
  computedSplit,
  readGroupKey,
  splitParts,
  type ComputedSplit,
  restatedSplit,
  type SplitTask,
} from './compute-split.ts'
import type { SnapshotSeals } from '#engine/data/snapshots/snapshot-seals.ts'
import type { SplitSeals } from './split-seals.ts'
import type { NewSplitMember, SplitExportRow, SplitRepo } from './split.repo.ts'

interface SplitServiceDeps {
  readonly splits: SplitRepo
  readonly seals: SplitSeals
  readonly snapshotSeals: SnapshotSeals
  readonly jobs: Pick<JobRunner, 'enqueue'>
  /** Path of the database file, for the worker that plans. */
  readonly catalogue: string
  readonly workers: WorkerLocator
  readonly now: Clock
}

const unasked: SplitRequest = splitRequest.parse({})

const exportPageRows = 1000
/** A name has 200 characters at most, and the number of its version wants some. */
const longestStem = 190

export interface SplitExport {
  readonly file: string
  readonly rows: number
  readonly sha256: string
}

/** Makes, lists and exports splits. */
export class SplitService {
  readonly #deps: SplitServiceDeps

  constructor(deps: SplitServiceDeps) {
    this.#deps = deps
  }

  /** Queues the making of a split. Throws CONFLICT for a name in use, NOT_FOUND for an unknown data set or snapshot. */
  create(request: SplitRequest): JobId {
    checkSource(request)
    this.#checkDatasets(request)
    this.#checkSnapshot(request)
    if (request.keepTestOf !== undefined) this.get(request.keepTestOf)
    this.#chooseName(request.name)
    return this.#deps.jobs.enqueue('split', request).id
  }

  /**
   * Queues a split with the settings of an earlier one on the images and labels as they are now, also where that one was made
   * from a snapshot. Throws NOT_FOUND, CONFLICT for a name in use.
   */
  again(id: SplitId, name: string | undefined): JobId {
    const { name: earlier, seed, ratios } = this.get(id)
    const { datasets, strata, keepTestOf, source } = this.#deps.splits.findRequest(id) ?? unasked
    return this.create({
      ...(datasets === undefined ? {} : { datasets }),
      ...(strata === undefined ? {} : { strata }),
      ...(keepTestOf === undefined ? {} : { keepTestOf }),
      ...(source === undefined ? {} : { source }),
      name: name ?? nameNextVersion(earlier, this.#deps.splits.names()),
      ...(source === undefined ? { seed, ratios } : { seed: unasked.seed, ratios: unasked.ratios }),
    })
  }

  list(): SplitSummary[] {
    return this.#deps.splits.list()
  }

  get(id: SplitId): SplitSummary {
    const split = this.#deps.splits.find(id)
    if (split === undefined)
      throw new AppError('NOT_FOUND', `There is no split ${id}.`, { details: { splitId: id } })
    return split
  }

  /** Throws NOT_FOUND, CONFLICT where it is no longer what was sealed. */
  async getVerified(id: SplitId, signal?: AbortSignal): Promise<SplitSummary> {
    const split = this.get(id)
    await this.#deps.seals.verify(id, signal)
    return split
  }

  /** The job's work: plans in a worker, stores in batches, seals. A cut-off attempt is cleared away first. */
  async make(request: SplitRequest, { jobId, signal, report }: JobContext): Promise<SplitResult> {
    const made = this.#deps.splits.findByJob(jobId)
    if (made !== undefined) return toResult(made)
    await this.#clearUnfinished(signal)
    this.#checkDatasets(request)
    const name = this.#chooseName(request.name)
    if (request.keepTestOf !== undefined) await this.getVerified(request.keepTestOf, signal)
    if (request.snapshotId !== undefined) await this.#deps.snapshotSeals.verify(request.snapshotId, signal)
    report({ phase: 'Planning', done: 0, total: null })
    const computed = await this.#compute(request, signal)
    const { hash, labelScheme, ratios, parts, totalVariation, plan } = computed
    const id = this.#deps.splits.insert({
      name,
      hash,
      seed: request.source === undefined ? request.seed : 0,
      ratios,
      labelScheme,
      plan,
      figures: { parts, totalVariation },
      snapshotId: request.snapshotId ?? null,
      jobId,
      createdAt: formatTimestamp(this.#deps.now()),
    })
    await this.#storeMembers(id, computed, { signal, report })
    return { splitId: id, hash, parts }
  }

  /**
   * Writes `image,group,race,gender,age,part,sha256`, one row per image. In CSV a missing label is an empty field, and cells
   * that a spreadsheet would take for a formula begin with an apostrophe; in Parquet a missing label is null.
   */
  async export(
    id: SplitId,
    { file: target, format }: { file: string; format: 'csv' | 'parquet' },
  ): Promise<SplitExport> {
    await this.getVerified(id)
    const { splits } = this.#deps
    let rows = 0
    async function* listRows() {
      const read = (page: { after: number; limit: number }) => splits.exportRows({ splitId: id, ...page })
      for await (const page of pageInTurns(read, { limit: exportPageRows })) {
        rows += page.length
        yield page.map(toCells)
      }
    }
    const file = resolve(target)
    const chunks =
      format === 'csv'
        ? csvChunks(exportColumns, listRows())
        : writeParquet(
            exportColumns.map((name) => ({ name, type: 'text' as const })),
            listRows(),
          )
    const { sha256 } = await writeNewFile(file, chunks)
    return { file, rows, sha256 }
  }

  /** How splits let go of images: each is counted and sealed anew over those that are left. */
  get holder(): ImageHolder {
    const { splits } = this.#deps
    return {
      rows: splits.held,
      listUses: (imageIds) => splits.uses(imageIds),
      settle: (work) => this.#restate(work),
    }
  }

  async #restate({ effects, signal }: ErasureWork): Promise<void> {
    const { splits, catalogue, workers } = this.#deps
    for (const { kind, id } of effects) {
      if (kind !== 'split') continue
      const input: SplitTask = { kind: 'restate', catalogue, splitId: id }
      const result = restatedSplit
      splits.restate(
        id,
        await runWorker({ workers, name: 'split', input, result, signal, graceMs: readingGraceMs }),
      )
    }
  }

  async #compute(request: SplitRequest, signal: AbortSignal): Promise<ComputedSplit> {
    const { catalogue, workers } = this.#deps
    const input = this.#toTask(request, catalogue)
    return runWorker({
      workers,
      name: 'split',
      input,
      result: computedSplit,
      signal,
      graceMs: readingGraceMs,
    })
  }

  #toTask(request: SplitRequest, catalogue: string): SplitTask {
    const { datasets = null, ratios, seed, snapshotId = null, strata, keepTestOf, source } = request
    if (source !== undefined) return { kind: 'adopt', catalogue, datasets, source }
    const kept = keepTestOf === undefined ? null : this.get(keepTestOf)
    const keepTest = kept && { splitId: kept.splitId, hash: kept.hash }
    return {
      kind: 'plan',
      catalogue,
      datasets,
      snapshotId,
      ratios,
      seed,
      strata: strata ?? [...splitStratum.options],
      keepTest,
    }
  }

  async #storeMembers(
    id: SplitId,
    computed: ComputedSplit,
    { signal, report }: Pick<JobContext, 'signal' | 'report'>,
  ): Promise<void> {
    const { splits } = this.#deps
    const total = computed.imageIds.length
    const store = (from: number, to: number): void => {
      splits.insertMembers(
        id,
        Array.from({ length: to - from }, (_, index) => readMember(computed, from + index)),
      )
      report({ phase: 'Storing', done: to, total })
    }
    await batchInTurns(total, ({ from, to }) => store(from, to), { signal })
    splits.complete(id, total)
  }

  async #clearUnfinished(signal: AbortSignal): Promise<void> {
    for (const id of this.#deps.splits.unfinished()) {
      await repeatInTurns(() => this.#deps.splits.deleteUnfinished(id, rowsPerTransaction), signal)
    }
  }

  #checkDatasets({ datasets = [], source }: SplitRequest): void {
    const known = this.#deps.splits.datasets()
    if (known.length === 0) {
      throw new AppError('PRECONDITION', 'The project has no images yet. Import a data set first.')
    }
    const asParts = source?.kind === 'datasets' ? Object.values(source.parts).flatMap((ids) => ids ?? []) : []
    const unknown = [...datasets, ...asParts].find((dataset) => !known.includes(dataset))
    if (unknown !== undefined) {
      throw new AppError(
        'NOT_FOUND',
        `There is no data set ${unknown}. Data sets here: ${known.join(', ')}.`,
        {
          details: { datasetId: unknown },
        },
      )
    }
  }

  #checkSnapshot({ snapshotId }: SplitRequest): void {
    if (snapshotId === undefined || this.#deps.splits.hasSnapshot(snapshotId)) return
    throw new AppError('NOT_FOUND', `There is no snapshot ${snapshotId}.`, { details: { snapshotId } })
  }

  #chooseName(wanted: string | undefined): string {
    return nameList(wanted, { kind: 'split', taken: this.#deps.splits.names() })
  }
}

/** "Faces" becomes "Faces v2", that one "Faces v3". */
function nameNextVersion(earlier: string, taken: ReadonlySet<string>): string {
  const stem = earlier.replace(/ v\d+$/, '').slice(0, longestStem)
  let version = 2
  while (taken.has(`${stem} v${version}`)) version++
  return `${stem} v${version}`
}

/** Throws INVALID_INPUT for what a split that others made cannot be asked for beside it. */
function checkSource({ source, snapshotId, strata, keepTestOf }: SplitRequest): void {
  if (source === undefined) return
  const beside = Object.entries({ snapshotId, strata, keepTestOf }).filter(([, value]) => value !== undefined)
  if (beside.length === 0) return
  throw new AppError(
    'INVALID_INPUT',
    `A split that others made is taken over as it is, of the catalogue as it is: leave out ${beside.map(([name]) => name).join(', ')}.`,
  )
}

const toResult = ({ splitId, hash, parts }: SplitSummary): SplitResult => ({ splitId, hash, parts })

const exportColumns = ['image', 'group', 'race', 'gender', 'age', 'part', 'sha256']

const toCells = ({ dataset, path, groupKey, race, gender, ageBin, part, fileSha256 }: SplitExportRow) => [
  `${dataset}/${path}`,
  groupKey,
  race,
  gender,
  ageBin,
  part,
  fileSha256,
]

function readMember(computed: ComputedSplit, index: number): NewSplitMember {
  const { partOf, groupOf, groupKeys } = computed
  const part = splitParts[partOf[index] ?? 0]
  if (part === undefined) throw new RangeError(`No part ${partOf[index]} in the plan`)
  return {
    ...readLabels(computed, index),
    groupKey: readGroupKey(groupKeys, groupOf[index] ?? 0),
    part,
  }
}
