import { expect, it } from 'vitest'
import { evaluationId, imageId, modelId, splitId } from '#shared/contract/base.contract.ts'
import { fairnessContract } from '#shared/contract/fairness.contract.ts'
import { CrossService } from '#engine/assessment/fairness/cross.service.ts'
import { gatherCrossings } from '#engine/assessment/fairness/gather-crossings.ts'
import { describeCrossings, listCrossRows } from '#shared/derived/describe-audit.ts'
import { makeEvaluation, makeTaskEvaluation } from '#tests/component/factories.ts'
import { makeRecords } from '#tests/fixtures/task-records.ts'

const ids = Array.from({ length: 60 }, (_, at) => imageId.parse(at + 1))
const right = [60, 45, 30, 57, 50]

/** Model 1 on splits 1 (twice) and 2, model 2 on split 2 and on a test part; each learned by the split of its number. */
const evaluations = [
  [1, 1, 'val'],
  [1, 1, 'val'],
  [1, 2, 'val'],
  [2, 2, 'val'],
  [2, 2, 'test'],
].map(([model, split, part], at) =>
  makeEvaluation({
    evaluationId: evaluationId.parse(at + 1),
    modelId: modelId.parse(model),
    model: `Model ${model}`,
    splitId: splitId.parse(split),
    split: `Split ${split}`,
    part: part === 'test' ? 'test' : 'val',
    openings: part === 'test' ? 2 : null,
    tasks: { race: null, gender: makeTaskEvaluation(), age: null },
  }),
)

function cross(asked: object) {
  const service = new CrossService({
    records: {
      list: () => Promise.resolve(evaluations),
      read: (id, task) => {
        const evaluation = evaluations.find((one) => one.evaluationId === id)
        if (evaluation === undefined) throw new Error('There is no such evaluation')
        const records = makeRecords({
          task,
          labels: ['Male', 'Female'],
          race: ids.map((_, at) => (at % 2 === 0 ? 'White' : 'Black')),
          labelled: ids.map((_, at) => (at === 0 && id === 3 ? -1 : 0)),
          predicted: ids.map((_, at) => (at < (right[id - 1] ?? 0) ? 0 : 1)),
        })
        // An image without a label of race counts among all, and in no group.
        if (id === 4) records.groupings.race.indices[59] = -1
        return Promise.resolve({
          evaluation,
          images: ids.map((image) => ({ imageId: image, pixelSha256: 'a'.repeat(64) })),
          records,
        })
      },
    },
    origins: {
      find: (id, place) => ({
        splitId: splitId.parse(Number(id)),
        split: `Split ${id}`,
        trainedOn: place.splitId === 2 && id === 1 ? 12 : 0,
        chosenBy: 0,
        crossvalId: null,
      }),
    },
  })
  const parsed = fairnessContract.cross['~orpc'].inputSchema?.parse(asked)
  if (parsed === undefined) throw new Error('The contract has lost its input')
  return service.cross(parsed)
}

it('takes the newest evaluation of each model on each split, and says which cells are wanting', async () => {
  const { models, splits, cells, notes } = await cross({ task: 'gender' })
  expect(models.map(({ name, learnedOn }) => `${name} of ${learnedOn}`)).toEqual([
    'Model 1 of Split 1',
    'Model 2 of Split 2',
  ])
  expect(splits.map(({ name }) => name)).toEqual(['Split 1', 'Split 2'])
  expect(cells.map(({ evaluationId: id, isOwn }) => [id, isOwn])).toEqual([
    [2, true],
    [3, false],
    [4, true],
  ])
  expect(cells.map(({ overall }) => [overall.value, overall.n])).toEqual([
    [45 / 60, 60],
    [29 / 59, 59],
    [57 / 60, 60],
  ])
  expect(cells[2]?.groups.map(({ group, n }) => [group.race, n])).toEqual([
    ['Black', 29],
    ['White', 30],
  ])
  expect(notes.join(' ')).toContain('Model 1 on Split 2: 1 images are left out')
  expect(notes.join(' ')).toContain('1 of 4 cells were not evaluated yet')
  // A split that shares pictures with the one that was learned by is no foreign data.
  expect(cells.map(({ trainedOn }) => trainedOn)).toEqual([0, 12, 0])
  expect(notes.join(' ')).toContain(
    'Model 1 on Split 2: 12 of these images belong to what the model learned from',
  )
})

it('knows a test part only by evaluations that opened it, and says how often', async () => {
  const { cells, notes } = await cross({ task: 'gender', part: 'test' })
  expect(cells.map(({ evaluationId: id, openings }) => [id, openings])).toEqual([[5, 2]])
  expect(notes.join(' ')).toContain('the test part was opened 2 times')
  await expect(cross({ task: 'race', part: 'test' })).rejects.toMatchObject({ code: 'PRECONDITION' })
})

it('gathers for an audit what was evaluated on data of others alone, and tells where it is from', async () => {
  const found = await gatherCrossings({ cross })
  // On the test part the model stands on its own split alone, and nothing else was asked of any model.
  expect(found.map(({ task, part }) => [task, part])).toEqual([['gender', 'val']])
  expect(describeCrossings(found)).toEqual([
    'gender on val of Split 1, evaluation 2: Model 1, learned on Split 1 75.0% (62.8-84.2), n = 60 (learned by this split)',
    'gender on val of Split 2, evaluation 3: Model 1, learned on Split 1 49.2% (36.8-61.6), n = 59, 12 of them learned from',
    'gender on val of Split 2, evaluation 4: Model 2, learned on Split 2 95.0% (86.3-98.3), n = 60 (learned by this split)',
  ])
  const rows = listCrossRows(found)
  // Each of three cells as a whole and for two races.
  expect(rows).toHaveLength(9)
  expect(rows[3]?.slice(0, 7)).toEqual([
    'Split 2',
    'generalisation',
    '',
    '',
    'gender on val: Model 1, learned on Split 1',
    'accuracy, 0 to 1',
    29 / 59,
  ])
})
