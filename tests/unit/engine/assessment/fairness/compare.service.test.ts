import { expect, it } from 'vitest'
import { evaluationId, imageId } from '#shared/contract/base.contract.ts'
import { fairnessContract } from '#shared/contract/fairness.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { CompareService } from '#engine/assessment/fairness/compare.service.ts'
import { makeEvaluation } from '#tests/component/factories.ts'
import { makeRecords } from '#tests/fixtures/task-records.ts'

type Labels = Partial<Record<Task, readonly string[]>>

const ids = Array.from({ length: 40 }, (_, at) => imageId.parse(at + 1))
const alternate = ids.map((_, at) => at % 2)

/** Images of two labels in turns; every model answers the first of its labels to all. */
function compare(first: Labels, second: Labels) {
  const of = (id: number): Labels => (id === 1 ? first : second)
  const describe = (id: number) =>
    makeEvaluation({ evaluationId: evaluationId.parse(id), images: ids.length })
  const service = new CompareService({
    records: {
      describe: (id) => Promise.resolve(describe(id)),
      listTasks: (id) => Promise.resolve((['race', 'gender'] as const).filter((task) => task in of(id))),
      read: (id, task) =>
        Promise.resolve({
          evaluation: describe(id),
          images: ids.map((image) => ({ imageId: image, pixelSha256: 'a'.repeat(64) })),
          records: makeRecords({
            task,
            labels: of(id)[task] ?? [],
            labelled: alternate,
            predicted: ids.map(() => 0),
          }),
        }),
    },
    baselines: { answers: () => Promise.reject(new Error('Nobody asked for stored answers')) },
  })
  const input = fairnessContract.compare['~orpc'].inputSchema
  const asked = input?.parse({ evaluationId: 1, with: { evaluationId: 2 } })
  if (asked === undefined) throw new Error('The contract has lost its input')
  return service.compare(asked)
}

const gender = ['Male', 'Female']

it('compares models whose labels stand in another order', async () => {
  const { tasks } = await compare({ race: ['White', 'Black'] }, { race: ['Black', 'White'] })
  expect([tasks.race?.a.value, tasks.race?.b.value]).toEqual([0.5, 0.5])
})

it('does not compare a task in which the second model answers what the first has no label for, and says so', async () => {
  const theirs = { race: ['White', 'Asian', 'Others'], gender }
  const { tasks, notes } = await compare({ race: ['White', 'East Asian'], gender }, theirs)
  expect(tasks.race).toBeNull()
  expect(tasks.gender).not.toBeNull()
  expect(notes.join(' ')).toContain('race is not compared: Run 1 on Split 1, val also answers Asian, Others')
  await expect(compare({ race: ['White'] }, { race: ['Asian'] })).rejects.toThrow(/race is not compared/)
})
