import { describe, expect, it } from 'vitest'
import { formatBytes, formatFigure, formatRate } from '#renderer/components/format.ts'

describe('numbers for a person', () => {
  it('keep four significant digits and short forms', () => {
    expect([0, 0.00004, 0.123456, 1234.5, 12_345_678].map(formatFigure)).toEqual([
      '0',
      '4.00e-5',
      '0.1235',
      '1235',
      '1.23e+7',
    ])
    expect([512, 12_345, 3_400_000, 7_000_000_000].map(formatBytes)).toEqual([
      '512 B',
      '12.3 kB',
      '3.4 MB',
      '7.0 GB',
    ])
    expect([3.14, 310.4].map(formatRate)).toEqual(['3.1/s', '310/s'])
  })
})
