import { resolve } from 'node:path'
import { setImmediate as yieldToEvents } from 'node:timers/promises'
import { stringify } from 'csv-stringify/sync'
import * as z from 'zod'
import type { JobId, SplitId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { SplitRequest, SplitResult, SplitSummary } from '#shared/contract/split.contract.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import type { JobContext, JobRunner } from '#engine/base/jobs/job.ts'
import { hasSameContent, writeFileAtomically } from '#engine/base/kernel/atomic-file.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { runWorker } from '#engine/base/threads/run-worker.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import {
  computedSplit,
  readGroupKey,
  splitParts,
  type ComputedSplit,
  type ComputeSplitTask,
} from './compute-split.ts'
import type { NewSplitMember, SplitExportRow, SplitRepo } from './split.repo.ts'

interface SplitServiceDeps {
  readonly splits: SplitRepo
  readonly jobs: JobRunner
  /** Path of the database file, for the worker that plans. */
  readonly catalogue: string
  readonly workers: WorkerLocator
  readonly now: Clock
  readonly publishChange: (topics: readonly Topic[]) => void
}

/** Small enough that one transaction stays below 20 ms. */
const membersPerTransaction = 500
const exportPageRows = 1000
/** Planning looks at no cancel flag: it only reads, so its thread can be ended at any point. */
const planningGraceMs = 50

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
    this.#checkDatasets(request)
    this.#checkSnapshot(request)
    this.#chooseName(request.name)
    return this.#deps.jobs.enqueue('split', request).id
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

  /** The job's work: plans in a worker, stores in batches, seals. A cut-off attempt is cleared away first. */
  async make(request: SplitRequest, { jobId, signal, report }: JobContext): Promise<SplitResult> {
    const made = this.#deps.splits.findByJob(jobId)
    if (made !== undefined) return toResult(made)
    await this.#clearUnfinished(signal)
    this.#checkDatasets(request)
    const name = this.#chooseName(request.name)
    report({ phase: 'Planning', done: 0, total: null })
    const computed = await this.#compute(request, signal)
    const { hash, labelScheme, parts, totalVariation } = computed
    const id = this.#deps.splits.insert({
      name,
      hash,
      seed: request.seed,
      ratios: request.ratios,
      labelScheme,
      figures: { parts, totalVariation },
      snapshotId: request.snapshotId ?? null,
      jobId,
      createdAt: formatTimestamp(this.#deps.now()),
    })
    await this.#storeMembers(id, computed, { signal, report })
    this.#deps.publishChange(['splits', 'images', 'project'])
    return { splitId: id, hash, parts }
  }

  /**
   * Writes `image,group,race,gender,age,part,sha256`, one row per image, a missing label as an empty field.
   * Cells that a spreadsheet would take for a formula begin with an apostrophe.
   */
  async exportCsv(id: SplitId, target: string): Promise<SplitExport> {
    this.get(id)
    const chunks = [stringify([['image', 'group', 'race', 'gender', 'age', 'part', 'sha256']])]
    let rows = 0
    let after = 0
    for (let isMore = true; isMore;) {
      const page = this.#deps.splits.exportRows({ splitId: id, after, limit: exportPageRows })
      chunks.push(stringify(page.map(toCsvRow), { escape_formulas: true }))
      rows += page.length
      after = page.at(-1)?.imageId ?? after
      isMore = page.length === exportPageRows
      await yieldToEvents()
    }
    const content = Buffer.from(chunks.join(''))
    const file = resolve(target)
    if (!(await hasSameContent(file, content))) await writeFileAtomically(file, content)
    return { file, rows, sha256: hashBytes(content) }
  }

  async #compute(
    { datasets, ratios, seed, snapshotId }: SplitRequest,
    signal: AbortSignal,
  ): Promise<ComputedSplit> {
    const { catalogue, workers } = this.#deps
    const input: ComputeSplitTask = {
      catalogue,
      datasets: datasets ?? null,
      snapshotId: snapshotId ?? null,
      ratios,
      seed,
    }
    return runWorker({
      workers,
      name: 'split',
      input,
      progress: z.never(),
      result: computedSplit,
      onProgress: () => undefined,
      signal,
      graceMs: planningGraceMs,
    })
  }

  async #storeMembers(
    id: SplitId,
    computed: ComputedSplit,
    { signal, report }: Pick<JobContext, 'signal' | 'report'>,
  ): Promise<void> {
    const total = computed.imageIds.length
    for (let from = 0; from < total; from += membersPerTransaction) {
      signal.throwIfAborted()
      const to = Math.min(total, from + membersPerTransaction)
      this.#deps.splits.insertMembers(
        id,
        Array.from({ length: to - from }, (_, index) => readMember(computed, from + index)),
      )
      report({ phase: 'Storing', done: to, total })
      await yieldToEvents()
    }
    this.#deps.splits.complete(id, total)
  }

  async #clearUnfinished(signal: AbortSignal): Promise<void> {
    for (const id of this.#deps.splits.unfinished()) {
      while (this.#deps.splits.deleteUnfinished(id, membersPerTransaction)) {
        signal.throwIfAborted()
        await yieldToEvents()
      }
    }
  }

  #checkDatasets({ datasets }: SplitRequest): void {
    const known = this.#deps.splits.datasets()
    if (known.length === 0) {
      throw new AppError('PRECONDITION', 'The project has no images yet. Import a data set first.')
    }
    const unknown = datasets?.find((dataset) => !known.includes(dataset))
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
    const taken = this.#deps.splits.names()
    if (wanted !== undefined) {
      if (!taken.has(wanted)) return wanted
      throw new AppError(
        'CONFLICT',
        `There already is a split named ${JSON.stringify(wanted)}. Choose another name.`,
        {
          details: { name: wanted },
        },
      )
    }
    let number = taken.size + 1
    while (taken.has(`Split ${number}`)) number++
    return `Split ${number}`
  }
}

const toResult = ({ splitId, hash, parts }: SplitSummary): SplitResult => ({ splitId, hash, parts })

const toCsvRow = ({ dataset, path, groupKey, race, gender, ageBin, part, fileSha256 }: SplitExportRow) => [
  `${dataset}/${path}`,
  groupKey,
  race ?? '',
  gender ?? '',
  ageBin ?? '',
  part,
  fileSha256,
]

function readMember(computed: ComputedSplit, index: number): NewSplitMember {
  const { imageIds, partOf, groupOf, groupKeys, labelOf, labels, ageYears } = computed
  const years = ageYears[index] ?? NaN
  const part = splitParts[partOf[index] ?? 0]
  const imageId = imageIds[index]
  if (part === undefined || imageId === undefined) throw new RangeError(`No image ${index} in the plan`)
  return {
    imageId,
    groupKey: readGroupKey(groupKeys, groupOf[index] ?? 0),
    part,
    race: labels.race[labelOf.race[index] ?? -1] ?? null,
    gender: labels.gender[labelOf.gender[index] ?? -1] ?? null,
    ageBin: labels.ageBin[labelOf.ageBin[index] ?? -1] ?? null,
    ageYears: Number.isNaN(years) ? null : years,
  }
}
