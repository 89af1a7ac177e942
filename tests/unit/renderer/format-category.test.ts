import { describe, expect, it } from 'vitest'
import { formatCategory, formatGroup } from '#renderer/components/format.ts'

describe('a category', () => {
  it('that joins two names is written as two, and no other name is taken apart', () => {
    expect(['Latino_Hispanic', 'fair_face', 'East Asian', 'f_1'].map(formatCategory)).toEqual([
      'Latino / Hispanic',
      'fair_face',
      'East Asian',
      'f_1',
    ])
  })

  it('stands so in the name of a group too', () => {
    expect(formatGroup({ race: 'Latino_Hispanic', gender: 'Female' })).toBe('Latino / Hispanic, Female')
  })
})
