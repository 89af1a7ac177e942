import { cleanup, configure, screen, waitFor, within } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, beforeAll, expect, it } from 'vitest'
import type { AccessLine } from '#shared/contract/access.contract.ts'
import { purposeId, type Purpose } from '#shared/contract/purpose.contract.ts'
import { makeJob, makeModel, makeProject, makePurpose } from './factories.ts'
import { createFixtureProcedures, fixtureImplementer as os, renderWindow } from './fixture-window.tsx'
import { stubLayout } from './stub-layout.ts'

configure({ asyncUtilTimeout: 20_000, getElementError: (message) => new Error(message ?? 'not found') })
beforeAll(stubLayout)
afterEach(cleanup)

const line = (position: number, part: Partial<AccessLine> = {}): AccessLine => ({
  position,
  at: '2026-05-04T10:00:00.000Z',
  kind: 'exported',
  actor: 'Ann',
  host: 'server',
  subject: { what: 'split', rows: 100 },
  named: { file: '/out/split.csv' },
  hash: 'a'.repeat(64),
  ...part,
})

it('settings show who used the project, filter it and say whether the chain holds', async () => {
  const procedures = createFixtureProcedures()
  const asked: unknown[] = []
  procedures.access.list = os.access.list.handler(({ input }) => {
    asked.push(input.filter)
    const lines = [line(2), line(1, { kind: 'opened', actor: 'Ben', subject: {}, named: null })]
    const kept = lines.filter(({ kind }) => input.filter.kinds?.includes(kind) ?? true)
    return { lines: kept, total: kept.length }
  })
  procedures.access.verify = os.access.verify.handler(() => ({
    lines: 2,
    blanked: 0,
    head: 'a'.repeat(64),
    holds: false,
    problems: [{ line: 2, what: 'It was changed.' }],
  }))
  renderWindow({ path: '/settings', procedures })
  const log = await screen.findByRole('region', { name: 'Access log' })
  expect(within(log).getByText('what split, rows 100, file /out/split.csv')).toBeDefined()
  await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Acts' }), 'Opened')
  await waitFor(() => expect(within(log).queryByText('Ann')).toBeNull())
  expect(within(log).getByText('Ben')).toBeDefined()
  expect(asked.at(-1)).toEqual({ kinds: ['opened'] })
  await userEvent.click(screen.getByRole('button', { name: 'Check the chain' }))
  await screen.findByText('Line 2 does not hold. It was changed.')
})

it('settings record a purpose and end it', async () => {
  const procedures = createFixtureProcedures()
  let purposes: Purpose[] = []
  procedures.purpose.list = os.purpose.list.handler(() => ({ purposes, guarded: ['race'] }))
  procedures.purpose.record = os.purpose.record.handler(({ input }) => {
    const made = makePurpose(input)
    purposes = [made]
    return made
  })
  procedures.purpose.end = os.purpose.end.handler(() => {
    const ended = makePurpose({ ...purposes[0], state: 'ended', endedAt: '2026-05-04T10:00:00.000Z' })
    purposes = [ended]
    return ended
  })
  renderWindow({ path: '/settings', procedures })
  await screen.findByText('No purpose is recorded yet.')
  await userEvent.click(screen.getByRole('button', { name: 'Record a purpose' }))
  const dialog = within(await screen.findByRole('dialog', { name: 'Record a purpose' }))
  const send = dialog.getByRole('button', { name: 'Record' })
  expect(send).toHaveProperty('disabled', true)
  await userEvent.type(dialog.getByRole('textbox', { name: 'Who is responsible' }), 'Ann')
  await userEvent.type(dialog.getByRole('textbox', { name: 'What for' }), 'Measuring bias')
  await userEvent.type(dialog.getByLabelText('Until'), '2030-01-31')
  await userEvent.click(send)
  await userEvent.click(await screen.findByRole('button', { name: 'End purpose 1' }))
  await screen.findByText('Ended')
})

it('settings open the files of a project to its group, and tell what happened to them', async () => {
  const procedures = createFixtureProcedures()
  const notice = 'Other users of this machine could read this project until now.'
  procedures.project.current = os.project.current.handler(() =>
    makeProject({ files: { audience: 'owner', notice } }),
  )
  renderWindow({ path: '/settings', procedures })
  await screen.findByText(notice)
  await userEvent.click(screen.getByRole('radio', { name: 'The group of its folder' }))
  await waitFor(() =>
    expect(screen.getByRole('radio', { name: 'The group of its folder' })).toHaveProperty('checked', true),
  )
  await waitFor(() => expect(screen.queryByText(notice)).toBeNull())
})

it('a model goes out without race, or under a purpose that is chosen', async () => {
  const procedures = createFixtureProcedures()
  const asked: (number | undefined)[] = []
  procedures.purpose.list = os.purpose.list.handler(() => ({
    purposes: [makePurpose({ id: purposeId.parse(2) }), makePurpose({ state: 'expired' })],
    guarded: ['race'],
  }))
  procedures.model.list = os.model.list.handler(() => [makeModel()])
  procedures.model.export = os.model.export.handler(({ input }) => {
    asked.push(input.purposeId)
    return { jobId: makeJob().id }
  })
  renderWindow({ path: '/models', procedures })
  await userEvent.click(await screen.findByRole('button', { name: 'Export ONNX' }))
  const dialog = await screen.findByRole('dialog', { name: 'Export ONNX' })
  await userEvent.click(within(dialog).getByRole('button', { name: 'Export' }))
  await waitFor(() => expect(asked).toEqual([undefined]))
  await userEvent.click(await screen.findByRole('button', { name: 'Export ONNX' }))
  const again = await screen.findByRole('dialog', { name: 'Export ONNX' })
  const purposes = within(again).getByRole('combobox', { name: 'Purpose' })
  expect(within(purposes).queryByRole('option', { name: /^1:/ })).toBeNull()
  await userEvent.selectOptions(purposes, '2')
  await userEvent.click(within(again).getByRole('button', { name: 'Export' }))
  await waitFor(() => expect(asked).toEqual([undefined, 2]))
})
