import * as z from 'zod'
import { listChecksOf } from '#shared/domain/checks.ts'
import { shortcutReport, type ShortcutReport } from '#shared/contract/shortcut.contract.ts'
import type { JobContext } from '#engine/base/jobs/job.ts'
import { toCanonicalJson } from '#engine/base/kernel/hash.ts'
import { runWorker } from '#engine/base/threads/run-worker.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import type { LabelSourceRepo } from './label-source.repo.ts'
import type { ScanOrder, ScanStep } from '#engine/curation/checks/scan-step.ts'
import type { ScanReportService } from '#engine/curation/checks/scan-report.service.ts'
import type { ShortcutSourceRepo } from './shortcut-source.repo.ts'
import { shortcutAnswer, shortcutProgress, shortcutTask, type ShortcutTaskInput } from './shortcut-task.ts'

/** A change of the figures that the same measures and labels give needs a new number. */
const version = 1
const seed = 0
/** Fewer measured images say nothing about the set. */
const fewestImages = 100
const pixelChecks = listChecksOf('pixels')

const reportName = 'shortcuts'
const stored = z.object({
  /** What it was worked out from. */
  facts: z.record(z.string(), z.union([z.number(), z.string()])),
  tasks: shortcutReport.shape.tasks,
})

interface ShortcutServiceDeps {
  readonly reports: ScanReportService
  readonly source: Pick<ShortcutSourceRepo, 'countMeasured'>
  readonly labels: Pick<LabelSourceRepo, 'readState'>
  readonly workers: WorkerLocator
  /** Path of the catalogue's database file. */
  readonly catalogue: string
}

/** Image properties that give a label away: a report on the whole set, made by each scan of all pixel checks. */
export class ShortcutService {
  readonly #deps: ShortcutServiceDeps

  constructor(deps: ShortcutServiceDeps) {
    this.#deps = deps
  }

  read(): ShortcutReport {
    const report = this.#deps.reports.find(reportName, stored)
    return { madeAt: report?.madeAt ?? null, tasks: report?.result.tasks ?? [] }
  }

  /** Until the next scan there is none. */
  forget(): void {
    this.#deps.reports.forget(reportName)
  }

  /** Follows the pixel checks, whose measures it reads; it scores no image. */
  createStep(): ScanStep {
    return {
      source: 'pixels',
      run: async (order, context) => {
        await this.#update(order, context)
        return { worked: 0, unavailable: new Map() }
      },
    }
  }

  async #update(order: ScanOrder, { signal, report }: JobContext): Promise<void> {
    // It takes minutes and belongs to no single check: who asks for some of them does not wait for it.
    if (!pixelChecks.every((check) => order.checks.has(check))) return
    const { reports, source, labels, workers, catalogue } = this.#deps
    const measured = source.countMeasured()
    if (measured < fewestImages) return
    const facts = { measured, ...labels.readState() }
    const last = reports.find(reportName, stored)
    const stands = last?.version === version && toCanonicalJson(last.result.facts) === toCanonicalJson(facts)
    if (stands && !order.fresh.has('pixels')) return
    const input: ShortcutTaskInput = shortcutTask.parse({ catalogue, seed })
    const phase = 'Looking for shortcuts'
    report({ phase, done: 0, total: null })
    const { tasks } = await runWorker({
      workers,
      name: 'shortcuts',
      input,
      progress: shortcutProgress,
      result: shortcutAnswer,
      onProgress: (progress) => report({ phase, ...progress }),
      signal,
    })
    reports.put(reportName, { version, result: { facts, tasks } satisfies z.input<typeof stored> })
  }
}
