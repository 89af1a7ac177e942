import { AppError } from '#shared/contract/errors.ts'
import type { JobId } from '#shared/contract/base.contract.ts'
import type { JobKind, JobSnapshot, JobWait } from '#shared/contract/job.contract.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import { describeFailure } from '#engine/base/kernel/describe-failure.ts'
import { isCancellation } from '#engine/base/kernel/cancellation.ts'
import type { Logger } from '#engine/base/kernel/logger.ts'
import { findHindrance, findNext, type LanedJob } from './job-lanes.ts'
import type { JobProgress, JobRunner, PreparedJob, RegisteredJob } from './job.ts'
import type { JobEnd, JobOutcome, JobRepo, JobRow } from './job.repo.ts'
import { ProgressMeter } from './progress-meter.ts'
import { exchangePlaces, insertInQueue } from './queue-order.ts'
import { createThrottle, type Throttle } from './throttle.ts'
import { UnrecordedEnds, withEnd } from './unrecorded-ends.ts'

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

interface RunningJob {
  readonly id: JobId
  readonly kind: JobKind
  readonly abort: AbortController
  readonly meter: ProgressMeter
  readonly throttle: Throttle
  /** What a person has asked for, or null. */
  stopsAs: 'cancelled' | 'paused' | null
}

const publishEveryMs = 100
const isEnded = (row: JobRow): boolean => row.state !== 'queued' && row.state !== 'running'
const canBeGivenUp = (row: JobRow): boolean => row.state === 'paused' || row.state === 'interrupted'

/** Runs queued jobs in their lanes and keeps their rows true; see `JobRunner` for the calls. */
export class QueuedJobRunner implements JobRunner {
  readonly #jobs: JobRepo
  readonly #handlers = new Map<JobKind, RegisteredJob>()
  readonly #now: Clock
  readonly #logger: Logger
  readonly #checkPlace: () => void
  readonly #onChange: (job: JobSnapshot) => void
  readonly #publishChange: (topics: readonly Topic[]) => void
  #queue: readonly JobId[] = []
  readonly #kinds = new Map<JobId, JobKind>()
  readonly #unrecorded = new UnrecordedEnds()
  /** Unended jobs as last told, for the case that a row can no longer be read. */
  readonly #told = new Map<JobId, JobSnapshot>()
  readonly #waiting = new Map<JobId, ((job: JobSnapshot) => void)[]>()
  readonly #running = new Map<JobId, RunningJob>()
  readonly #work = new Set<Promise<void>>()
  #isStarting = false
  #isDisposed = false

  /** Marks what an earlier process left queued or running as interrupted: nothing starts unasked. */
  constructor({ jobs, now, logger, checkPlace = () => undefined, onChange, publishChange }: JobRunnerDeps) {
    this.#jobs = jobs
    this.#now = now
    this.#logger = logger
    this.#checkPlace = checkPlace
    this.#onChange = onChange
    this.#publishChange = publishChange
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
    return this.#snapshot(this.#row(jobId))
  }

  list(limit: number): JobSnapshot[] {
    return this.#jobs.newest(limit).map((row) => this.#snapshot(this.#unrecorded.complete(row)))
  }

  cancel(jobId: JobId): JobSnapshot {
    const row = this.#row(jobId)
    if (canBeGivenUp(row)) return this.#finish(jobId, { state: 'cancelled' })
    return this.#stop(row, 'cancelled')
  }

  pause(jobId: JobId): JobSnapshot {
    return this.#stop(this.#row(jobId), 'paused')
  }

