import { cleanup, configure, screen, waitFor } from '@testing-library/react'
import { PointerEventsCheckLevel, userEvent } from '@testing-library/user-event'
import { AppError } from '#shared/contract/errors.ts'
import { afterEach, beforeAll, expect, it } from 'vitest'
import {
  createFixtureHost,
  createFixtureProcedures,
  fixtureImplementer as os,
  renderWindow,
} from './fixture-window.tsx'
import { stubLayout } from './stub-layout.ts'

configure({ asyncUtilTimeout: 20_000, getElementError: (message) => new Error(message ?? 'not found') })
// Looking whether a pointer reaches a button, and the names of roles, read the styles of the whole page each time.
const user = userEvent.setup({ pointerEventsCheck: PointerEventsCheckLevel.Never })
// happy-dom submits a form for a click on its button alone, not on the words within.
const findButton = (words: string) => screen.getByText(words).closest('button') ?? document.body

beforeAll(stubLayout)
// The screen is loaded when it is first shown, which is no test's own time.
beforeAll(() => import('#renderer/features/settings/settings-screen.tsx'))
afterEach(cleanup)

it('the name beside decisions can be set, and emptied to be that of the account again', async () => {
  const asked: (string | null | undefined)[] = []
  let reviewer = 'account'
  const procedures = createFixtureProcedures()
  procedures.settings.get = os.settings.get.handler(() => ({
    reviewer,
    isReviewerChosen: reviewer !== 'account',
    copiesKept: 20,
  }))
  procedures.settings.update = os.settings.update.handler(({ input }) => {
    asked.push(input.reviewer)
    reviewer = input.reviewer ?? 'account'
    return { reviewer, isReviewerChosen: input.reviewer !== null, copiesKept: 20 }
  })
  renderWindow({ path: '/settings', procedures })
  const field = await screen.findByLabelText('Name beside your decisions')
  await screen.findByText(/This is the name of your account/)
  await user.clear(field)
  await user.type(field, ' Ann ')
  await user.click(findButton('Keep'))
  await screen.findByText(/Empty it to use the name of your account/)
  expect(field).toHaveProperty('value', 'Ann')
  await user.clear(field)
  await user.click(findButton('Keep'))
  await waitFor(() => expect(asked).toEqual(['Ann', null]))
  await waitFor(() => expect(field).toHaveProperty('value', 'account'))
})

it('all other browsers can be signed out where the window had to sign in, and a failure is told', async () => {
  let answer: () => Promise<void> = () =>
    Promise.reject(new AppError('UNAVAILABLE', 'The server did not answer.'))
  const host = createFixtureHost({ signIns: { endOwn: async () => undefined, endOthers: () => answer() } })
  renderWindow({ path: '/settings', host })
  const button = await screen.findByText('Sign out all others')
  await user.click(button)
  await screen.findByText('The server did not answer.')
  answer = async () => undefined
  await user.click(button)
  await screen.findByText('All others are signed out.')
  expect(screen.queryByText('The server did not answer.')).toBeNull()
})

it('the desktop window offers no signing out', async () => {
  renderWindow({ path: '/settings', host: createFixtureHost({ kind: 'electron', signIns: null }) })
  await screen.findByText('Keep')
  expect(screen.queryByText('Sign out')).toBeNull()
})
