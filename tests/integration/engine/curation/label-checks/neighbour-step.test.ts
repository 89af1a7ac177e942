import { join } from 'node:path'
import { expect, test } from 'vitest'
import { jobId } from '#shared/contract/base.contract.ts'
import { listChecksOf } from '#shared/domain/checks.ts'
import { openDatabase } from '#engine/base/db/open-database.ts'
import { CheckScoreRepo } from '#engine/curation/checks/check-score.repo.ts'
import { CheckScoreService } from '#engine/curation/checks/check-score.service.ts'
import { createNeighbourStep } from '#engine/curation/label-checks/neighbour-checks.step.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { createMemoryLogger } from '#tests/fixtures/logs.ts'

test('neighbours that this machine cannot compare are left unchecked, with the reason, and end no scan', async () => {
  using folder = makeTemporaryFolder()
  const file = join(folder.path, 'catalogue.sqlite')
  const db = openDatabase({ file, now: () => 0, logger: createMemoryLogger() })
  const space = { id: 1, name: 'face-128', modelId: null, dimensions: 128, revision: 1, images: 30_000 }
  const step = createNeighbourStep({
    scores: new CheckScoreService({ scores: new CheckScoreRepo(db), now: () => 0 }),
    labels: { readState: () => ({ labels: 0, removed: '0' }), readCopies: () => '' },
    vectors: { listSpaces: () => [space] },
    workers: { locate: () => new URL('../../../../fixtures/workers/unavailable.worker.ts', import.meta.url) },
    catalogue: file,
  })
  const checks = listChecksOf('embeddings')
  const order = { crossvalIds: null, labelsBy: 'both', detector: null, fresh: new Set<never>() } as const
  const outcome = await step.run(
    { ...order, checks: new Set(checks), sources: new Set(['embeddings'] as const) },
    { jobId: jobId.parse(1), signal: new AbortController().signal, report: () => undefined },
  )
  const reason = 'There is no module for this machine.'
  expect(outcome).toEqual({ worked: 0, unavailable: new Map(checks.map((check) => [check, reason])) })
  db.close()
})
