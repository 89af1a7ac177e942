import { cleanup, configure, screen, waitFor } from '@testing-library/react'
import { PointerEventsCheckLevel, userEvent } from '@testing-library/user-event'
import { createMemoryHistory } from '@tanstack/react-router'
import { afterEach, beforeAll, expect, it } from 'vitest'
import { makeTile } from './factories.ts'
import { createFixtureProcedures, fixtureImplementer as os, renderWindow } from './fixture-window.tsx'
import { stubLayout } from './stub-layout.ts'

configure({ asyncUtilTimeout: 20_000, getElementError: (message) => new Error(message ?? 'not found') })

beforeAll(stubLayout)
// Screens are loaded when they are first shown, which is no test's own time.
beforeAll(() => import('#renderer/features/catalogue/catalogue-screen.tsx'))
beforeAll(() => import('#renderer/features/models/models-screen.tsx'))
afterEach(cleanup)

// The name of a role is worked out from the styles of all that has the role, at each change of the page: of a whole catalogue that
// costs seconds, and so what is looked for again and again is found by its words.
const user = userEvent.setup({ pointerEventsCheck: PointerEventsCheckLevel.Never })
const press = async (words: string, selector: string) =>
  user.click(await screen.findByText(words, { selector: `${selector} *` }))
const chips = () => {
  const list = screen.queryByLabelText('Filters in force')
  return list === null ? [] : [...list.querySelectorAll('button')].map(({ textContent }) => textContent)
}
const expectChips = (...wanted: readonly string[]) => waitFor(() => expect(chips()).toEqual(wanted))

it('Filters stand as chips, and in the history', async () => {
  const history = createMemoryHistory({ initialEntries: ['/catalogue'] })
  renderWindow({ path: '/catalogue', history })
  await press('White', 'button')
  await press('Female', 'button')
  await expectChips('race: White', 'gender: Female', 'Clear all')
  history.back()
  await expectChips('race: White', 'Clear all')
  history.forward()
  await expectChips('race: White', 'gender: Female', 'Clear all')
})

it('Filters wait while another screen is open, and are taken away one by one or all', async () => {
  const chosen = (label: string) => encodeURIComponent(JSON.stringify([label]))
  renderWindow({ path: `/catalogue?race=${chosen('White')}&gender=${chosen('Female')}` })
  await expectChips('race: White', 'gender: Female', 'Clear all')
  await press('Models', 'nav')
  await screen.findByText('Models', { selector: 'h1' })
  await press('Catalogue', 'nav')
  await expectChips('race: White', 'gender: Female', 'Clear all')
  await user.click(screen.getByLabelText('race: White. Take this filter away'))
  await expectChips('gender: Female', 'Clear all')
  await user.click(screen.getByText('Clear all'))
  await expectChips()
})

it('What a search can say is told by a click, not by a pointer that rests there', async () => {
  renderWindow({ path: '/catalogue' })
  const help = await screen.findByLabelText('How to search')
  await user.hover(help)
  expect(help.getAttribute('aria-expanded')).toBe('false')
  await user.click(help)
  expect(await screen.findByText('what a scan flagged')).toBeDefined()
  expect(help.getAttribute('aria-expanded')).toBe('true')
})

it('The head of the table sorts, and says by what', async () => {
  const procedures = createFixtureProcedures()
  const asked = new Set<string>()
  procedures.image.window = os.image.window.handler(({ input }) => {
    asked.add(`${input.sort} ${input.direction}`)
    return { total: 1, items: [makeTile(1)], cells: [] }
  })
  renderWindow({ path: '/catalogue?view=table', procedures })
  const sorted = () => screen.getByText('File', { selector: '[role=columnheader] *' }).closest('[aria-sort]')
  await press('File', '[role=columnheader]')
  await waitFor(() => expect(sorted()?.getAttribute('aria-sort')).toBe('ascending'))
  await press('File', '[role=columnheader]')
  await waitFor(() => expect(sorted()?.getAttribute('aria-sort')).toBe('descending'))
  await waitFor(() => expect([...asked]).toEqual(['id ascending', 'path ascending', 'path descending']))
  expect(screen.queryByRole('button', { name: 'Race, as labelled' })).toBeNull()
})

it('Predictions are asked for once they are to stand below the pictures', async () => {
  const procedures = createFixtureProcedures()
  const asked: number[][] = []
  procedures.evaluation.answers = os.evaluation.answers.handler(({ input }) => {
    asked.push([...input.images])
    return []
  })
  renderWindow({ path: '/catalogue?show=%5B%22labels%22%5D', procedures })
  await screen.findByLabelText('Images')
  expect(asked).toEqual([])
  cleanup()
  renderWindow({ path: '/catalogue?show=%5B%22prediction%22%5D', procedures })
  await waitFor(() => expect(asked).toEqual([[1, 2, 3]]))
})
