import { AppError } from '#shared/contract/errors.ts'
import type { JobId } from '#shared/contract/base.contract.ts'
import type { JobKind, JobSnapshot } from '#shared/contract/job.contract.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import type { Logger } from '#engine/base/kernel/logger.ts'
import { closingOutcome, JobEnds } from './job-ends.ts'
import { JobReports } from './job-reports.ts'
import { JobSnapshots } from './job-snapshots.ts'
import type { JobRunner, RegisteredJob } from './job.ts'
import type { JobRepo, JobRow } from './job.repo.ts'
import { exchangePlaces, insertInQueue } from './queue-order.ts'
import { runJob, type JobRunDeps } from './run-job.ts'
import { RunningJob } from './running-job.ts'
import { UnrecordedEnds } from './unrecorded-ends.ts'
import { WaitingJobs } from './waiting-jobs.ts'

interface JobRunnerDeps {
  readonly jobs: JobRepo
  readonly now: Clock
  readonly logger: Logger
  /** Throws when work must not go on where it began. */
  readonly checkPlace?: () => void
  readonly onChange: (job: JobSnapshot) => void
  /** Told at each change of a job's state, after the job itself. */
  readonly publishChange: (topics: readonly Topic[]) => void
}

const isEnded = (row: JobRow): boolean => row.state !== 'queued' && row.state !== 'running'
const canBeGivenUp = (row: JobRow): boolean => row.state === 'paused' || row.state === 'interrupted'

/** Runs queued jobs in their lanes and keeps their rows true; see `JobRunner` for the calls. */
export class QueuedJobRunner implements JobRunner {
  readonly #jobs: JobRepo
  readonly #handlers = new Map<JobKind, RegisteredJob>()
  readonly #now: Clock
  readonly #reports: JobReports
  readonly #queue: WaitingJobs
  readonly #snapshots: JobSnapshots
  readonly #ends: JobEnds
  readonly #runs: JobRunDeps
  readonly #unrecorded = new UnrecordedEnds()
  readonly #running = new Map<JobId, RunningJob>()
  readonly #work = new Set<Promise<void>>()
  #isStarting = false
  #isDisposed = false

