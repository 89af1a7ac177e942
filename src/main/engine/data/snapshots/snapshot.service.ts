import type * as z from 'zod'
import { sha256, type SnapshotId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { SnapshotDiff, SnapshotSummary, snapshotContract } from '#shared/contract/snapshot.contract.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import { formatCount } from '#shared/domain/format.ts'
import type { ErasureWork, ImageHolder } from '#engine/base/holders/image-holder.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import { batchInTurns, repeatInTurns, rowsPerTransaction } from '#engine/base/kernel/in-turns.ts'
import { readingGraceMs, runWorker } from '#engine/base/threads/run-worker.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { readLabels, readNumber } from '#engine/data/members/domain/label-columns.ts'
import { nameList } from '#engine/data/members/name-list.ts'
import type { SnapshotSeals } from './snapshot-seals.ts'
import type { NewSnapshotMember, SnapshotRepo } from './snapshot.repo.ts'
import { comparedSnapshots, readState, type ReadState, type SnapshotTask } from './snapshot-tasks.ts'

interface SnapshotServiceDeps {
  readonly snapshots: SnapshotRepo
  readonly seals: SnapshotSeals
  /** Path of the database file, for the worker that reads. */
  readonly catalogue: string
  readonly workers: WorkerLocator
  readonly now: Clock
  readonly publishChange: (topics: readonly Topic[]) => void
}

type DiffRequest = z.output<NonNullable<(typeof snapshotContract.diff)['~orpc']['inputSchema']>>

/** "+0 -912 images, 143 labels changed" */
const describeDiff = ({ added, removed, labels }: Omit<SnapshotDiff, 'text'>): string =>
  `+${formatCount(added)} -${formatCount(removed)} images, ` +
  `${labels === 1 ? '1 label' : `${formatCount(labels)} labels`} changed`

/** Makes, lists and compares snapshots. */
export class SnapshotService {
  readonly #deps: SnapshotServiceDeps
  readonly #closing = new AbortController()
  readonly #making = new Set<SnapshotId>()
  readonly #running = new Set<Promise<unknown>>()

  constructor(deps: SnapshotServiceDeps) {
    this.#deps = deps
  }

  /** Throws CONFLICT for a name in use, PRECONDITION where there is nothing to keep. */
  async create(request: {
    readonly name: string | undefined
    readonly note: string
    readonly actor: string
    readonly signal: AbortSignal
  }): Promise<SnapshotSummary> {
    this.#chooseName(request.name)
    const signal = AbortSignal.any([request.signal, this.#closing.signal])
    return this.#track(async () => {
      await this.#clearUnfinished(signal)
      const state = await this.#read(signal)
      if (state.imageIds.length === 0) {
        throw new AppError(
          'PRECONDITION',
          'There are no images to keep in a snapshot. Import a data set first.',
        )
      }
      const { note, actor } = request
      const id = this.#deps.snapshots.insert({
        name: this.#chooseName(request.name),
        note,
        actor,
        hash: state.hash,
        images: state.imageIds.length,
        createdAt: formatTimestamp(this.#deps.now()),
      })
      this.#making.add(id)
      try {
        await this.#store(id, state, signal)
      } finally {
        this.#making.delete(id)
      }
      this.#deps.publishChange(['snapshots'])
      return this.get(id)
    })
  }

  list(): SnapshotSummary[] {
    return this.#deps.snapshots.list()
  }

  /** Throws NOT_FOUND. */
  get(id: SnapshotId): SnapshotSummary {
    const found = this.#deps.snapshots.find(id)
    if (found !== undefined) return found
    throw new AppError('NOT_FOUND', `There is no snapshot ${id}.`, { details: { snapshotId: id } })
  }

  /** Throws NOT_FOUND, CONFLICT where it is no longer what was sealed. */
  async getVerified(id: SnapshotId, signal?: AbortSignal): Promise<SnapshotSummary> {
    const found = this.get(id)
    await this.#deps.seals.verify(id, signal)
    return found
  }

  /** Throws NOT_FOUND, CONFLICT where one is no longer what was sealed. */
  async diff({ a, b, kind, cursor, limit }: DiffRequest, callSignal: AbortSignal): Promise<SnapshotDiff> {
    this.get(a)
    if (b !== undefined) this.get(b)
    const signal = AbortSignal.any([callSignal, this.#closing.signal])
    const { catalogue, seals } = this.#deps
    const compared = await this.#track(async () => {
      await seals.verify(a, signal)
      if (b !== undefined) await seals.verify(b, signal)
      return this.#run(
        { kind: 'diff', catalogue, a, b: b ?? null, only: kind ?? null, after: cursor ?? 0, limit },
        { result: comparedSnapshots, signal },
      )
    })
    return { ...compared, text: describeDiff(compared) }
  }

  /** How snapshots let go of images: each is sealed anew over those that are left. */
  get holder(): ImageHolder {
    const { snapshots } = this.#deps
    return {
      rows: snapshots.held,
      listUses: (imageIds) => snapshots.uses(imageIds),
      settle: (work) => this.#restate(work),
    }
  }

  async #restate({ effects, signal }: ErasureWork): Promise<void> {
    const { snapshots, catalogue } = this.#deps
    for (const { kind, id } of effects) {
      if (kind !== 'snapshot') continue
      const task: SnapshotTask = { kind: 'hash', catalogue, snapshotId: id }
      snapshots.restate(id, await this.#run(task, { result: sha256, signal }))
    }
  }

  async dispose(): Promise<void> {
    this.#closing.abort(new AppError('CANCELLED', 'The project is being closed.'))
    await Promise.allSettled(this.#running)
  }

  #read(signal: AbortSignal): Promise<ReadState> {
    return this.#run({ kind: 'read', catalogue: this.#deps.catalogue }, { result: readState, signal })
  }

  #run<Result>(
    input: SnapshotTask,
    { result, signal }: { result: z.ZodType<Result>; signal: AbortSignal },
  ): Promise<Result> {
    return runWorker({
      workers: this.#deps.workers,
      name: 'snapshot',
      input,
      result,
      signal,
      graceMs: readingGraceMs,
    })
  }

  async #store(id: SnapshotId, state: ReadState, signal: AbortSignal): Promise<void> {
    const { snapshots } = this.#deps
    const total = state.imageIds.length
    const store = (from: number, to: number): void =>
      snapshots.insertMembers(
        id,
        Array.from({ length: to - from }, (_, index) => readMember(state, from + index)),
      )
    await batchInTurns(total, ({ from, to }) => store(from, to), { signal })
    signal.throwIfAborted()
    snapshots.complete(id, total)
  }

  /** What an earlier attempt left behind when it was stopped. */
  async #clearUnfinished(signal: AbortSignal): Promise<void> {
    const { snapshots } = this.#deps
    for (const id of snapshots.unfinished().filter((one) => !this.#making.has(one))) {
      await repeatInTurns(() => snapshots.deleteUnfinished(id, rowsPerTransaction), signal)
    }
  }

  #chooseName(wanted: string | undefined): string {
    return nameList(wanted, { kind: 'snapshot', taken: this.#deps.snapshots.names() })
  }

  async #track<Result>(work: () => Promise<Result>): Promise<Result> {
    const running = work()
    this.#running.add(running)
    try {
      return await running
    } finally {
      this.#running.delete(running)
    }
  }
}

const readMember = (state: ReadState, index: number): NewSnapshotMember => ({
  ...readLabels(state, index),
  identityId: readNumber(state.identityIds, index),
})
