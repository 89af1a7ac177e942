import { cleanup, configure, screen, waitFor, within } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { crossvalId } from '#shared/contract/base.contract.ts'
import type { CrossvalRequest } from '#shared/contract/crossval.contract.ts'
import { makeCrossval, makeJob, makeRun } from './factories.ts'
import { createFixtureProcedures, fixtureImplementer as os, renderWindow } from './fixture-window.tsx'
import { stubLayout } from './stub-layout.ts'

configure({ asyncUtilTimeout: 20_000, getElementError: (message) => new Error(message ?? 'not found') })

beforeAll(stubLayout)
afterEach(cleanup)

describe('cross-validations', () => {
  it('are started with the choices of the run that is shown', async () => {
    const asked: CrossvalRequest[] = []
    const procedures = createFixtureProcedures()
    procedures.crossval.start = os.crossval.start.handler(({ input }) => {
      asked.push(input)
      return { crossvalId: makeCrossval().id, jobId: makeJob().id }
    })
    renderWindow({ path: '/train', procedures })
    const button = await screen.findByRole('button', {
      name: `Cross-validate with the choices of ${makeRun().name}`,
    })
    await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Folds' }), '3 folds')
    await userEvent.click(button)
    await waitFor(() => expect(asked).toEqual([{ config: makeRun().config, folds: 3, seed: 1 }]))
  })

  it('show what they have finished, and go on when asked to', async () => {
    const resumed: number[] = []
    const procedures = createFixtureProcedures()
    const stopped = { name: 'Stopped', state: 'cancelled', foldsDone: 2, results: null } as const
    procedures.crossval.list = os.crossval.list.handler(() => [
      makeCrossval({ id: crossvalId.parse(2), ...stopped }),
      makeCrossval(),
    ])
    procedures.crossval.resume = os.crossval.resume.handler(({ input }) => {
      resumed.push(input.crossvalId)
      return { crossvalId: input.crossvalId, jobId: makeJob().id }
    })
    renderWindow({ path: '/train', procedures })
    const table = await screen.findByRole('region', { name: 'Cross-validations' })
    const rows = within(table).getAllByRole('row').slice(1)
    expect(rows.map((row) => within(row).getAllByRole('cell')[0]?.textContent)).toEqual(['2 of 5', '5 of 5'])
    expect(within(table).getAllByRole('button')).toHaveLength(1)
    await userEvent.click(within(table).getByRole('button', { name: 'Resume Stopped' }))
    await waitFor(() => expect(resumed).toEqual([2]))
  })
})
