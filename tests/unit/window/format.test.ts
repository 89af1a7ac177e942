import { describe, expect, it } from 'vitest'
import {
  formatBytes,
  formatDuration,
  formatEstimate,
  formatFigure,
  formatRate,
} from '#renderer/components/format.ts'

describe('numbers for a person', () => {
  it('never show an estimate without its n', () => {
    expect(formatEstimate({ value: 0.714, low: 0.705, high: 0.723, n: 10_954 })).toBe(
      '71.4% (70.5–72.3), n = 10,954',
    )
    expect(formatEstimate({ value: null, low: null, high: null, n: 12 })).toBe('n = 12')
    expect(formatEstimate({ value: 0.5, low: null, high: null, n: 40 })).toBe('50.0%, n = 40')
  })

  it('say durations as a person would', () => {
    expect([0.4, 59.6, 200, 3600, 7500].map(formatDuration)).toEqual([
      '0 s',
      '1 min',
      '3 min 20 s',
      '1 h',
      '2 h 5 min',
    ])
  })

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
