import { cleanup, configure, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { hashOf, makeEvaluation, makeLedger, makeLedgerVerdict, makeOpening, makeJob } from './factories.ts'
import { createFixtureProcedures, fixtureImplementer as os, renderWindow } from './fixture-window.tsx'
import { stubLayout } from './stub-layout.ts'

configure({ asyncUtilTimeout: 20_000, getElementError: (message) => new Error(message ?? 'not found') })

beforeAll(stubLayout)
afterEach(cleanup)

const opened = makeLedger({
  openings: [makeOpening()],
  testParts: makeLedger().testParts.map((part) => ({ ...part, openings: [7], elsewhere: 1 })),
})

const type = (field: HTMLElement, value: string): boolean => fireEvent.change(field, { target: { value } })

async function openDialog() {
  fireEvent.click(await screen.findByRole('radio', { name: 'Test' }))
  const button = await screen.findByRole('button', { name: 'Open the test part…' })
  await waitFor(() => expect(button).toHaveProperty('disabled', false))
  fireEvent.click(button)
  return within(await screen.findByRole('dialog', { name: 'Open the test part' }))
}

describe('the ceremony', () => {
  it('says what is opened and what it means, and wants a reason and a name that nobody has filled in', async () => {
    renderWindow({ path: '/evaluate' })
    const facts = await openDialog()
    expect(facts.getByText('never')).toBeDefined()
    expect(facts.getByRole('region', { name: 'What it means' }).textContent).toContain(
      'can never be taken back',
    )
    expect(facts.getByText('Leakage certificate').parentElement?.textContent).toContain('none')
    const submit = facts.getByRole('button', { name: 'Open and evaluate' })
    expect(submit).toHaveProperty('disabled', true)
    type(facts.getByRole('textbox', { name: /^Why is it opened/ }), 'Release 1')
    expect(submit).toHaveProperty('disabled', true)
    type(facts.getByRole('textbox', { name: /^Who opens it/ }), '  ')
    expect(submit).toHaveProperty('disabled', true)
  }, 120_000)

  it('says nothing of earlier openings and of the certificate before they are known, and opens nothing', async () => {
    const procedures = createFixtureProcedures()
    const asked = Promise.withResolvers<never[]>()
    procedures.leakage.standings = os.leakage.standings.handler(() => asked.promise)
    renderWindow({ path: '/evaluate', procedures })
    const dialog = await openDialog()
    type(dialog.getByRole('textbox', { name: /^Why is it opened/ }), 'Release 1')
    type(dialog.getByRole('textbox', { name: /^Who opens it/ }), 'Ann')
    const certificate = dialog.getByText('Leakage certificate').parentElement
    expect(certificate?.textContent).toContain('…')
    const submit = dialog.getByRole('button', { name: 'Open and evaluate' })
    expect(submit).toHaveProperty('disabled', true)
    asked.resolve([])
    await waitFor(() => expect(submit).toHaveProperty('disabled', false))
    expect(certificate?.textContent).toContain('none')
  }, 120_000)

  it('says that they are not known, and why, where the ledger cannot be read', async () => {
    const procedures = createFixtureProcedures()
    procedures.ledger.show = os.ledger.show.handler(() => {
      throw new Error('no ledger')
    })
    renderWindow({ path: '/evaluate', procedures })
    const dialog = await openDialog()
    expect(await dialog.findByRole('alert')).toBeDefined()
    expect(dialog.queryByText('never')).toBeNull()
    expect(dialog.getByText('Opened before').parentElement?.textContent).toContain('not known')
    expect(dialog.getByRole('button', { name: 'Open and evaluate' })).toHaveProperty('disabled', true)
  }, 120_000)

  it('opens with both, once, and shows the head to be kept', async () => {
    const asked: unknown[] = []
    const procedures = createFixtureProcedures()
    procedures.evaluation.create = os.evaluation.create.handler(({ input }) => {
      asked.push(input)
      return { jobId: makeJob().id }
    })
    renderWindow({ path: '/evaluate', procedures })
    const dialog = await openDialog()
    type(dialog.getByRole('textbox', { name: /^Why is it opened/ }), 'Release 1')
    type(dialog.getByRole('textbox', { name: /^Who opens it/ }), 'Ann')
    fireEvent.click(dialog.getByRole('button', { name: 'Open and evaluate' }))
    expect(await dialog.findByText(hashOf('9'))).toBeDefined()
    expect(dialog.getByRole('button', { name: 'Open and evaluate' })).toHaveProperty('disabled', true)
    expect(asked).toEqual([
      expect.objectContaining({ part: 'test', splitId: 1, unseal: { reason: 'Release 1', by: 'Ann' } }),
    ])
  }, 120_000)
})

describe('how often a test part was opened', () => {
  it('stands beside the split and beside figures made of it', async () => {
    const procedures = createFixtureProcedures()
    procedures.ledger.show = os.ledger.show.handler(() => opened)
    procedures.evaluation.list = os.evaluation.list.handler(() => [
      makeEvaluation({ part: 'test', openings: 2, notes: ['Test part, opened twice.'] }),
    ])
    renderWindow({ path: '/evaluate', procedures })
    expect(await screen.findAllByText(/opened twice/)).not.toEqual([])
    await waitFor(() =>
      expect(screen.getByRole('list', { name: 'Test parts' }).textContent).toContain('test opened twice'),
    )
    expect(screen.getByRole('list', { name: 'About these figures' }).textContent).toContain('opened twice')
  }, 120_000)

  it('is listed in the ledger, which can be checked against a head that was kept', async () => {
    const asked: unknown[] = []
    const procedures = createFixtureProcedures()
    procedures.ledger.show = os.ledger.show.handler(() => opened)
    procedures.ledger.verify = os.ledger.verify.handler(({ input }) => {
      asked.push(input)
      return makeLedgerVerdict({
        holds: input.head === undefined,
        problems: input.head === undefined ? [] : [{ line: 9, what: 'No line has the hash that was kept.' }],
      })
    })
    renderWindow({ path: '/evaluate', procedures })
    fireEvent.click(await screen.findByRole('button', { name: 'Ledger' }))
    const dialog = await screen.findByRole('dialog', { name: 'Ledger of the test parts' })
    expect(within(dialog).getByRole('row', { name: /Ann Release 1 Run 1/ })).toBeDefined()
    fireEvent.click(within(dialog).getByRole('button', { name: 'Check the ledger' }))
    expect(await within(dialog).findByText(/The ledger holds: 9 lines, 1 openings/)).toBeDefined()
    type(within(dialog).getByRole('textbox', { name: /head that was kept/ }), 'abc')
    expect(within(dialog).getByRole('button', { name: 'Check the ledger' })).toHaveProperty('disabled', true)
    type(within(dialog).getByRole('textbox', { name: /head that was kept/ }), hashOf('f'))
    fireEvent.click(within(dialog).getByRole('button', { name: 'Check the ledger' }))
    expect(await within(dialog).findByText(/No line has the hash that was kept/)).toBeDefined()
    expect(asked).toEqual([{}, { head: hashOf('f') }])
  }, 120_000)
})
