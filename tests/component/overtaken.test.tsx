import { act, cleanup, configure, screen, waitFor, within } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { jobId, splitId } from '#shared/contract/base.contract.ts'
import { makeJob, makeSplit } from './factories.ts'
import { createFixtureProcedures, fixtureImplementer as os, renderWindow } from './fixture-window.tsx'
import { stubLayout } from './stub-layout.ts'

configure({ asyncUtilTimeout: 20_000 })
beforeAll(stubLayout)
afterEach(cleanup)

const again = makeJob({ id: jobId.parse(8), kind: 'split', title: 'Make split Split 1 v2', state: 'queued' })
const newSplit = makeSplit({ splitId: splitId.parse(2), name: 'Split 1 v2' })
const { hash, parts } = newSplit

/** Split 1, of which curation removed 12 images and relabelled 4; what is split again is kept. */
function renderOvertaken(path: string) {
  const asked: unknown[] = []
  let splits = [makeSplit()]
  const procedures = createFixtureProcedures()
  procedures.split.list = os.split.list.handler(() => splits)
  procedures.split.standings = os.split.standings.handler(() => [
    { splitId: splitId.parse(1), removed: 12, relabelled: 4, restored: 0 },
    { splitId: splitId.parse(2), removed: 0, relabelled: 0, restored: 0 },
  ])
  procedures.split.again = os.split.again.handler(({ input }) => {
    asked.push(input)
    return { jobId: again.id }
  })
  procedures.job.get = os.job.get.handler(() => again)
  const line = renderWindow({ path, procedures })
  const finish = (): void => {
    splits = [newSplit, makeSplit()]
    const result = { splitId: newSplit.splitId, hash, parts }
    act(() => {
      line.emit({ type: 'jobChanged', job: { ...again, state: 'succeeded', result } })
      line.emit({ type: 'catalogueChanged', topics: ['splits'] })
    })
  }
  return { asked, finish }
}

const findNote = () => screen.findByRole('region', { name: 'Curation since Split 1 was made' })

describe('a split that curation has overtaken', () => {
  it.each(['/', '/splits', '/train', '/evaluate'])('says so on %s', async (path) => {
    renderOvertaken(path)
    const note = await findNote()
    expect(note.textContent).toContain('Curation has overtaken Split 1: 12 removed, 4 relabelled since.')
    expect(within(note).getByRole('button', { name: 'Split again' })).toBeDefined()
  })

  it('is split again by one click, and the form of a run then opens with the new one', async () => {
    const { asked, finish } = renderOvertaken('/train')
    await userEvent.click(within(await findNote()).getByRole('button', { name: 'Split again' }))
    await waitFor(() => expect(asked).toEqual([{ splitId: 1 }]))
    await within(await findNote()).findByText(/Make split Split 1 v2/)
    finish()
    await userEvent.click(await screen.findByRole('button', { name: 'Train on the new split' }))
    const form = await screen.findByRole('form', { name: 'New training run' })
    const split = within(form).getByRole<HTMLSelectElement>('combobox', { name: 'Split' })
    expect(split.selectedOptions[0]?.textContent).toBe('Split 1 v2')
    expect(within(form).queryByRole('region', { name: 'Curation since Split 1 was made' })).toBeNull()
  })
})
