import { describe, expect, it } from 'vitest'
import { readVoices } from '#engine/curation/checks/read-answers.ts'
import { suggestLabels } from '#engine/curation/checks/suggest-labels.ts'
import type { AnswerRow } from '#engine/curation/checks/group.repo.ts'
import { checks } from '#shared/domain/checks.ts'
import type { Task } from '#shared/domain/tasks.ts'

/** What checks say of two copies, one labelled as the model believes and one otherwise. */
function tellOf(task: 'race' | 'gender', right: string, wrong: string, probability: number): AnswerRow[] {
  const labels = { race: 'White', gender: 'Male', ageBin: '30-39' }
  const [model, near] = [checks[`label-${task}`].code, checks[`neighbours-${task}`].code]
  const suggested = [{ label: right, probability }]
  const doubt = { given: wrong, suggested, probability: 1 - probability }
  const neighbours = { given: wrong, suggested, same: 1, labelled: 10, neighbours: [] }
  return [
    { imageId: 1, checkId: model, detail: null, ...labels, [task]: right },
    { imageId: 2, checkId: model, detail: doubt, ...labels, [task]: wrong },
    { imageId: 1, checkId: near, detail: null, ...labels, [task]: right },
    { imageId: 2, checkId: near, detail: neighbours, ...labels, [task]: wrong },
  ]
}

function tellAge(probability: number, medianYears: number): AnswerRow[] {
  const labels = { race: 'White', gender: 'Male', ageBin: '50-59' }
  const model = { given: '50-59', suggested: [{ label: '3-9', probability }], probability: 1 - probability }
  const near = { given: '50-59', suggested: [], yearsOff: 45, medianYears, neighbours: [] }
  return [
    { imageId: 1, checkId: checks['label-age'].code, detail: model, ...labels },
    { imageId: 1, checkId: checks['neighbours-age'].code, detail: near, ...labels },
  ]
}

const suggest = (conflict: Partial<Record<Task, string[]>>, rows: readonly AnswerRow[]) =>
  suggestLabels(conflict, (task) => readVoices(rows, task))

describe('labels that are suggested where copies differ', () => {
  it('are those that models and neighbours strongly agree on, whichever copy comes first', () => {
    const rows = tellOf('gender', 'Female', 'Male', 0.97)
    const expected = { race: null, gender: { label: 'Female', strength: 0.97 }, age: null }
    expect(suggest({ gender: ['Female', 'Male'] }, rows)).toEqual(expected)
    const swapped = rows.map((row) => ({ ...row, imageId: 3 - row.imageId })).toReversed()
    expect(suggest({ gender: ['Male', 'Female'] }, swapped)).toEqual(expected)
  })

  it('are none where the models are not sure', () => {
    expect(suggest({ race: ['Black', 'White'] }, tellOf('race', 'Black', 'White', 0.94)).race).toBeNull()
  })

  it('are none where the neighbours of a copy say otherwise, or nothing', () => {
    const rows = tellOf('race', 'Black', 'White', 0.99)
    const silent = rows.filter(({ checkId }) => checkId !== checks['neighbours-race'].code)
    expect(suggest({ race: ['Black', 'White'] }, silent).race).toBeNull()
    const split = rows.map((row) =>
      row.imageId === 2 && row.checkId === checks['neighbours-race'].code ? { ...row, detail: null } : row,
    )
    expect(suggest({ race: ['Black', 'White'] }, split).race).toBeNull()
  })

  it('are none where models do not know one of the labels', () => {
    expect(suggest({ race: ['Black', 'Other'] }, tellOf('race', 'Black', 'White', 0.99)).race).toBeNull()
  })

  it('of ages are given by the bins of the years, and by no model where the years share one', () => {
    expect(suggest({ age: ['5', '53'] }, tellAge(0.99, 7)).age).toEqual({ label: '5', strength: 0.99 })
    expect(suggest({ age: ['3-9', '50-59'] }, tellAge(0.99, 7)).age).toEqual({ label: '3-9', strength: 0.99 })
    expect(suggest({ age: ['5', '53'] }, tellAge(0.99, 40)).age).toBeNull()
    expect(suggest({ age: ['4', '5'] }, tellAge(0.99, 7)).age).toBeNull()
  })
})
