import { tasks } from '#shared/domain/tasks.ts'
import { describe, expect, it } from 'vitest'
import {
  encodeLabels,
  findSchemeOf,
  listSchemeLabels,
  planHeads,
} from '#engine/networks/architecture/model-labels.ts'

const image = (labels: { race?: string; gender?: string; ageBin?: string; ageYears?: number }) => ({
  scheme: 'utkface5' as const,
  race: null,
  gender: null,
  ageBin: null,
  ageYears: null,
  ...labels,
})

describe('the heads of a model', () => {
  it('exist for the tasks that have labels, with every class of the scheme', () => {
    const { labels, notes } = planHeads([image({ race: 'White' }), image({ race: 'Black' })], {
      scheme: 'utkface5',
      tasks,
      ageReadOut: 'class',
    })
    expect(labels).toEqual({ age: null, gender: null, race: ['White', 'Black', 'Asian', 'Indian', 'Others'] })
    expect(notes).toEqual([
      'No image of the training part has a label for age: the model has no age head.',
      'No image of the training part has a label for gender: the model has no gender head.',
      'No training image is labelled Asian, Indian, Others (race): the model cannot learn it.',
    ])
  })

  it('exist for the tasks asked for alone', () => {
    const wanted = { scheme: 'utkface5', tasks: ['gender'], ageReadOut: 'class' } as const
    const { labels, notes } = planHeads([image({ gender: 'Male', race: 'White' })], wanted)
    expect(labels).toEqual({ age: null, gender: ['Male', 'Female'], race: null })
    expect(notes).toEqual(['No training image is labelled Female (gender): the model cannot learn it.'])
  })

  it('in years need exact years, and say how many images have a bin alone', () => {
    const wanted = { scheme: 'utkface5', tasks: ['age'], ageReadOut: 'years' } as const
    const binAlone = image({ ageBin: '20-29' })
    expect(planHeads([binAlone], wanted)).toEqual({
      labels: { age: null, gender: null, race: null },
      notes: ['No image of the training part has an age in years, only bins: the model has no age head.'],
    })
    const { labels, notes } = planHeads([binAlone, image({ ageBin: '20-29', ageYears: 26 })], wanted)
    expect(labels.age).toHaveLength(9)
    expect(notes).toEqual([
      'Training images with an age bin but no years: 1. The age head learns years and leaves them out.',
    ])
    const byBins = { ...wanted, ageReadOut: 'expected-years', isAgeByBins: true } as const
    expect(planHeads([binAlone, image({ ageBin: '20-29', ageYears: 26 })], byBins).notes).toEqual([
      'Training images with an age bin but no years: 1. They teach the age head its bins, which are spread over years by the others.',
    ])
  })

  it('know their scheme again by their labels', () => {
    for (const scheme of ['fairface7', 'utkface5', 'sample'] as const) {
      expect(findSchemeOf(listSchemeLabels(scheme))).toBe(scheme)
    }
    expect(findSchemeOf({ age: null, race: null, gender: listSchemeLabels('sample').gender })).toBe('sample')
  })
})

describe('class indices', () => {
  it('are -1 where a label is missing', () => {
    const options = { labels: listSchemeLabels('utkface5'), scheme: 'utkface5' } as const
    expect(encodeLabels(image({ gender: 'Female', ageBin: '70+' }), options)).toEqual({
      age: 8,
      gender: 1,
      race: -1,
    })
  })

  it('cross schemes only where a counterpart exists', () => {
    const options = { labels: listSchemeLabels('fairface7'), scheme: 'fairface7' } as const
    expect(encodeLabels(image({ race: 'Indian', gender: 'Male' }), options)).toMatchObject({
      race: 5,
      gender: 0,
    })
    expect(encodeLabels(image({ race: 'Asian' }), options).race).toBe(-1)
  })
})
