import { cleanup, configure, screen, within } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, beforeAll, expect, it } from 'vitest'
import { makeCopy } from './factories.ts'
import { createFixtureProcedures, fixtureImplementer as os, renderWindow } from './fixture-window.tsx'
import { stubLayout } from './stub-layout.ts'

configure({ asyncUtilTimeout: 20_000, getElementError: (message) => new Error(message ?? 'not found') })
beforeAll(stubLayout)
afterEach(cleanup)

it('a copy is made from the window, and one is put back after the window has said what is lost', async () => {
  const copies = [makeCopy({ rows: { image: 90, act: 3 } })]
  const restored: string[] = []
  const procedures = createFixtureProcedures()
  procedures.project.copies = os.project.copies.handler(() => ({ copies, rows: { image: 100, act: 4 } }))
  procedures.project.backUp = os.project.backUp.handler(() => {
    const copy = makeCopy({ file: '/faces/backups/catalogue.new.sqlite', madeAt: '2026-02-02T00:00:00.000Z' })
    copies.unshift(copy)
    return copy
  })
  procedures.project.restore = os.project.restore.handler(({ input }) => {
    restored.push(input.file)
    return {
      ...input,
      replaced: '/faces/backups/replaced-catalogue.1.sqlite',
      before: null,
      after: {},
      erasedReturned: [],
    }
  })
  renderWindow({ path: '/settings', procedures })
  await screen.findByText('10 images, 1 act of curation')
  await userEvent.click(screen.getByRole('button', { name: 'Back up now' }))
  await screen.findByText('Kept and read through: /faces/backups/catalogue.new.sqlite')
  const row = screen.getByRole('row', { name: /10 images/ })
  await userEvent.click(within(row).getByRole('button', { name: 'Restore' }))
  const dialog = await screen.findByRole('dialog', { name: 'Restore this copy?' })
  expect(dialog.textContent).toContain('Lost with what was done since: 10 images, 1 act of curation.')
  expect(restored).toEqual([])
  await userEvent.click(within(dialog).getByRole('button', { name: 'Restore' }))
  await within(dialog).findByText(
    'Restored. The catalogue before is /faces/backups/replaced-catalogue.1.sqlite',
  )
  expect(restored).toEqual([makeCopy().file])
})
