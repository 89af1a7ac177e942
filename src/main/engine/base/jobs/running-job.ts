import { AppError } from '#shared/contract/errors.ts'
import type { JobId } from '#shared/contract/base.contract.ts'
import type { JobKind } from '#shared/contract/job.contract.ts'
import type { Clock } from '#engine/base/kernel/clock.ts'
import { isCancellation } from '#engine/base/kernel/cancellation.ts'
import type { LanedJob } from './job-lanes.ts'
import type { JobProgress } from './job.ts'
import { ProgressMeter } from './progress-meter.ts'
import { createThrottle, type Throttle } from './throttle.ts'

/** What a person can ask of a running job. */
export type AskedEnd = 'cancelled' | 'paused'

/** Why a job threw: it was asked to, the project was being closed, or something failed. */
export type ThrownEnd =
  | { readonly kind: 'asked'; readonly state: AskedEnd }
  | { readonly kind: 'closing' }
  | { readonly kind: 'failed'; readonly reason: unknown }

const publishEveryMs = 100

/** A job at work: what it reports, and what stops it. */
export class RunningJob implements LanedJob {
  readonly id: JobId
  readonly kind: JobKind
  readonly meter: ProgressMeter
  readonly #abort = new AbortController()
  readonly #throttle: Throttle
  #asked: AskedEnd | null = null

  /** @param publish stores and tells how far it is */
  constructor({ id, kind }: LanedJob, deps: { now: Clock; publish: (job: RunningJob) => void }) {
    this.id = id
    this.kind = kind
    this.meter = new ProgressMeter(deps.now)
    this.#throttle = createThrottle(() => {
      try {
        deps.publish(this)
      } catch (error) {
        // Typically a full disk: the job ends with that reason instead of working on unrecorded.
        this.stopFor(error)
      }
    }, publishEveryMs)
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  report(progress: JobProgress): void {
    const isNewPhase = this.meter.current?.phase !== progress.phase
    this.meter.update(progress)
    if (isNewPhase) this.#throttle.force()
    else this.#throttle.request()
  }

  stopAs(state: AskedEnd): void {
    this.#asked = state
    this.stopFor(new AppError('CANCELLED', `Job ${this.id} was ${state}`))
  }

  /** It ends with this reason at its next check. */
  stopFor(reason: unknown): void {
    this.#abort.abort(reason)
  }

  /** Reports nothing more. */
  quieten(): void {
    this.#throttle.stop()
  }

  explain(error: unknown): ThrownEnd {
    const wasStopped = this.signal.aborted && isCancellation(error)
    // What stopped it may be no wish of anybody's but a failure, which the handler passes on in its own words.
    const reason: unknown = wasStopped ? this.signal.reason : error
    if (!wasStopped || !isCancellation(reason)) return { kind: 'failed', reason }
    return this.#asked === null ? { kind: 'closing' } : { kind: 'asked', state: this.#asked }
  }
}