  #stop(row: JobRow, state: 'cancelled' | 'paused'): JobSnapshot {
    const { id: jobId } = row
    if (row.state === state) return this.#snapshot(row)
    if (isEnded(row)) {
      throw new AppError('CONFLICT', `Job ${jobId} cannot be ${state}: it has already ${describeEnd(row)}.`, {
        details: { jobId, state: row.state },
      })
    }
    const running = this.#running.get(jobId)
    if (running !== undefined) {
      running.stopsAs = state
      running.abort.abort(new AppError('CANCELLED', `Job ${jobId} was ${state}`))
      return this.get(jobId)
    }
    const snapshot = this.#finish(jobId, { state })
    this.#setQueue(this.#queue.filter((id) => id !== jobId))
    return snapshot
  }

  queued(): JobId[] {
    return [...this.#queue]
  }

  leftOver(): JobId[] {
    return this.#jobs.leftOver()
  }

  reorder(jobIds: readonly JobId[]): void {
    const queue = exchangePlaces(this.#queue, jobIds)
    if (queue === null) {
      throw new AppError('CONFLICT', 'The queue has changed meanwhile. Look at it again, then move the run.')
    }
    this.#jobs.transact(() => this.#storeOrder(queue))
    this.#setQueue(queue)
  }

  goFirst(jobId: JobId): JobSnapshot {
    const { state } = this.#row(jobId)
    if (!this.#queue.includes(jobId)) {
      throw new AppError('CONFLICT', `Job ${jobId} does not wait: it is ${state}.`, {
        details: { jobId, state },
      })
    }
    const queue = [jobId, ...this.#queue.filter((id) => id !== jobId)]
    this.#jobs.transact(() => this.#storeOrder(queue))
    this.#setQueue(queue)
    return this.get(jobId)
  }

  resume(jobId: JobId): JobSnapshot {
    this.#checkOpen()
    const row = this.#row(jobId)
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
    const row = this.#row(jobId)
    if (isEnded(row)) return this.#snapshot(row)
    return new Promise((resolve) => {
      this.#waiting.set(jobId, [...(this.#waiting.get(jobId) ?? []), resolve])
    })
  }

  /** Stops the running jobs at their next check, waits for them, and leaves everything unfinished as interrupted. */
  async dispose(): Promise<void> {
    this.#isDisposed = true
    const queued = this.#queue
    this.#queue = []
    for (const { abort } of this.#running.values())
      abort.abort(new AppError('CANCELLED', 'Evenhand is closing'))
    await Promise.all(this.#work)
    for (const id of queued) this.#end(id, this.#closingOutcome())
    this.#unrecorded.write((id, end) => this.#jobs.finish(id, end))
  }

  /** The row and its place are written together or not at all, so that what a caller was refused never runs. */
  #append(write: () => JobId): JobSnapshot {
    const { queue, row } = this.#jobs.transact(() => {
      const id = write()
      const isLong = (queued: JobId) => this.#handler(this.#storedRow(queued).kind).isLong
      const placed = insertInQueue(this.#queue, id, isLong)
      this.#storeOrder(placed)
      return { queue: placed, row: this.#storedRow(id) }
    })
    this.#kinds.set(row.id, row.kind)
    this.#queue = queue
    this.#unrecorded.forget(row.id)
    const snapshot = this.#tell(this.#snapshot(row))
    this.#setQueue(queue)
    return snapshot
  }

  /** What waits may wait for something else from now on, or for nothing. */
  #setQueue(queue: readonly JobId[]): void {
    this.#queue = queue
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
      const { id } = next
      this.#queue = this.#queue.filter((one) => one !== id)
      const running = this.#track(next)
      this.#running.set(id, running)
      const work = this.#run(running).finally(() => {
        this.#work.delete(work)
        this.#setQueue(this.#queue)
      })
      this.#work.add(work)
    }
    this.#tellWaiting()
  }

  #findNext(): LanedJob | undefined {
    return findNext(this.#queue.map(this.#lane), [...this.#running.values()])
  }

  readonly #lane = (id: JobId): LanedJob => ({ id, kind: this.#kinds.get(id) ?? this.#storedRow(id).kind })

  #describeWait(id: JobId): JobWait | null {
    const place = this.#queue.indexOf(id)
    if (place === -1) return null
    const before = this.#queue.slice(0, place).map(this.#lane)
    const { running, ahead } = findHindrance(this.#lane(id), [...this.#running.values()], before)
    const behind = running.map((one) => ({ id: one, title: this.#told.get(one)?.title ?? `Job ${one}` }))
    return { behind, ahead: ahead.length }
  }

  /** Whoever waits for something else than was told last is told of again. */
  #tellWaiting(): void {
    for (const id of this.#queue) {
      const told = this.#told.get(id)
      const waiting = this.#describeWait(id)
      if (told !== undefined && JSON.stringify(told.waiting) !== JSON.stringify(waiting))
        this.#tell({ ...told, waiting })
    }
  }

  async #run(running: RunningJob): Promise<void> {
    const { id } = running
    let outcome: JobOutcome
    try {
      this.#checkPlace()
      const row = this.#row(id)
      const prepared = this.#handler(row.kind).prepare(row.input)
      this.#jobs.start(id, this.#timestamp())
      this.#publish(id)
      const result = await this.#call(prepared, running)
      this.#checkPlace()
      outcome = { state: 'succeeded', result }
    } catch (error) {
      outcome = this.#judge(running, error)
    }
    running.throttle.stop()
    this.#end(id, outcome)
  }

  #call(prepared: PreparedJob, { id, abort, meter, throttle }: RunningJob): Promise<unknown> {
    const report = (progress: JobProgress): void => {
      if (!this.#running.has(id)) return
      const moved = this.#findMoved()
      // The job ends with that reason at its next check.
      if (moved !== null) abort.abort(moved)
      const isNewPhase = meter.current?.phase !== progress.phase
      meter.update(progress)
      if (isNewPhase) throttle.force()
      else throttle.request()
    }
    return prepared.run({ jobId: id, signal: abort.signal, report })
  }

  #track({ id, kind }: LanedJob): RunningJob {
    const abort = new AbortController()
    const meter = new ProgressMeter(this.#now)
    const publishProgress = (): void => {
      try {
        this.#storeProgress(id, meter)
        this.#publish(id)
      } catch (error) {
        // Typically a full disk: the job ends with that reason instead of working on unrecorded.
        abort.abort(error)
      }
    }
    const throttle = createThrottle(publishProgress, publishEveryMs)
    return { id, kind, abort, meter, throttle, stopsAs: null }
  }

  #storeProgress(id: JobId, { current }: ProgressMeter): void {
    if (current !== null) this.#jobs.updateProgress(id, current)
  }

  /** That its place is gone lets a job fail in many ways, and is the one that helps. */
  #findMoved(): unknown {
    try {
      this.#checkPlace()
      return null
    } catch (error) {
      return error
    }
  }

  #judge({ id, abort: { signal }, stopsAs }: RunningJob, error: unknown): JobOutcome {
    const moved = this.#findMoved()
    if (moved !== null) return this.#fail(id, moved)
    const wasStopped = signal.aborted && isCancellation(error)
    // What stopped it may be no wish of anybody's but a failure, which the handler passes on in its own words.
    const reason: unknown = wasStopped ? signal.reason : error
    if (!wasStopped || !isCancellation(reason)) return this.#fail(id, reason)
    return stopsAs === null ? this.#closingOutcome() : { state: stopsAs }
  }

  #fail(id: JobId, reason: unknown): JobOutcome {
    const { code, message } = describeFailure(reason, this.#logger, { jobId: id })
    return { state: 'failed', error: { code, message } }
  }

  #closingOutcome(): JobOutcome {
    return { state: 'interrupted', message: 'Evenhand was closed before this job ended. Resume it to go on.' }
  }

  /**
   * Ends a job in a state that everyone is told, whatever fails meanwhile. What cannot be written yet is kept for later;
   * should this process end before, the next start finds the row unended and calls it interrupted.
   */
  #end(id: JobId, outcome: JobOutcome): void {
    let end: JobEnd = { outcome, at: this.#timestamp() }
    try {
      this.#jobs.transact(() => {
        const running = this.#running.get(id)
        if (running !== undefined) this.#storeProgress(id, running.meter)
        this.#jobs.finish(id, end)
      })
      this.#unrecorded.write((other, earlier) => this.#jobs.finish(other, earlier))
    } catch (error) {
      // A result that is not recorded is none; the job can be resumed and comes to the same.
      if (outcome.state === 'succeeded') end = { ...end, outcome: this.#fail(id, error) }
      this.#unrecorded.keep(id, end)
      const details = { jobId: id, state: outcome.state, cause: String(error) }
      this.#logger.warn('The end of a job could not be recorded yet', details)
    }
    this.#running.delete(id)
    const snapshot = this.#readEnd(id, end)
    if (snapshot !== null) this.#settle(this.#tell(snapshot))
    if (end.outcome.state === 'succeeded') this.#giveUpOvertaken(id)
  }

  /** What a later job has done all of is not left to be resumed. */
  #giveUpOvertaken(id: JobId): void {
    try {
      for (const earlier of this.#jobs.overtakenBy(id)) this.#finish(earlier, { state: 'cancelled' })
    } catch (error) {
      this.#logger.warn('Jobs that were overtaken stay to be resumed', { jobId: id, cause: String(error) })
    }
  }

  #readEnd(id: JobId, end: JobEnd): JobSnapshot | null {
    try {
      return this.get(id)
    } catch (error) {
      this.#logger.warn('The row of a job that has ended cannot be read', { jobId: id, cause: String(error) })
      const told = this.#told.get(id)
      return told === undefined
        ? null
        : { ...withEnd(told, end), rate: null, remainingSeconds: null, waiting: null }
    }
  }

  #finish(id: JobId, outcome: JobOutcome): JobSnapshot {
    this.#jobs.finish(id, { outcome, at: this.#timestamp() })
    this.#unrecorded.forget(id)
    const snapshot = this.#publish(id)
    this.#settle(snapshot)
    return snapshot
  }

  #settle(snapshot: JobSnapshot): void {
    const waiting = this.#waiting.get(snapshot.id) ?? []
    this.#waiting.delete(snapshot.id)
    this.#told.delete(snapshot.id)
    for (const resolve of waiting) resolve(snapshot)
  }

  #publish(id: JobId): JobSnapshot {
    return this.#tell(this.get(id))
  }

  /** A listener that fails is no failure of the job it was told of. */
  #tell(snapshot: JobSnapshot): JobSnapshot {
    const isNewState = this.#told.get(snapshot.id)?.state !== snapshot.state
    this.#told.set(snapshot.id, snapshot)
    try {
      this.#onChange(snapshot)
      if (isNewState) this.#publishChange(this.#handlers.get(snapshot.kind)?.changes ?? [])
    } catch (error) {
      describeFailure(error, this.#logger, { jobId: snapshot.id })
    }
    return snapshot
  }

  #snapshot(row: JobRow): JobSnapshot {
    const { input: _input, ...stored } = row
    const live = this.#running.get(row.id)?.meter.current ?? null
    const isRunning = row.state === 'running'
    return {
      ...stored,
      ...(live === null
        ? {}
        : { phase: live.phase, done: live.done, total: live.total, message: live.message }),
      rate: isRunning ? (live?.rate ?? null) : null,
      remainingSeconds: isRunning ? (live?.remainingSeconds ?? null) : null,
      result: row.result ?? null,
      waiting: row.state === 'queued' ? this.#describeWait(row.id) : null,
    }
  }

  #row(id: JobId): JobRow {
    return this.#unrecorded.complete(this.#storedRow(id))
  }

  #storedRow(id: JobId): JobRow {
    const row = this.#jobs.find(id)
    if (row === undefined)
      throw new AppError('NOT_FOUND', `There is no job ${id}.`, { details: { jobId: id } })
    return row
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
