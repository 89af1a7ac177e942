import type { JobSnapshot } from '#shared/contract/job.contract.ts'
import { formatCount, formatDuration } from '#shared/domain/format.ts'
import type { TextSink } from './cli-io.ts'
import { escapeName } from './escape-controls.ts'

const plainLineEveryMs = 3_000

export function describeProgress(job: JobSnapshot): string {
  const total = job.total === null ? '' : ` / ${formatCount(job.total)}`
  const rate = job.rate === null ? '' : ` · ${job.rate >= 10 ? Math.round(job.rate) : job.rate.toFixed(1)}/s`
  const left = job.remainingSeconds === null ? '' : ` · ${formatDuration(job.remainingSeconds)} left`
  const message = job.message === null ? '' : ` · ${job.message}`
  return escapeName(
    `${job.title}: ${job.phase ?? job.state} ${formatCount(job.done)}${total}${rate}${left}${message}`,
  )
}

/** One line that is rewritten on a terminal; plain lines, seconds apart, everywhere else. */
export class ProgressLine {
  readonly #sink: TextSink
  readonly #now: () => number
  #lastPhase: string | null = null
  #lastPrintedAt = -Infinity
  #isOpen = false

  constructor(deps: { sink: TextSink; now: () => number }) {
    this.#sink = deps.sink
    this.#now = deps.now
  }

  show(job: JobSnapshot): void {
    this.say(job.phase, describeProgress(job))
  }

  /** @param phase A new one is told at once. */
  say(phase: string | null, text: string): void {
    if (this.#sink.isTTY === true) {
      this.#sink.write(`\r\u001B[2K${text.slice(0, (this.#sink.columns ?? 80) - 1)}`)
      this.#isOpen = true
      return
    }
    if (phase === this.#lastPhase && this.#now() - this.#lastPrintedAt < plainLineEveryMs) return
    this.#lastPhase = phase
    this.#lastPrintedAt = this.#now()
    this.#sink.write(`${text}\n`)
  }

  /** Leaves the terminal on a fresh line. */
  end(): void {
    if (this.#isOpen) this.#sink.write('\r\u001B[2K')
    this.#isOpen = false
  }
}
