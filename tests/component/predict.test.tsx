import { ORPCError } from '@orpc/client'
import { cleanup, configure, screen, within } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { evaluationId, modelId } from '#shared/contract/base.contract.ts'
import type { PredictResponse } from '#shared/contract/prediction.contract.ts'
import { makeModel } from './factories.ts'
import {
  createFixtureHost,
  createFixtureProcedures,
  fixtureImplementer as os,
  renderWindow,
} from './fixture-window.tsx'
import { stubLayout } from './stub-layout.ts'

configure({ asyncUtilTimeout: 20_000, getElementError: (message) => new Error(message ?? 'not found') })

beforeAll(stubLayout)
afterEach(cleanup)

const answerOf = (model: number, label: string, probability: number): PredictResponse => ({
  model: { id: String(model), name: `Run ${model}`, sha256: 'f'.repeat(64) },
  predictions: [
    {
      file: 'face.jpg',
      faces: [
        {
          box: { x: 0, y: 0, width: 10, height: 10 },
          race: { label, probabilities: { [label]: probability, Other: 1 - probability } },
          gender: { label: 'Female', probabilities: { Female: 0.75, Male: 0.25 } },
          age: null,
        },
      ],
    },
  ],
  milliseconds: { decode: 2, inference: 5 },
})

function makeProcedures() {
  const procedures = createFixtureProcedures()
  const two = makeModel({ id: modelId.parse(2), name: 'Run 2' })
  procedures.model.list = os.model.list.handler(() => [makeModel(), two])
  return procedures
}

describe('two models on one picture', () => {
  it('answer line by line, and say where they differ', async () => {
    const procedures = makeProcedures()
    const asked: (number | null)[] = []
    const host = createFixtureHost({
      predict: (_image, _name, { modelId: asks }) => {
        asked.push(asks)
        return Promise.resolve(asks === 2 ? answerOf(2, 'White', 0.5) : answerOf(1, 'Indian', 0.75))
      },
    })
    renderWindow({ path: '/predict?model=1', procedures, host })
    const image = new File(['bytes'], 'face.jpg', { type: 'image/jpeg' })
    await userEvent.upload(await screen.findByLabelText('Image file'), image)
    await screen.findByRole('region', { name: 'Race' })
    await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Second model' }), 'Beside Run 2')
    const table = await screen.findByRole('table', { name: 'Answers of two models' })
    const rows = within(table).getAllByRole('row').slice(1)
    expect(rows.map((row) => row.textContent)).toEqual([
      'RaceIndian 75.0%White 50.0%, another label',
      'GenderFemale 75.0%Female 75.0%',
    ])
    expect(asked).toEqual([1, 2])
  })
})

describe('an image of the project', () => {
  it('is asked about by its number, and by the model that is chosen', async () => {
    const procedures = makeProcedures()
    const asked: unknown[] = []
    Object.assign(procedures, {
      explanation: {
        answer: os.explanation.answer.handler(({ input }) => {
          asked.push(input)
          return answerOf(Number(input.modelId), 'Indian', 0.75)
        }),
      },
    })
    renderWindow({ path: '/predict?model=2', procedures })
    const form = await screen.findByRole('form', { name: 'Image of the project' })
    await userEvent.type(within(form).getByRole('textbox', { name: 'Number of an image' }), '7')
    await userEvent.click(within(form).getByRole('button', { name: 'Ask' }))
    expect(await screen.findByRole('region', { name: 'Race' })).toBeDefined()
    expect(screen.getByRole('img', { name: 'Image 7' })).toBeDefined()
    expect(asked).toEqual([{ imageId: 7, modelId: 2 }])
  })
})

describe('probabilities', () => {
  const host = createFixtureHost({ predict: () => Promise.resolve(answerOf(1, 'Indian', 0.9)) })
  const image = new File(['bytes'], 'face.jpg', { type: 'image/jpeg' })

  it('are calibrated where a temperature is known, and say by how many images', async () => {
    const procedures = makeProcedures()
    const race = { temperature: 2, low: 1.8, high: 2.25, n: 4940, ownLoss: 1.5, loss: 1.25 }
    procedures.evaluation.calibration = os.evaluation.calibration.handler(({ input }) => ({
      evaluationId: evaluationId.parse(input.modelId),
      split: 'large',
      tasks: { race, gender: null, age: null },
    }))
    renderWindow({ path: '/predict?model=1', procedures, host })
    await userEvent.upload(await screen.findByLabelText('Image file'), image)
    const bars = await screen.findByRole('region', { name: 'Race' })
    expect(
      await within(bars).findByText(
        'Calibrated: Indian 75.0% (temperature 2.00, 1.80-2.25, fitted on 4,940 validation images of split large, by which the model was chosen too).',
      ),
    ).toBeDefined()
    // What the model itself says stays what it is.
    expect(within(bars).getByText('90.0%')).toBeDefined()
    const gender = screen.getByRole('region', { name: 'Gender' })
    expect(within(gender).getByText(/no temperature could be fitted/)).toBeDefined()
  })

  it('say why where what calibrates them cannot be read', async () => {
    const procedures = makeProcedures()
    procedures.evaluation.calibration = os.evaluation.calibration.handler(() => {
      throw new ORPCError('CONFLICT', {
        message: 'Evaluation 1 is no longer what was stored.',
        defined: true,
      })
    })
    renderWindow({ path: '/predict?model=1', procedures, host })
    await userEvent.upload(await screen.findByLabelText('Image file'), image)
    expect(
      await screen.findByText(/could not be read: Evaluation 1 is no longer what was stored/),
    ).toBeDefined()
  })

  it('are said not to be calibrated where none is known', async () => {
    renderWindow({ path: '/predict?model=1', procedures: makeProcedures(), host })
    await userEvent.upload(await screen.findByLabelText('Image file'), image)
    expect(await screen.findByText(/the model's own and not calibrated/)).toBeDefined()
  })
})
