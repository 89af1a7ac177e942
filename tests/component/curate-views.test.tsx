import { act, cleanup, configure, screen, waitFor, within } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { CheckSummary } from '#shared/contract/check.contract.ts'
import type { JobSnapshot } from '#shared/contract/job.contract.ts'
import type { DecisionRequest } from '#shared/contract/decision.contract.ts'
import { makeOutcome } from './decision-fixtures.ts'
import { makeJob, makeTile } from './factories.ts'
import { createFixtureProcedures, fixtureImplementer as os, renderWindow } from './fixture-window.tsx'
import { stubLayout } from './stub-layout.ts'

configure({ asyncUtilTimeout: 20_000, getElementError: (message) => new Error(message ?? 'not found') })

beforeAll(stubLayout)
beforeEach(() => localStorage.clear())
afterEach(cleanup)

const at = '2026-05-04T10:00:00.000Z'
const greyscale: CheckSummary = {
  id: 'greyscale',
  state: 'checked',
  reason: null,
  version: 1,
  params: {},
  finishedAt: at,
  images: 4,
  flagged: 0,
  open: 0,
  groups: null,
  cut: 0.5,
  defaultCut: 0.5,
}

function createProcedures() {
  const procedures = createFixtureProcedures()
  procedures.check.list = os.check.list.handler(() => [greyscale])
  return procedures
}

describe('the map of the Curate screen', () => {
  it('reads only the images that are selected, and decides them with the revisions they have', async () => {
    const procedures = createProcedures()
    const read: number[][] = []
    const asked: Pick<DecisionRequest, 'action' | 'target'>[] = []
    procedures.map.points = os.map.points.handler(() => ({
      space: 'face-128',
      madeAt: at,
      seed: 0,
      isStale: false,
      imageIds: [1, 2, 3, 4],
      x: [0, 1, 2, 3],
      y: [0, 1, 2, 3],
    }))
    procedures.map.groups = os.map.groups.handler(() => ({
      values: ['White', 'Black'],
      imageIds: [1, 2, 3, 4],
      valueOf: [0, 1, 0, 1],
    }))
    procedures.image.tiles = os.image.tiles.handler(({ input }) => {
      read.push([...input.images])
      return input.images.map((id) => makeTile(id, { revision: id * 10 }))
    })
    procedures.decision.decide = os.decision.decide.handler(({ input: { action, target } }) => {
      asked.push({ action, target })
      return makeOutcome({ title: 'Kept 2 images' })
    })
    renderWindow({ path: '/curate?view=map', procedures })
    const panel = within(await screen.findByRole('region', { name: 'Selection' }))
    await userEvent.click(await panel.findByRole('button', { name: /^Black/ }))
    await panel.findByRole('heading', { name: '2 images selected' })
    await panel.findByRole('button', { name: /^Image 4,/ })
    expect(read).toEqual([[2, 4]])
    await userEvent.keyboard('k')
    await waitFor(() =>
      expect(asked).toEqual([
        {
          action: 'keep',
          target: {
            images: [
              { imageId: 2, revision: 20 },
              { imageId: 4, revision: 40 },
            ],
          },
        },
      ]),
    )
    await panel.findByRole('heading', { name: 'Nothing selected' })
    expect(panel.getByText('Kept 2 images')).toBeDefined()
  })

  it('offers to embed the images where they cannot be compared, and shows how far that is', async () => {
    const procedures = createProcedures()
    const started: number[] = []
    const jobs: JobSnapshot[] = []
    procedures.embedding.start = os.embedding.start.handler(({ input }) => {
      started.push(input.modelId)
      return { jobId: makeJob().id }
    })
    procedures.job.list = os.job.list.handler(() => jobs)
    const line = renderWindow({ path: '/curate?view=map', procedures })
    await userEvent.click(await screen.findByRole('button', { name: 'Embed the images' }))
    await waitFor(() => expect(started).toHaveLength(1))
    const job = makeJob({ kind: 'embed', state: 'running', title: 'Embed', done: 3, total: 12, phase: null })
    act(() => line.emit({ type: 'jobChanged', job }))
    const map = within(await screen.findByRole('region', { name: 'Map' }))
    await map.findByText(/^Embed: 3 \/ 12/)
    expect(await map.findByRole('button', { name: 'Cancel' })).toBeDefined()
  })
})

describe('shortcuts on the Curate screen', () => {
  it('are told for each label with interval, n, chance and what to do', async () => {
    const procedures = createProcedures()
    procedures.check.shortcuts = os.check.shortcuts.handler(() => ({
      madeAt: at,
      tasks: [
        {
          task: 'race' as const,
          images: 900,
          labels: ['Black', 'White'],
          chance: 0.5,
          together: { value: 0.812, low: 0.79, high: 0.834, n: 900 },
          isRisk: true,
          properties: [{ name: 'hue_spread', accuracy: { value: 0.7, low: 0.67, high: 0.73, n: 900 } }],
        },
      ],
    }))
    renderWindow({ path: '/curate?view=shortcuts', procedures })
    expect(await screen.findByText(/give the race label away: 81\.2% \(79\.0-83\.4\), n = 900/)).toBeDefined()
    expect(screen.getByText(/^Look at the picture checks' flag rates/)).toBeDefined()
    expect(screen.getByRole('row', { name: /^hue spread 70\.0% \(67\.0-73\.0\), n = 900/ })).toBeDefined()
  })

  it('that were not measured say what measures them', async () => {
    renderWindow({ path: '/curate?view=shortcuts', procedures: createProcedures() })
    expect(await screen.findByText(/^Shortcuts have not been measured yet/)).toBeDefined()
    const shortcuts = within(screen.getByRole('region', { name: 'Shortcuts' }))
    await userEvent.click(shortcuts.getByRole('button', { name: 'Scan the images' }))
    expect(await screen.findByRole('dialog')).toBeDefined()
  })
})
