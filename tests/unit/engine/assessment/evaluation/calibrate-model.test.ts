import { expect, it } from 'vitest'
import { crossvalId, evaluationId, modelId, splitId } from '#shared/contract/base.contract.ts'
import type { ModelOrigin } from '#shared/contract/evaluation.contract.ts'
import { calibrateModel } from '#engine/assessment/evaluation/calibrate-model.ts'

const own = splitId.parse(1)
const origin: ModelOrigin = { splitId: own, split: 'first', trainedOn: 0, chosenBy: 0, crossvalId: null }
const held = { splitId: own, part: 'val' as const }

/** Which of some evaluations, the newest first, the temperature of a model is fitted on; null for none. */
async function fittedOn(
  evaluations: readonly { splitId: number; part: 'train' | 'val' | 'test' }[],
  found: Partial<ModelOrigin> | null,
): Promise<number | null> {
  const listed = evaluations.map((one, index) => ({
    ...one,
    evaluationId: evaluationId.parse(index + 1),
    modelId: modelId.parse(1),
    split: 'first',
    tasks: { age: null, gender: null, race: null },
  }))
  const calibration = await calibrateModel(
    {
      records: {
        list: () => Promise.resolve(listed as never),
        read: () => Promise.reject(new Error('No task has answers')),
      },
      origins: { find: () => (found === null ? null : { ...origin, ...found }) },
    },
    modelId.parse(1),
  )
  return calibration?.evaluationId ?? null
}

it('a temperature is fitted on the validation part of the split that the model learned by', async () => {
  expect(await fittedOn([{ splitId: 1, part: 'test' }, { splitId: 1, part: 'train' }, held], {})).toBe(3)
})

it.each([
  {
    what: 'a model of a fold, which learned from most of that part',
    found: { crossvalId: crossvalId.parse(1) },
  },
  { what: 'a part with images that it learned from', found: { trainedOn: 3 } },
  { what: 'another split', found: { splitId: splitId.parse(2) } },
  { what: 'a model of which nobody knows by what it learned', found: null },
])('there is none for $what', async ({ found }) => {
  expect(await fittedOn([held], found)).toBeNull()
})
