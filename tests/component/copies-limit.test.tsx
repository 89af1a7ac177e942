import { act, cleanup, configure, screen, waitFor, within } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { CheckSummary } from '#shared/contract/check.contract.ts'
import type { CheckId } from '#shared/domain/checks.ts'
import { makeJob, makeTile } from './factories.ts'
import { createFixtureProcedures, fixtureImplementer as os, renderWindow } from './fixture-window.tsx'
import { stubLayout } from './stub-layout.ts'

configure({ asyncUtilTimeout: 20_000, getElementError: (message) => new Error(message ?? 'not found') })

beforeAll(stubLayout)
beforeEach(() => localStorage.clear())
afterEach(cleanup)

/** A project with one group below 0.2 and another below 0.21, grouped by the limit of its last scan. */
function createGrouped() {
  const limits = { chosen: 0.2, scanned: 0.2 }
  const scanned: (readonly CheckId[] | undefined)[] = []
  const summarise = (): CheckSummary => {
    const groups = limits.scanned > 0.2 ? 2 : 1
    return {
      id: 'near-duplicate',
      state: limits.chosen === limits.scanned ? 'checked' : 'stale',
      reason: null,
      version: 1,
      params: {},
      finishedAt: '2026-05-04T10:00:00.000Z',
      images: 910,
      flagged: 2 * groups,
      open: 2 * groups,
      groups: { flagged: groups, open: groups },
      cut: limits.chosen,
      defaultCut: 0.2,
    }
  }
  const procedures = createFixtureProcedures()
  procedures.check.list = os.check.list.handler(() => [summarise()])
  procedures.check.setCut = os.check.setCut.handler(({ input }) => {
    limits.chosen = input.cut ?? 0.2
    return summarise()
  })
  procedures.scan.start = os.scan.start.handler(({ input }) => {
    scanned.push(input.checks)
    limits.scanned = limits.chosen
    return { jobId: makeJob().id }
  })
  procedures.finding.queue = os.finding.queue.handler(() => ({
    items: [1, 2].map((id) => ({
      tile: makeTile(id),
      score: 0.1,
      isFlagged: true,
      isDecided: false,
      groupId: null,
      detail: null,
      revision: 0,
    })),
    nextCursor: null,
  }))
  return { procedures, scanned }
}

describe('the limit of near duplicates', () => {
  it('is moved by its slider, groups copies again at once, and the queue counts the new groups', async () => {
    const { procedures, scanned } = createGrouped()
    const line = renderWindow({ path: '/curate?check=near-duplicate', procedures })
    const queues = within(await screen.findByRole('region', { name: 'Queues' }))
    await queues.findByRole('button', { name: /^Near duplicate 1 / })
    const slider = await screen.findByRole('slider', { name: 'Cut of this check' })
    slider.focus()
    await userEvent.keyboard('{ArrowRight}')
    await userEvent.click(await screen.findByRole('button', { name: 'Use this cut' }))
    await waitFor(() => expect(scanned).toEqual([['near-duplicate', 'conflicting-labels']]))
    act(() => line.emit({ type: 'catalogueChanged', topics: ['checks'] }))
    await queues.findByRole('button', { name: /^Near duplicate 2 / })
    await userEvent.click(await screen.findByRole('button', { name: 'Back to 0.20' }))
    await waitFor(() => expect(scanned).toHaveLength(2))
    act(() => line.emit({ type: 'catalogueChanged', topics: ['checks'] }))
    await queues.findByRole('button', { name: /^Near duplicate 1 / })
  })
})
