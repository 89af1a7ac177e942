import { notifications } from '@mantine/notifications'
import { cleanup, configure, screen, waitFor, within } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { imageId } from '#shared/contract/base.contract.ts'
import { actId, type DecisionOutcome, type DecisionRequest } from '#shared/contract/decision.contract.ts'
import { makeOutcome } from './decision-fixtures.ts'
import { createFixtureProcedures, fixtureImplementer as os, renderWindow } from './fixture-window.tsx'
import { stubLayout } from './stub-layout.ts'

configure({ asyncUtilTimeout: 20_000, getElementError: (message) => new Error(message ?? 'not found') })

beforeAll(stubLayout)
beforeEach(() => localStorage.clear())
afterEach(() => {
  cleanup()
  notifications.clean()
})

type Asked = Pick<DecisionRequest, 'action' | 'target' | 'reason' | 'note'>

/** The catalogue of the fixtures, and everything that is decided in it; act n gives revision n. */
function openCatalogue(path = '/catalogue') {
  const asked: Asked[] = []
  const undone: unknown[] = []
  const procedures = createFixtureProcedures()
  procedures.decision.decide = os.decision.decide.handler(({ input }): DecisionOutcome => {
    const { action, target, reason, note } = input
    asked.push({
      action,
      target,
      ...(reason === undefined ? {} : { reason }),
      ...(note === undefined ? {} : { note }),
    })
    return makeOutcome({ actId: actId.parse(asked.length), title: `Act ${asked.length}` })
  })
  procedures.decision.undo = os.decision.undo.handler(({ input }): DecisionOutcome => {
    undone.push(input)
    return makeOutcome({ actId: actId.parse(9), title: 'Undo: Act 1' })
  })
  renderWindow({ path, procedures })
  return { asked, undone, procedures }
}

/** The cursor is at the first image. */
const images = async () => {
  const list = await screen.findByRole('listbox', { name: 'Images' })
  await waitFor(() => expect(list.getAttribute('aria-activedescendant')).toBe('tile-1'))
}

describe('a decision in the catalogue', () => {
  it('that follows another one is sent with the revision which that one gave', async () => {
    const { asked } = openCatalogue()
    await images()
    await userEvent.keyboard('kk')
    await waitFor(() =>
      expect(asked).toEqual(
        [0, 1].map((revision) => ({ action: 'keep', target: { images: [{ imageId: 1, revision }] } })),
      ),
    )
  })

  it('is taken back from its notice alone, never another one in its place', async () => {
    const { undone } = openCatalogue()
    await images()
    await userEvent.keyboard('k')
    await screen.findByText('Act 1')
    const takeBack = screen.getByRole('button', { name: 'Undo' })
    await userEvent.keyboard('k')
    await screen.findByText('Act 2')
    await userEvent.click(takeBack)
    await screen.findByText('Undo: Act 1')
    expect(undone).toEqual([{ actId: 1 }])
  })

  it('that somebody else was faster with is told by image, until the notice is closed', async () => {
    const { procedures } = openCatalogue()
    const conflicts = [1, 2, 3, 4].map((id) => ({
      imageId: imageId.parse(id),
      reason: 'changed' as const,
      message: `It was changed meanwhile by Reader ${id}.`,
      by: `Reader ${id}`,
      at: null,
      revision: 4,
    }))
    procedures.decision.decide = os.decision.decide.handler(() =>
      makeOutcome({ actId: null, changed: 0, conflictCount: 4, conflicts }),
    )
    cleanup()
    renderWindow({ path: '/catalogue', procedures })
    await images()
    await userEvent.keyboard('k')
    await screen.findByText('It was changed meanwhile by Reader 3.')
    await screen.findByText('1 more image was left as it is')
    await userEvent.click(screen.getAllByRole('button', { name: 'Close the notice' })[0] ?? document.body)
    expect(screen.queryByText('It was changed meanwhile by Reader 4.')).toBeNull()
  })

  it('removes for a reason and with a note', async () => {
    const { asked } = openCatalogue()
    await images()
    await userEvent.keyboard('x')
    const dialog = await screen.findByRole('dialog', { name: 'Remove 1 image' })
    await userEvent.click(within(dialog).getByRole('radio', { name: 'No face' }))
    await userEvent.type(within(dialog).getByRole('textbox', { name: 'Note' }), 'a hand')
    await userEvent.click(within(dialog).getByRole('button', { name: 'Remove' }))
    await waitFor(() =>
      expect(asked).toEqual([
        {
          action: 'remove',
          reason: 'no-face',
          note: 'a hand',
          target: { images: [{ imageId: 1, revision: 0 }] },
        },
      ]),
    )
  })

  it.each([
    ['["greyscale"]', 'greyscale'],
    ['["greyscale","no-face"]', 'other'],
    ['["unchecked"]', 'other'],
  ])(
    'removes the images with the findings %s for the reason %s, unless another is chosen',
    async (findings, reason) => {
      const { asked } = openCatalogue(`/catalogue?findings=${encodeURIComponent(findings)}`)
      await images()
      await userEvent.keyboard('x')
      await screen.findByRole('dialog', { name: 'Remove 1 image' })
      await userEvent.keyboard('{Enter}')
      await waitFor(() => expect(asked.map((one) => one.reason)).toEqual([reason]))
    },
  )

  it('is made by the keys that the person has chosen, which the buttons show', async () => {
    const { asked } = openCatalogue()
    await images()
    await userEvent.click(screen.getByRole('button', { name: 'Keys' }))
    const dialog = await screen.findByRole('dialog', { name: 'Keys of this screen' })
    expect(within(dialog).queryByText('Take the first suggested label')).toBeNull()
    await userEvent.click(within(dialog).getByRole('button', { name: /^Keep: K\./ }))
    await userEvent.keyboard('j')
    await userEvent.click(within(dialog).getByRole('button', { name: 'Done' }))
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    await userEvent.keyboard('k{Control>}a{/Control}')
    const bar = await screen.findByRole('toolbar', { name: 'Selected images' })
    expect(within(bar).getByRole('button', { name: /^Keep/ }).textContent).toBe('KeepJ')
    await userEvent.keyboard('j')
    await waitFor(() => expect(asked.map(({ action }) => action)).toEqual(['keep']))
  })
})
