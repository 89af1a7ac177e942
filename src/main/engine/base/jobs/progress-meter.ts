import type { JobProgress } from './job.ts'

export interface MeteredProgress {
  readonly phase: string
  readonly done: number
  readonly total: number | null
  readonly message: string | null
  /** Units a second over the last seconds; null until there is enough to judge by. */
  readonly rate: number | null
  readonly remainingSeconds: number | null
}

const windowMs = 10_000
const leastSpanMs = 500
const sampleEveryMs = 250

/** Turns reports into progress that never goes back within a phase, with the rate of the last ten seconds. */
export class ProgressMeter {
  readonly #now: () => number
  #samples: { readonly at: number; readonly done: number }[] = []
  #current: MeteredProgress | null = null

  constructor(now: () => number) {
    this.#now = now
  }

  get current(): MeteredProgress | null {
    return this.#current
  }

  update({ phase, done, total, message }: JobProgress): MeteredProgress {
    const isSamePhase = this.#current?.phase === phase
    const reached = Math.max(0, Math.round(done), isSamePhase ? (this.#current?.done ?? 0) : 0)
    if (!isSamePhase) this.#samples = []
    const rate = this.#measureRate(reached)
    const rest = total === null ? null : Math.max(0, total - reached)
    this.#current = {
      phase,
      done: reached,
      total: total === null ? null : Math.max(Math.round(total), reached),
      message: message ?? null,
      rate,
      remainingSeconds: rest === null || rate === null || rate <= 0 ? null : rest / rate,
    }
    return this.#current
  }

  #measureRate(done: number): number | null {
    const at = this.#now()
    const last = this.#samples.at(-1)
    if (last === undefined || at - last.at >= sampleEveryMs) this.#samples.push({ at, done })
    while ((this.#samples[1]?.at ?? at) <= at - windowMs) this.#samples.shift()
    const first = this.#samples[0]
    if (first === undefined || at - first.at < leastSpanMs) return null
    return ((done - first.done) * 1000) / (at - first.at)
  }
}
