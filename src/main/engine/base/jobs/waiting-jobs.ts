import type { JobId } from '#shared/contract/base.contract.ts'
import type { JobKind, JobWait } from '#shared/contract/job.contract.ts'
import { findHindrance, findNext, type LanedJob } from './job-lanes.ts'

/** Jobs that wait, in their order, and what each of them waits for. */
export class WaitingJobs {
  readonly #readKind: (id: JobId) => JobKind
  readonly #kinds = new Map<JobId, JobKind>()
  #ids: readonly JobId[] = []

  /** @param readKind asks the row of a job, once */
  constructor(readKind: (id: JobId) => JobKind) {
    this.#readKind = readKind
  }

  get ids(): readonly JobId[] {
    return this.#ids
  }

  set(ids: readonly JobId[]): void {
    this.#ids = ids
  }

  remove(id: JobId): void {
    this.#ids = this.#ids.filter((one) => one !== id)
  }

  /** The first that nothing hinders. */
  findNext(running: readonly LanedJob[]): LanedJob | undefined {
    return findNext(this.#ids.map(this.#lane), running)
  }

  /** Null for a job that does not wait. */
  describeWait(
    id: JobId,
    running: readonly LanedJob[],
    titleOf: (id: JobId) => string | undefined,
  ): JobWait | null {
    const place = this.#ids.indexOf(id)
    if (place === -1) return null
    const before = this.#ids.slice(0, place).map(this.#lane)
    const found = findHindrance(this.#lane(id), running, before)
    const behind = found.running.map((one) => ({ id: one, title: titleOf(one) ?? `Job ${one}` }))
    return { behind, ahead: found.ahead.length }
  }

  readonly #lane = (id: JobId): LanedJob => {
    const kind = this.#kinds.get(id) ?? this.#readKind(id)
    this.#kinds.set(id, kind)
    return { id, kind }
  }
}
