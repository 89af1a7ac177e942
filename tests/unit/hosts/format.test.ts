import { describe, expect, it } from 'vitest'
import { formatCount, formatDuration, formatEstimate, formatShare } from '#shared/domain/format.ts'
import { estimateProportion } from '#shared/domain/intervals.ts'
import { refuseOldNode } from '../../../src/main/hosts/refuse-old-node.ts'
import { formatTable } from '../../../src/main/hosts/cli/table.ts'
import { findChromium, openBrowser } from '../../../src/main/hosts/server/open-browser.ts'

describe('figures for a person', () => {
  it('an estimate never stands without n and interval', () => {
    expect(formatEstimate({ value: 0.714, low: 0.705, high: 0.723, n: 10954 })).toBe(
      '71.4% (70.5-72.3), n = 10,954',
    )
  })

  it.each([
    [9999, 10_000, '>99.9% (99.9-100.0), n = 10,000'],
    [100_000, 100_000, '100.0% (99.9-100.0), n = 100,000'],
    [1, 10_000, '<0.1% (0.0-0.1), n = 10,000'],
    [0, 100_000, '0.0% (0.0-0.1), n = 100,000'],
    [9994, 10_000, '99.9% (99.9-100.0), n = 10,000'],
  ])('all but one is not all, and one is not none: %d of %d are %s', (successes, n, text) => {
    expect(formatEstimate(estimateProportion(successes, n))).toBe(text)
  })

  it('nothing measured says so', () => {
    expect(formatEstimate({ value: null, low: null, high: null, n: 0 })).toBe('not estimated, n = 0')
  })

  it.each([
    [0, '0 s'],
    [59.4, '59 s'],
    [60, '1 min'],
    [200, '3 min 20 s'],
    [7500, '2 h 5 min'],
    [7200, '2 h'],
  ])('%d seconds are %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text))

  it('counts have separators and shares one decimal', () => {
    expect([formatCount(1234567), formatShare(0.05)]).toEqual(['1,234,567', '5.0%'])
  })

  it('a share that is not all or none never reads so, however many digits', () => {
    expect([0.99996, 0.00001, 1, 0, null].map((share) => formatShare(share, 2))).toEqual([
      '>99.99%',
      '<0.01%',
      '100.00%',
      '0.00%',
      '–',
    ])
  })
})

describe('a table', () => {
  it('aligns words left and figures right', () => {
    const rows = [
      { name: 'a', n: 5 },
      { name: 'longer', n: 1200 },
    ]
    expect(
      formatTable(rows, [
        { title: 'name', cell: ({ name }) => name },
        { title: 'n', cell: ({ n }) => String(n), alignRight: true },
      ]),
    ).toBe('name       n\na          5\nlonger  1200')
  })

  it('of nothing says so', () => {
    expect(formatTable(['a\u001b[2J\nb'], [{ title: 'name', cell: (name) => name }])).toBe(
      String.raw`name`.concat('\n', String.raw`a\x1b[2J\nb`),
    )
    expect(formatTable([], [{ title: 'name', cell: () => '' }])).toBe('None yet.')
  })
})

describe('the Node that runs', () => {
  it.each(['20.20.2', '22.14.0', '23.9.0'])('%s is refused with what to do', (version) => {
    expect(refuseOldNode(version)).toContain(`this is Node ${version}`)
  })

  it.each(['24.0.0', '24.21.0', '26.1.0'])('%s is taken', (version) =>
    expect(refuseOldNode(version)).toBeNull(),
  )
})

describe('the browser', () => {
  it('is not looked for without a display', async () => {
    expect(await openBrowser('file:///page.html', { platform: 'linux', env: { PATH: '' } })).toEqual({
      isOpened: false,
      line: 'There is no display here.',
    })
  })

  it('is no Chromium where the path holds none', () => {
    expect(findChromium({ platform: 'linux', env: { PATH: '/nowhere' } })).toBeNull()
  })
})
