import { notifications } from '@mantine/notifications'
import { cleanup, configure, screen, waitFor, within } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { imageId, snapshotId } from '#shared/contract/base.contract.ts'
import { actId, type DecisionOutcome, type HistoryEntry } from '#shared/contract/decision.contract.ts'
import { makeOutcome } from './decision-fixtures.ts'
import { makeSavedQuery } from './factories.ts'
import { createFixtureProcedures, fixtureImplementer as os, renderWindow } from './fixture-window.tsx'
import { stubLayout } from './stub-layout.ts'

configure({ asyncUtilTimeout: 20_000, getElementError: (message) => new Error(message ?? 'not found') })

beforeAll(stubLayout)
afterEach(() => {
  cleanup()
  notifications.clean()
})

function makeEntry(id: number, part: Partial<HistoryEntry> = {}): HistoryEntry {
  return {
    actId: actId.parse(id),
    kind: 'decide',
    title: `Removed ${id} images`,
    reviewer: 'Curator',
    at: '2026-05-04T10:00:00.000Z',
    check: 'greyscale',
    images: id,
    conflicts: 0,
    isUndone: false,
    changes: [
      {
        imageId: imageId.parse(7),
        field: 'status',
        from: 'undecided',
        to: 'removed',
        check: 'greyscale',
        reason: 'no-face',
        note: 'a hand',
      },
    ],
    ...part,
  }
}

function openHistory() {
  const undone: unknown[] = []
  const procedures = createFixtureProcedures()
  procedures.decision.history = os.decision.history.handler(() => ({
    items: [makeEntry(4), makeEntry(3, { reviewer: 'Bob' }), makeEntry(2), makeEntry(1, { isUndone: true })],
    nextCursor: null,
  }))
  procedures.decision.undo = os.decision.undo.handler(({ input }): DecisionOutcome => {
    undone.push(input)
    return makeOutcome({ actId: actId.parse(5), title: 'Undo: Removed 2 images' })
  })
  return { procedures, undone }
}

describe('the history of acts', () => {
  it("tells who did what and why, and takes back any of one's own acts, not only the last", async () => {
    const { procedures, undone } = openHistory()
    renderWindow({ path: '/history', procedures })
    const row = await screen.findByRole('row', { name: /Removed 2 images/ })
    expect(within(row).getByText(/in Greyscale: No face, a hand/)).toBeDefined()
    expect(
      screen.getAllByRole('button', { name: /^Undo: / }).map((button) => button.getAttribute('aria-label')),
    ).toEqual(['Undo: Removed 4 images', 'Undo: Removed 2 images'])
    await userEvent.click(within(row).getByRole('button', { name: 'Undo: Removed 2 images' }))
    await waitFor(() => expect(undone).toEqual([{ actId: 2 }]))
  })

  it('keeps a state under a name and says what has changed since', async () => {
    const { procedures } = openHistory()
    const kept: unknown[] = []
    procedures.snapshot.list = os.snapshot.list.handler(() => [
      {
        id: snapshotId.parse(1),
        name: 'Before',
        note: '',
        reviewer: 'Curator',
        hash: 'a'.repeat(64),
        images: 3,
        createdAt: '2026-05-04T10:00:00.000Z',
      },
    ])
    procedures.snapshot.diff = os.snapshot.diff.handler(({ input }) => {
      kept.push(input.a)
      return {
        added: 0,
        removed: 2,
        changed: 0,
        labels: 0,
        byTask: { race: 0, gender: 0, age: 0, identity: 0 },
        text: '+0 -2 images, 0 labels changed',
        items: [],
        nextCursor: null,
      }
    })
    renderWindow({ path: '/history', procedures })
    await userEvent.click(await screen.findByRole('button', { name: 'Before' }))
    await screen.findByText('Since then: +0 -2 images, 0 labels changed')
    expect(kept).toEqual([1])
    await userEvent.click(screen.getByRole('button', { name: 'New snapshot' }))
    const dialog = await screen.findByRole('dialog', { name: 'Keep the state of the catalogue' })
    await userEvent.type(within(dialog).getByRole('textbox', { name: 'Name' }), 'After')
    await userEvent.click(within(dialog).getByRole('button', { name: 'Keep it' }))
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  })
})

it('The command palette finds queues, saved views, runs, models and actions, and goes there', async () => {
  const { procedures } = openHistory()
  procedures.check.list = os.check.list.handler(() => [
    {
      id: 'blurry',
      state: 'checked',
      reason: null,
      version: 1,
      params: {},
      finishedAt: null,
      images: 3,
      flagged: 2,
      open: 2,
      groups: null,
      cut: 0.3,
      defaultCut: 0.3,
    },
  ])
  procedures.savedQuery.list = os.savedQuery.list.handler(() => [makeSavedQuery({ name: 'Children' })])
  renderWindow({ path: '/history', procedures })
  await screen.findByRole('heading', { level: 1, name: 'History' })
  await userEvent.keyboard('{Control>}k{/Control}')
  await screen.findByRole('textbox', { name: 'Command' })
  for (const name of ['Blurry', 'Children', 'Run 1', 'Scan the images'])
    await screen.findAllByText(name, { exact: true })
  await userEvent.type(screen.getByRole('textbox', { name: 'Command' }), 'blurr')
  await screen.findByText('2 open')
  await userEvent.keyboard('{Enter}')
  expect(await screen.findByRole('heading', { level: 1, name: 'Curate' })).toBeDefined()
})
