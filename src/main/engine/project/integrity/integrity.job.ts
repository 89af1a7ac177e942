import {
  integrityRequest,
  type IntegrityCheck,
  type IntegrityReport,
} from '#shared/contract/integrity.contract.ts'
import { readFailure } from '#shared/contract/errors.ts'
import * as z from 'zod'
import type { CheckContext, IntegritySource } from '#engine/base/integrity/integrity-source.ts'
import type { JobHandler } from '#engine/base/jobs/job.ts'
import { readingGraceMs, runWorker } from '#engine/base/threads/run-worker.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { CheckCollector } from '#engine/project/integrity/domain/collect-checks.ts'

interface IntegrityJobDeps {
  readonly workers: WorkerLocator
  readonly catalogue: string
  /** What is gone through after the catalogue itself, each with the words for it. */
  readonly sources: readonly { readonly phase: string; readonly check: IntegritySource }[]
}

type IntegrityRequest = z.infer<typeof integrityRequest>

/** Goes through everything that was stored; reads only, so that it begins anew when it was cut off. */
export function createIntegrityJob(deps: IntegrityJobDeps): JobHandler<IntegrityRequest, IntegrityReport> {
  return {
    kind: 'integrity',
    input: integrityRequest,
    changes: [],
    title: ({ isQuick }) => (isQuick ? 'Check integrity quickly' : 'Check integrity'),
    run: async ({ isQuick }, { signal, report }) => {
      const collector = new CheckCollector(isQuick)
      report({ phase: 'Reading the catalogue', done: 0, total: null })
      collector.add(await checkDatabase(deps, { signal, isQuick }))
      for (const { phase, check } of deps.sources) {
        signal.throwIfAborted()
        report({ phase, done: 0, total: null })
        const tell = (done: number, total: number | null): void => report({ phase, done, total })
        for await (const found of check({ signal, isQuick, report: tell })) collector.add(found)
      }
      return collector.report()
    },
  }
}

/** Pages, indexes and references, by SQLite itself. */
async function checkDatabase(
  { workers, catalogue }: IntegrityJobDeps,
  { signal, isQuick }: Pick<CheckContext, 'signal' | 'isQuick'>,
): Promise<IntegrityCheck> {
  const whole = { kind: 'catalogue', subject: catalogue, expected: 'ok' } as const
  try {
    await runWorker({
      workers,
      name: 'copy',
      input: { kind: 'check', source: catalogue, isWhole: !isQuick },
      result: z.null(),
      signal,
      graceMs: readingGraceMs,
    })
    return { ...whole, found: 'ok', holds: true, advice: null }
  } catch (error) {
    signal.throwIfAborted()
    const failure = readFailure(error)
    if (failure === null) throw error
    const advice = 'Put a copy of the catalogue back (evenhand backup list, evenhand restore).'
    return { ...whole, found: failure.message, holds: false, advice }
  }
}
