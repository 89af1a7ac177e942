import type * as z from 'zod'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import type { ScanReport, ScanReportRepo } from './scan-report.repo.ts'

/** Reports on the whole set, by name: each is written and read by the room that makes it. */
export class ScanReportService {
  readonly #reports: ScanReportRepo
  readonly #now: Clock

  constructor(deps: { reports: ScanReportRepo; now: Clock }) {
    this.#reports = deps.reports
    this.#now = deps.now
  }

  /** Null while there is none. Throws where the stored result does not fit its schema. */
  find<Result extends z.ZodType>(
    name: string,
    schema: Result,
  ): (Omit<ScanReport, 'result'> & { readonly result: z.output<Result> }) | null {
    const report = this.#reports.find(name)
    return report === undefined ? null : { ...report, result: schema.parse(report.result) }
  }

  put(name: string, made: Pick<ScanReport, 'version' | 'result'>): void {
    this.#reports.put(name, { ...made, madeAt: formatTimestamp(this.#now()) })
  }

  forget(name: string): void {
    this.#reports.delete(name)
  }
}
