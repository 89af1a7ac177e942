import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { contrastOf, markContrast, standOut } from '#renderer/components/contrast.ts'
import { groupStyleOf } from '#renderer/components/group-style.ts'
import { plotColors } from '#renderer/components/plot/plot-figure.ts'
import { makeStandOut } from '#renderer/components/plot/stand-out.ts'
import { taskColors } from '#renderer/components/task-words.ts'
import { mapFigure } from '#renderer/features/curate/figures/map-figure.ts'
import { ageBinLabels, labelSchemes } from '#shared/domain/label-schemes.ts'

const textContrast = 4.5
const css = readFileSync(new URL('../../../../src/renderer/src/app/tokens.css', import.meta.url), 'utf8')

/** The tokens of a theme that are plain colours, by name. */
function readTokens(theme: 'light' | 'dark'): ReadonlyMap<string, string> {
  const block = new RegExp(`scheme='${theme}'\\] \\{([^}]*)\\}`).exec(css)?.[1] ?? ''
  return new Map(
    [...block.matchAll(/--ev-([\w-]+): (#[0-9a-f]{6});/g)].map(([, name = '', value = '']) => [name, value]),
  )
}

const grounds = ['canvas', 'panel', 'rail', 'sunken', 'hover']
const pairs: readonly (readonly [ink: string, grounds: readonly string[], least: number])[] = [
  ['text', [...grounds, 'accent-soft', 'warn-soft', 'danger-soft'], textContrast],
  ['dim', grounds, textContrast],
  ['accent-text', ['canvas', 'panel', 'sunken', 'hover', 'accent-soft'], textContrast],
  ['warn', ['panel', 'warn-soft'], textContrast],
  ['danger', ['panel', 'danger-soft'], textContrast],
  ['accent', ['canvas', 'panel', 'sunken'], markContrast],
  ['line-strong', ['panel'], markContrast],
  // A line below the words of a row, never behind them.
  ['bar', [...grounds, 'accent-soft'], markContrast],
]

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  const tokens = readTokens(theme)
  const paper = plotColors[theme].paper

  it('every ink stands out on every ground that it is used on', () => {
    const faint = pairs.flatMap(([ink, on, least]) =>
      on.flatMap((ground) => {
        const contrast = contrastOf(tokens.get(ink) ?? '', tokens.get(ground) ?? '') ?? 0
        return contrast >= least ? [] : [`${ink} on ${ground}: ${contrast.toFixed(2)}, at least ${least}`]
      }),
    )
    expect(faint).toEqual([])
  })

  it('plots are drawn in the inks of the theme', () => {
    const { text, dim } = plotColors[theme]
    expect([text, dim, paper]).toEqual([tokens.get('text'), tokens.get('dim'), tokens.get('panel')])
  })

  it('every mark of every group on the map has an outline that stands out', () => {
    const groups = [...Object.values(labelSchemes).flatMap(({ race }) => [...race]), 'no label']
    const at = (name: string, id: number) => ({ name, imageIds: [id], x: [0], y: [0] })
    const outlines = (['race', 'age', 'gender', 'flag'] as const).flatMap((coloring) => {
      const names =
        coloring === 'race' ? groups : coloring === 'age' ? ageBinLabels : ['Male', 'Female', 'not flagged']
      const figure = mapFigure(
        { groups: names.map(at), coloring, check: 'dark', selected: new Set(), drag: 'pan', hasWebGl: true },
        plotColors[theme],
      )
      return makeStandOut(figure, plotColors[theme]).data.map((trace) => {
        const mark: { marker?: { line?: { color?: unknown } } } = { ...trace } as never
        return String(mark.marker?.line?.color)
      })
    })
    expect(outlines.length).toBeGreaterThan(30)
    expect(outlines.filter((color) => (contrastOf(color, paper) ?? 0) < markContrast)).toEqual([])
  })

  it('lines and error bars are drawn in a shade that stands out, and fills keep the colour of their group', () => {
    const color = groupStyleOf('Middle Eastern').color
    const trace = {
      type: 'scatter' as const,
      line: { color },
      marker: { color },
      error_x: { type: 'data' as const, array: [1], color },
    }
    const figure = { title: '', note: '', data: [trace], layout: {}, table: { columns: [], rows: [] } }
    const [drawn] = makeStandOut(figure, plotColors[theme]).data
    const shade = standOut(color, paper)
    expect(contrastOf(shade, paper)).toBeGreaterThanOrEqual(markContrast)
    expect(drawn).toMatchObject({
      line: { color: shade },
      marker: { color, line: { color: shade } },
      error_x: { color: shade },
    })
  })

  it('a colour that stands out by itself stays as it is', () => {
    for (const color of Object.values(taskColors))
      expect([color, standOut(color, paper) === color]).toEqual([
        color,
        (contrastOf(color, paper) ?? 0) >= markContrast,
      ])
  })
})

it('Contrast is reckoned as WCAG defines it', () => {
  expect(contrastOf('#000000', '#ffffff')).toBeCloseTo(21, 5)
  expect(contrastOf('#777777', '#ffffff')).toBeCloseTo(4.48, 2)
  expect(contrastOf('#777777', '#777777')).toBeCloseTo(1, 5)
  expect(contrastOf('red', '#777777')).toBeNull()
})
