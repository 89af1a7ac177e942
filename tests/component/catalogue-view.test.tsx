import { cleanup, configure, screen, waitFor, within } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { createMemoryHistory } from '@tanstack/react-router'
import { afterEach, beforeAll, expect, it } from 'vitest'
import { makeTile } from './factories.ts'
import { createFixtureProcedures, fixtureImplementer as os, renderWindow } from './fixture-window.tsx'
import { stubLayout } from './stub-layout.ts'

configure({ asyncUtilTimeout: 20_000, getElementError: (message) => new Error(message ?? 'not found') })

beforeAll(stubLayout)
afterEach(cleanup)

const chips = async () => {
  const list = await screen.findByRole('list', { name: 'Filters in force' })
  return within(list)
    .getAllByRole('button')
    .map(({ textContent }) => textContent)
}

it('Filters stand as chips, in the history, and wait while another screen is open', async () => {
  const history = createMemoryHistory({ initialEntries: ['/catalogue'] })
  renderWindow({ path: '/catalogue', history })
  const white = await screen.findByRole('button', { name: /^White/ })
  await userEvent.click(white)
  await userEvent.click(await screen.findByRole('button', { name: /^Female/ }))
  await waitFor(async () => expect(await chips()).toEqual(['race: White', 'gender: Female', 'Clear all']))
  history.back()
  await waitFor(async () => expect(await chips()).toEqual(['race: White', 'Clear all']))
  history.forward()
  await waitFor(async () => expect(await chips()).toEqual(['race: White', 'gender: Female', 'Clear all']))
  const rail = screen.getByRole('navigation', { name: 'Screens' })
  await userEvent.click(within(rail).getByRole('link', { name: 'Models' }))
  await screen.findByRole('heading', { level: 1, name: 'Models' })
  await userEvent.click(within(rail).getByRole('link', { name: 'Catalogue' }))
  await waitFor(async () => expect(await chips()).toEqual(['race: White', 'gender: Female', 'Clear all']))
  await userEvent.click(screen.getByRole('button', { name: 'race: White. Take this filter away' }))
  await waitFor(async () => expect(await chips()).toEqual(['gender: Female', 'Clear all']))
  await userEvent.click(screen.getByRole('button', { name: 'Clear all' }))
  await waitFor(() => expect(screen.queryByRole('list', { name: 'Filters in force' })).toBeNull())
})

it('What a search can say is told by a click, not by a pointer that rests there', async () => {
  renderWindow({ path: '/catalogue' })
  const help = await screen.findByRole('button', { name: 'How to search' })
  await userEvent.hover(help)
  expect(help.getAttribute('aria-expanded')).toBe('false')
  await userEvent.click(help)
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
  await userEvent.click(await screen.findByRole('button', { name: 'File' }))
  const head = () => screen.findByRole('columnheader', { name: 'File' })
  await waitFor(async () => expect((await head()).getAttribute('aria-sort')).toBe('ascending'))
  await userEvent.click(await screen.findByRole('button', { name: 'File' }))
  await waitFor(async () => expect((await head()).getAttribute('aria-sort')).toBe('descending'))
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
  await screen.findByRole('listbox', { name: 'Images' })
  expect(asked).toEqual([])
  cleanup()
  renderWindow({ path: '/catalogue?show=%5B%22prediction%22%5D', procedures })
  await waitFor(() => expect(asked).toEqual([[1, 2, 3]]))
})
