import { expect, it } from 'vitest'
import {
  crossvalId,
  modelId,
  runId,
  splitId,
  type CrossvalId,
  type RunId,
} from '#shared/contract/base.contract.ts'
import { ModelOrigins } from '#engine/assessment/evaluation/model-origins.ts'

const one = modelId.parse(1)
const asked = { splitId: splitId.parse(2), part: 'val' as const }

/** Of a project whose train part shares 3 of the images that are asked about, its validation part 4, and each fold 2 of these. */
function origins({ run, fold }: { run: RunId | null; fold: CrossvalId | null }): ModelOrigins {
  const shared = { train: 3, val: 4, test: 100 }
  return new ModelOrigins({
    evaluations: {
      countShared: ({ own }) =>
        own.parts.reduce((sum, part) => sum + shared[part], 0) - (own.without === undefined ? 0 : 2),
    },
    models: { locate: () => ({ runId: run }) as never },
    runs: {
      find: () =>
        ({
          config: { splitId: splitId.parse(1) },
          crossvalId: fold,
          fold: fold === null ? null : 3,
        }) as never,
    },
    data: { getSplit: () => ({ name: 'first' }) as never },
  })
}

it('a model learned from the train part of its split, and one of a fold from all folds but its own', () => {
  const run = runId.parse(1)
  expect(origins({ run, fold: null }).find(one, asked)).toEqual({
    splitId: 1,
    split: 'first',
    trainedOn: 3,
    chosenBy: 4,
    crossvalId: null,
  })
  const fold = crossvalId.parse(1)
  expect(origins({ run, fold }).find(one, asked)).toMatchObject({ trainedOn: 5, chosenBy: 2, crossvalId: 1 })
})

it('of a model that no run of the project made nothing is known', () => {
  expect(origins({ run: null, fold: null }).find(one, asked)).toBeNull()
})
