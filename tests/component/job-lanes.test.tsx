import { cleanup, configure, screen, waitFor, within } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { jobId } from '#shared/contract/base.contract.ts'
import type { JobSnapshot } from '#shared/contract/job.contract.ts'
import { makeJob } from './factories.ts'
import { createFixtureProcedures, fixtureImplementer as os, renderWindow } from './fixture-window.tsx'
import { stubLayout } from './stub-layout.ts'

configure({ asyncUtilTimeout: 20_000 })
beforeAll(stubLayout)
afterEach(cleanup)

const training = makeJob({ id: jobId.parse(1), kind: 'train', title: 'Train A' })
const splitting = makeJob({
  id: jobId.parse(2),
  kind: 'split',
  title: 'Make a split',
  phase: 'Planning',
  startedAt: new Date().toISOString(),
})
const scanning = makeJob({
  id: jobId.parse(4),
  kind: 'scan',
  title: 'Scan',
  state: 'queued',
  startedAt: null,
  waiting: { behind: [{ id: training.id, title: training.title }], ahead: 1 },
})

/** A window with these jobs; which are stopped or let go first, and whether the project was closed, is kept. */
function renderJobs(path: string, jobs: readonly JobSnapshot[]) {
  const acts: string[] = []
  const procedures = createFixtureProcedures()
  procedures.job.list = os.job.list.handler(() => [...jobs].toReversed())
  procedures.job.cancel = os.job.cancel.handler(({ input }) => {
    acts.push(`cancel ${input.jobId}`)
    return makeJob({ state: 'cancelled' })
  })
  procedures.job.goFirst = os.job.goFirst.handler(({ input }) => {
    acts.push(`first ${input.jobId}`)
    return scanning
  })
  procedures.project.close = os.project.close.handler(() => {
    acts.push('close')
    return { closed: true }
  })
  renderWindow({ path, procedures })
  return acts
}

describe('jobs beside each other', () => {
  it('stand side by side, and who waits sees for what and can go first', async () => {
    const acts = renderJobs('/settings', [training, splitting, scanning])
    const bar = await screen.findByRole('contentinfo', { name: 'Jobs' })
    for (const title of ['Train A', 'Make a split', '1 more waiting'])
      expect(await within(bar).findByText(title)).toBeDefined()
    await userEvent.click(within(bar).getByRole('button', { name: 'Jobs' }))
    expect(await screen.findByText('Waits for Train A, and 1 job before it')).toBeDefined()
    // Nothing lays the popover out here, so that it never comes into view.
    const goFirst = await screen.findByRole('button', { name: 'Let Scan go first', hidden: true })
    await userEvent.click(goFirst)
    await waitFor(() => expect(acts).toEqual(['first 4']))
  })

  it('that have been long at work are not stopped without a question, others are', async () => {
    const acts = renderJobs('/settings', [training, splitting])
    await userEvent.click(await screen.findByRole('button', { name: 'Cancel Train A' }))
    const question = await screen.findByRole('dialog', { name: 'Stop "Train A"?' })
    expect(question.textContent).toContain('Its last checkpoint stays')
    await userEvent.click(within(question).getByRole('button', { name: 'Cancel' }))
    await userEvent.click(screen.getByRole('button', { name: 'Cancel Make a split' }))
    await waitFor(() => expect(acts).toEqual(['cancel 2']))
  })

  it('are named before the project is closed', async () => {
    const acts = renderJobs('/', [training, splitting, scanning])
    await userEvent.click(await screen.findByRole('button', { name: 'Close project' }))
    const question = await screen.findByRole('dialog', { name: 'Close the project?' })
    expect(question.textContent).toContain(
      'Train A and Make a split would be stopped, and 1 job would not begin.',
    )
    expect(acts).toEqual([])
    await userEvent.click(within(question).getByRole('button', { name: 'Close it' }))
    await waitFor(() => expect(acts).toEqual(['close']))
  })
})
