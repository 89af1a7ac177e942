import { cleanup, configure, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { afterEach, beforeAll, expect, it } from 'vitest'
import type { EvaluationDetail } from '#shared/contract/evaluation.contract.ts'
import { makeEstimate, makeEvaluation, makeJob } from './factories.ts'
import { createFixtureProcedures, fixtureImplementer as os, renderWindow } from './fixture-window.tsx'
import { stubLayout } from './stub-layout.ts'

configure({ asyncUtilTimeout: 20_000, getElementError: (message) => new Error(message ?? 'not found') })

beforeAll(stubLayout)
afterEach(cleanup)

const inBf16: Partial<EvaluationDetail> = {
  computedBy: { library: 'oneDNN 2.6.3', arithmetic: 'bf16', instead: null },
  rounding: [
    {
      task: 'race',
      changed: makeEstimate(0.05, 200),
      largest: 0.125,
      accuracyGain: -0.005,
      byGroup: [
        {
          grouping: 'gender',
          rates: [
            { group: 'Female', rate: makeEstimate(0.09, 100) },
            { group: 'Male', rate: makeEstimate(0.01, 100) },
          ],
          test: { chiSquare: 6.7, degrees: 1, p: 0.0096, n: 200, pooled: [] },
        },
      ],
    },
  ],
}

it('an evaluation in bf16 is asked for by its name', async () => {
  const asked: unknown[] = []
  const procedures = createFixtureProcedures()
  procedures.evaluation.create = os.evaluation.create.handler(({ input }) => {
    asked.push(input.arithmetic)
    return { jobId: makeJob().id }
  })
  renderWindow({ path: '/evaluate', procedures })
  const select = await screen.findByLabelText<HTMLSelectElement>('Arithmetic')
  fireEvent.change(select, { target: { value: 'bf16' } })
  fireEvent.submit(select.form ?? select)
  await waitFor(() => expect(asked).toEqual(['bf16']))
}, 120_000)

it('an evaluation in bf16 tells how many answers differ from float32, of all and by group', async () => {
  const procedures = createFixtureProcedures()
  procedures.evaluation.list = os.evaluation.list.handler(() => [makeEvaluation(inBf16)])
  procedures.evaluation.get = os.evaluation.get.handler(() => makeEvaluation(inBf16))
  renderWindow({ path: '/evaluate', procedures })
  const region = await screen.findByRole('region', { name: 'bf16 beside float32' })
  const [, row] = within(region).getAllByRole('row')
  const cells = within(row ?? region).getAllByRole('cell')
  expect(cells.map(({ textContent }) => textContent)).toEqual(['5.0', '1.0-9.0', '200', '0.13', '−0.50'])
  expect(within(region).getByRole('listitem').textContent).toContain('Race by gender: differs, p = 0.010')
  expect(screen.getByText('oneDNN 2.6.3, bf16')).toBeDefined()
}, 120_000)
