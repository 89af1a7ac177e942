import { expect, it } from 'vitest'
import type { Task } from '#shared/domain/tasks.ts'
import { evaluateTasks, type TaskAnswers } from '#engine/assessment/evaluation/domain/evaluate-task.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { FoldTally } from '#engine/learning/crossval/domain/fold-tally.ts'
import { validateNetwork } from '#engine/learning/training/validate-network.ts'

const images = 400
const classes = ['a', 'b', 'c', 'd']

/** Numerical Recipes' generator: numbers that no other code of ours can change. */
function drawNumbers(seed: number) {
  let state = seed
  const float = (): number => (state = (state * 1664525 + 1013904223) >>> 0) / 2 ** 32
  return { float, int: (below: number): number => Math.floor(float() * below) }
}

const { float, int } = drawNumbers(12345)
const each = <Value>(draw: (index: number) => Value): Value[] =>
  Array.from({ length: images }, (_, index) => draw(index))
const floats = (length: number, most: number) => Float32Array.from({ length }, () => float() * most)
const hash = (value: unknown): string => hashBytes(JSON.stringify(value)).slice(0, 16)

async function evaluate() {
  const groupings = [
    { grouping: 'race', groups: ['x', 'y', 'z'], indices: each(() => int(4) - 1) },
    { grouping: 'gender', groups: ['m', 'f'], indices: each(() => int(3) - 1) },
  ] as const
  const drawTask = (): TaskAnswers => ({
    labels: classes,
    labelled: each(() => int(5) - 1),
    predicted: each(() => int(4)),
    groupings,
  })
  const age: TaskAnswers = {
    ...drawTask(),
    areOrdered: true,
    years: {
      predicted: each(() => float() * 90),
      labelled: each(() => (int(5) === 0 ? null : float() * 90)),
    },
  }
  const answers = new Map<Task, TaskAnswers>([
    ['age', age],
    ['gender', drawTask()],
    ['race', drawTask()],
  ])
  const groups = Int32Array.from(each((image) => image >> 1))
  return evaluateTasks(answers, { groups, seed: 3, replicates: 200, pause: () => Promise.resolve() })
}

function addUpFolds() {
  const tally = new FoldTally({ races: ['x', 'y', 'z', 'w'], folds: 3 })
  for (let image = 0; image < images; image++) {
    tally.add({
      fold: 1 + int(3),
      labelled: int(6) === 0 ? null : int(4),
      predicted: int(4),
      race: int(5) === 0 ? null : (['x', 'y', 'z'][int(3)] ?? null),
      labelledYears: int(4) === 0 ? null : float() * 90,
      years: int(4) === 0 ? null : float() * 90,
      probabilities: int(3) === 0 ? null : [float(), float(), float(), 0],
    })
  }
  return tally.result
}

async function validate() {
  const data = {
    rows: each(() => ({ row: 0, crc: 0 })),
    years: Float32Array.from(each(() => (int(5) === 0 ? -1 : float() * 90))),
    labels: new Map<Task, Int32Array>([
      ['age', Int32Array.from(each(() => int(10) - 1))],
      ['gender', Int32Array.from(each(() => int(3) - 1))],
      ['race', Int32Array.from(each(() => int(5) - 1))],
    ]),
  }
  const predict = async (_: unknown, count: number) => ({
    embedding: new Float32Array(0),
    logits: new Map<Task, Float32Array>([
      ['age', floats(count, 99)],
      ['gender', floats(2 * count, 1)],
      ['race', floats(4 * count, 1)],
    ]),
  })
  const measured = await validateNetwork({ predict }, data, {
    heads: [
      { task: 'age', classes: 9 },
      { task: 'gender', classes: 2 },
      { task: 'race', classes: 4 },
    ],
    ageReadOut: 'years',
    yearsLoss: { kind: 'huber', delta: 3 },
    lossWeights: new Map([['age', 0.1]]),
    races: classes,
    reader: { readAll: () => new Uint8Array(0) },
    isCancelled: () => false,
  })
  return { ...measured, losses: [...(measured?.losses ?? [])] }
}

/**
 * Folds and validation as recorded by the version in which each counted for itself; the evaluation's by the one that gave its
 * accuracies intervals over people, of which nothing but the bounds had changed.
 */
it('figures of an evaluation, of folds and of a validation stay the same to the last digit', async () => {
  expect(hash(await evaluate())).toBe('ecc08e004fd443dc')
  expect(hash(addUpFolds())).toBe('4702f676eeee1535')
  expect(hash(await validate())).toBe('78d81a067a7c1f0d')
})
