import { notifications } from '@mantine/notifications'
import { cleanup, configure, screen, waitFor, within } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeJob, makeModel } from './factories.ts'
import { createFixtureProcedures, fixtureImplementer as os, renderWindow } from './fixture-window.tsx'
import { stubLayout } from './stub-layout.ts'

configure({ asyncUtilTimeout: 20_000, getElementError: (message) => new Error(message ?? 'not found') })

beforeAll(stubLayout)
beforeEach(() => localStorage.clear())
afterEach(() => {
  cleanup()
  notifications.clean()
})

describe('erasing from the catalogue', () => {
  it('says what goes and what cannot be undone, and wants a reason and a choice about copies first', async () => {
    const started: unknown[] = []
    const procedures = createFixtureProcedures()
    procedures.erasure.start = os.erasure.start.handler(({ input }) => {
      started.push(input)
      return { jobId: makeJob().id }
    })
    renderWindow({ path: '/catalogue?image=1', procedures })
    await userEvent.click(await screen.findByRole('button', { name: 'Erase this picture' }))
    const dialog = within(await screen.findByRole('dialog', { name: 'Erase 1 picture for good' }))
    dialog.getByText(/This cannot be undone/)
    await dialog.findByText('Model “Run 1”: learned from 1 picture; stays, marked')
    dialog.getByText('/originals/1.jpg')
    const send = dialog.getByRole('button', { name: 'Erase for good' })
    expect(send.hasAttribute('disabled')).toBe(true)
    await userEvent.type(dialog.getByRole('textbox', { name: 'Reason' }), 'Consent withdrawn')
    expect(send.hasAttribute('disabled')).toBe(true)
    await userEvent.click(dialog.getByRole('checkbox', { name: /^Delete 1 table/ }))
    await userEvent.click(dialog.getByRole('radio', { name: 'Put one new copy in their place' }))
    await userEvent.click(send)
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    expect(started).toEqual([
      { images: [1], identities: [], reason: 'Consent withdrawn', backups: 'remake', tables: 'delete' },
    ])
  })

  it('marks a model that has learned from erased pictures', async () => {
    const procedures = createFixtureProcedures()
    procedures.model.list = os.model.list.handler(() => [makeModel({ erasedImages: 3 })])
    renderWindow({ path: '/models', procedures })
    const note = await screen.findByRole('list', { name: 'Erased pictures that it learned from' })
    expect(note.textContent).toBe('Learned from 3 pictures that have been erased since.')
  })
})
