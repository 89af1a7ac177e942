import { cleanup, configure, screen, waitFor, within } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { CheckSummary, ScanRequest } from '#shared/contract/check.contract.ts'
import { makeJob } from './factories.ts'
import { createFixtureProcedures, fixtureImplementer as os, renderWindow } from './fixture-window.tsx'
import { stubLayout } from './stub-layout.ts'

configure({ asyncUtilTimeout: 20_000, getElementError: (message) => new Error(message ?? 'not found') })

beforeAll(stubLayout)
beforeEach(() => localStorage.clear())
afterEach(cleanup)

const noFace: CheckSummary = {
  id: 'no-face',
  state: 'not-checked',
  reason: 'It has not been run yet. Start a scan.',
  version: null,
  params: {},
  finishedAt: null,
  images: 0,
  flagged: 0,
  open: 0,
  groups: null,
  cut: 0.5,
  defaultCut: 0.5,
}

/** The dialog of a project whose faces were last looked for by `tiny`; what a scan is started with comes last. */
async function openDialog() {
  const started: ScanRequest[] = []
  const procedures = createFixtureProcedures()
  procedures.check.list = os.check.list.handler(() => [noFace])
  procedures.scan.settings = os.scan.settings.handler(() => ({ detector: 'tiny' }))
  procedures.scan.start = os.scan.start.handler(({ input }) => {
    started.push(input)
    return { jobId: makeJob().id }
  })
  renderWindow({ path: '/curate?view=shortcuts', procedures })
  await userEvent.click(await screen.findByRole('button', { name: 'Scan the images' }))
  const dialog = within(await screen.findByRole('dialog'))
  return { dialog, detector: await dialog.findByLabelText<HTMLSelectElement>('Face detector'), started }
}

describe('the dialog that starts a scan', () => {
  it('offers the detector that the project used last, and leaves it to the engine', async () => {
    const { dialog, detector, started } = await openDialog()
    expect(detector.value).toBe('tiny')
    await userEvent.click(dialog.getByRole('button', { name: 'Start the scan' }))
    await waitFor(() => expect(started).toHaveLength(1))
    expect(started[0]).not.toHaveProperty('detector')
  })

  it('goes back to the default detector by name', async () => {
    const { dialog, detector, started } = await openDialog()
    await userEvent.selectOptions(detector, 'BlazeFace, three looks: finds more faces')
    await userEvent.click(dialog.getByRole('button', { name: 'Start the scan' }))
    await waitFor(() => expect(started).toHaveLength(1))
    expect(started[0]).toMatchObject({ detector: 'default' })
  })

  it('asks who judges the labels, and offers no cross-validation to descriptors', async () => {
    const { dialog, started } = await openDialog()
    const judges = dialog.getByLabelText<HTMLSelectElement>('Who judges the labels')
    expect(judges.value).toBe('both')
    expect(dialog.queryByLabelText('Which cross-validation')).not.toBeNull()
    await userEvent.selectOptions(judges, "The faces' descriptors")
    expect(dialog.queryByLabelText('Which cross-validation')).toBeNull()
    await userEvent.click(dialog.getByRole('button', { name: 'Start the scan' }))
    await waitFor(() => expect(started[0]).toMatchObject({ labelsBy: 'embeddings' }))
  })
})