  /** Marks what an earlier process left queued or running as interrupted: nothing starts unasked. */
  constructor({ jobs, now, logger, checkPlace = () => undefined, onChange, publishChange }: JobRunnerDeps) {
    this.#jobs = jobs
    this.#now = now
    this.#reports = new JobReports({
      logger,
      onChange,
      publishChange,
      changesOf: (kind) => this.#handlers.get(kind)?.changes ?? [],
    })
    this.#queue = new WaitingJobs((id) => this.#snapshots.storedRow(id).kind)
    this.#snapshots = new JobSnapshots({
      jobs,
      running: this.#running,
      queue: this.#queue,
      reports: this.#reports,
      unrecorded: this.#unrecorded,
    })
    this.#ends = new JobEnds({
      jobs,
      logger,
      now,
      running: this.#running,
      reports: this.#reports,
      snapshots: this.#snapshots,
      unrecorded: this.#unrecorded,
    })
    this.#runs = {
      jobs,
      checkPlace,
      snapshots: this.#snapshots,
      ends: this.#ends,
      handlerOf: (kind) => this.#handler(kind),
      isRunning: (id) => this.#running.has(id),
      tell: (id) => this.#tell(id),
      timestamp: () => this.#timestamp(),
    }
    jobs.interruptUnfinished('Evenhand ended before this job did. Resume it to go on.', this.#timestamp())
  }

  /** Adds what can be run; services that queue jobs exist before the handlers that run them. */
  register(handlers: readonly RegisteredJob[]): void {
    for (const handler of handlers) {
      if (this.#handlers.has(handler.kind))
        throw new Error(`Jobs of kind ${handler.kind} are registered twice`)
      this.#handlers.set(handler.kind, handler)
    }
  }

  enqueue(kind: JobKind, input: unknown): JobSnapshot {
    this.#checkOpen()
    const prepared = this.#handler(kind).prepare(input)
    return this.#append(() =>
      this.#jobs.insert({ kind, title: prepared.title, input: prepared.input, at: this.#timestamp() }),
    )
  }

  get(jobId: JobId): JobSnapshot {
    return this.#snapshots.get(jobId)
  }

  list(limit: number): JobSnapshot[] {
    return this.#snapshots.newest(limit)
  }

  cancel(jobId: JobId): JobSnapshot {
    const row = this.#snapshots.row(jobId)
    if (canBeGivenUp(row)) return this.#ends.finish(jobId, { state: 'cancelled' })
    return this.#stop(row, 'cancelled')
  }

  pause(jobId: JobId): JobSnapshot {
    return this.#stop(this.#snapshots.row(jobId), 'paused')
  }

  #stop(row: JobRow, state: 'cancelled' | 'paused'): JobSnapshot {
    const { id: jobId } = row
    if (row.state === state) return this.#snapshots.of(row)
    if (isEnded(row)) {
      throw new AppError('CONFLICT', `Job ${jobId} cannot be ${state}: it has already ${describeEnd(row)}.`, {
        details: { jobId, state: row.state },
      })
    }
    const running = this.#running.get(jobId)
    if (running !== undefined) {
      running.stopAs(state)
      return this.get(jobId)
    }
    const snapshot = this.#ends.finish(jobId, { state })
    this.#setQueue(this.#queue.ids.filter((id) => id !== jobId))
    return snapshot
  }

  queued(): JobId[] {
    return [...this.#queue.ids]
  }

  leftOver(): JobId[] {
    return this.#jobs.leftOver()
  }

  reorder(jobIds: readonly JobId[]): void {
    const queue = exchangePlaces(this.#queue.ids, jobIds)
    if (queue === null) {
      throw new AppError('CONFLICT', 'The queue has changed meanwhile. Look at it again, then move the run.')
    }
    this.#jobs.transact(() => this.#storeOrder(queue))
    this.#setQueue(queue)
  }

  goFirst(jobId: JobId): JobSnapshot {
    const { state } = this.#snapshots.row(jobId)
    if (!this.#queue.ids.includes(jobId)) {
      throw new AppError('CONFLICT', `Job ${jobId} does not wait: it is ${state}.`, {
        details: { jobId, state },
      })
    }
    const queue = [jobId, ...this.#queue.ids.filter((id) => id !== jobId)]
    this.#jobs.transact(() => this.#storeOrder(queue))
    this.#setQueue(queue)
    return this.get(jobId)
  }

  resume(jobId: JobId): JobSnapshot {
    this.#checkOpen()
    const row = this.#snapshots.row(jobId)
    if (row.state === 'succeeded' || !isEnded(row)) {
      const reason = row.state === 'succeeded' ? 'has already succeeded' : `is ${row.state}`
      throw new AppError('CONFLICT', `Job ${jobId} cannot be resumed: it ${reason}.`, {
        details: { jobId, state: row.state },
      })
    }
    this.#handler(row.kind).prepare(row.input)
    return this.#append(() => {
      this.#jobs.requeue(jobId)
      return jobId
    })
  }

  async wait(jobId: JobId): Promise<JobSnapshot> {
    const row = this.#snapshots.row(jobId)
    if (isEnded(row)) return this.#snapshots.of(row)
    return this.#reports.awaitEnd(jobId)
  }

  /** Stops the running jobs at their next check, waits for them, and leaves everything unfinished as interrupted. */
  async dispose(): Promise<void> {
    this.#isDisposed = true
    const queued = this.#queue.ids
    this.#queue.set([])
    for (const running of this.#running.values())
      running.stopFor(new AppError('CANCELLED', 'Evenhand is closing'))
    await Promise.all(this.#work)
    for (const id of queued) this.#ends.end(id, closingOutcome)
    this.#unrecorded.write((id, end) => this.#jobs.finish(id, end))
  }

  /** The row and its place are written together or not at all, so that what a caller was refused never runs. */
  #append(write: () => JobId): JobSnapshot {
    const { queue, row } = this.#jobs.transact(() => {
      const id = write()
      const isLong = (queued: JobId) => this.#handler(this.#snapshots.storedRow(queued).kind).isLong
      const placed = insertInQueue(this.#queue.ids, id, isLong)
      this.#storeOrder(placed)
      return { queue: placed, row: this.#snapshots.storedRow(id) }
    })
    this.#queue.set(queue)
    this.#unrecorded.forget(row.id)
    const snapshot = this.#reports.tell(this.#snapshots.of(row))
    this.#setQueue(queue)
    return snapshot
  }

  /** What waits may wait for something else from now on, or for nothing. */
  #setQueue(queue: readonly JobId[]): void {
    this.#queue.set(queue)
    if (this.#isStarting) return
    this.#isStarting = true
    // The caller gets its snapshot of the queued job before the handler begins.
    queueMicrotask(() => {
      this.#isStarting = false
      this.#startNext()
    })
  }

  #storeOrder(queue: readonly JobId[]): void {
    for (const [index, id] of queue.entries()) this.#jobs.place(id, index + 1)
  }

  #startNext(): void {
    for (let next = this.#findNext(); next !== undefined; next = this.#findNext()) {
      this.#queue.remove(next.id)
      const running = new RunningJob(next, {
        now: this.#now,
        publish: ({ id, meter }) => {
          this.#ends.storeProgress(id, meter)
          this.#tell(id)
        },
      })
      this.#running.set(next.id, running)
      const work = runJob(running, this.#runs).finally(() => {
        this.#work.delete(work)
        this.#setQueue(this.#queue.ids)
      })
      this.#work.add(work)
    }
    this.#tellWaiting()
  }

  #findNext() {
    return this.#queue.findNext([...this.#running.values()])
  }

  /** Whoever waits for something else than was told last is told of again. */
  #tellWaiting(): void {
    for (const id of this.#queue.ids) {
      const told = this.#reports.lastOf(id)
      const waiting = this.#snapshots.describeWait(id)
      if (told !== undefined && JSON.stringify(told.waiting) !== JSON.stringify(waiting))
        this.#reports.tell({ ...told, waiting })
    }
  }

  #tell(id: JobId): void {
    this.#reports.tell(this.#snapshots.get(id))
  }

  #handler(kind: JobKind): RegisteredJob {
    const handler = this.#handlers.get(kind)
    if (handler === undefined) throw new Error(`No handler is registered for jobs of kind ${kind}`)
    return handler
  }

  #checkOpen(): void {
    if (this.#isDisposed)
      throw new AppError('UNAVAILABLE', 'The project is being closed. Open it again first.')
  }

  #timestamp(): string {
    return formatTimestamp(this.#now())
  }
}

function describeEnd(row: JobRow): string {
  return row.state === 'succeeded' || row.state === 'failed' ? row.state : `been ${row.state}`
}
