import { cleanup, configure, screen, within } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, beforeAll, expect, it } from 'vitest'
import type { IntegrityReport } from '#shared/contract/integrity.contract.ts'
import { makeJob } from './factories.ts'
import { createFixtureProcedures, fixtureImplementer as os, renderWindow } from './fixture-window.tsx'
import { stubLayout } from './stub-layout.ts'

configure({ asyncUtilTimeout: 20_000, getElementError: (message) => new Error(message ?? 'not found') })
beforeAll(stubLayout)
afterEach(cleanup)

const report: IntegrityReport = {
  holds: false,
  isQuick: true,
  checks: [
    {
      kind: 'model',
      subject: '/faces/models/1/model.onnx',
      expected: 'aa',
      found: 'bb',
      holds: false,
      advice: 'Put the file back.',
    },
    { kind: 'split', subject: 'Split 1', expected: 'cc', found: 'cc', holds: true, advice: null },
  ],
  notListed: 0,
  counts: { checked: 5, holding: 3, broken: 1, notRecorded: 1 },
  countsByKind: [{ kind: 'model', checked: 1, holding: 0, broken: 1, notRecorded: 0 }],
}

it('everything stored is checked from the settings, and what does not hold is named with what to do', async () => {
  const asked: boolean[] = []
  const procedures = createFixtureProcedures()
  procedures.integrity.check = os.integrity.check.handler(({ input }) => {
    asked.push(input.isQuick)
    return { jobId: makeJob({ id: makeJob().id }).id }
  })
  procedures.job.get = os.job.get.handler(() =>
    makeJob({ kind: 'integrity', title: 'Check integrity', state: 'succeeded', result: report }),
  )
  renderWindow({ path: '/settings', procedures })
  await userEvent.click(await screen.findByRole('checkbox', { name: 'Images by their sizes alone' }))
  await userEvent.click(screen.getByRole('button', { name: 'Check everything' }))
  await screen.findByText(/1 of 5 checks do not hold/)
  expect(asked).toEqual([true])
  const found = within(screen.getByRole('list', { name: 'What was found' })).getAllByRole('listitem')
  expect(found.map((item) => item.textContent)).toEqual([
    '/faces/models/1/model.onnxRecorded: aa. Found: bb.Put the file back.',
  ])
})
