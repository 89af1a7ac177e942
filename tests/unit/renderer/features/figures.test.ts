import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { contrastOf } from '#renderer/components/contrast.ts'
import { describeSource } from '#renderer/components/evaluation-source.ts'
import { groupStyleOf } from '#renderer/components/group-style.ts'
import { layoutPicture, plotColors, toCsv, toFileName } from '#renderer/components/plot/plot-figure.ts'
import { makeStandOut } from '#renderer/components/plot/stand-out.ts'
import { groupFigure as evaluationFigure } from '#renderer/features/evaluate/group-figure.ts'
import { groupsOf } from '#renderer/features/evaluate/evaluate-view.ts'
import { accuracyFigure } from '#renderer/features/train/figures/accuracy-figures.ts'
import { groupFigure } from '#renderer/features/train/figures/group-figure.ts'
import { lossFigure } from '#renderer/features/train/figures/loss-figures.ts'
import { labelSchemes } from '#shared/domain/label-schemes.ts'
import {
  makeEpoch,
  makeEstimate,
  makeEvaluation,
  makeRunDetail,
  makeTaskEvaluation,
} from '#tests/component/factories.ts'

const colors = plotColors.light

describe('group styles', () => {
  it('give every race of a scheme a colour and a shape of its own', () => {
    for (const { race } of Object.values(labelSchemes)) {
      const styles = race.map(groupStyleOf)
      expect(new Set(styles.map(({ color }) => color)).size).toBe(race.length)
      expect(new Set(styles.map(({ shape }) => shape)).size).toBe(race.length)
    }
  })

  it('follow Okabe and Ito', () => {
    expect(labelSchemes.fairface7.race.map((race) => groupStyleOf(race).color)).toEqual([
      '#0072B2',
      '#E69F00',
      '#009E73',
      '#CC79A7',
      '#56B4E9',
      '#D55E00',
      '#F0E442',
    ])
  })
})

describe('figures of a run', () => {
  const run = makeRunDetail()

  it('state what they show, label both axes and say n', () => {
    for (const figure of [lossFigure(run, colors), accuracyFigure(run, colors), groupFigure(run, colors)]) {
      expect(figure.title).not.toBe('')
      expect(figure.note).toMatch(/n = 100|100 validation/)
      expect(figure.layout.xaxis).toMatchObject({ title: { text: 'Epoch' } })
      expect(figure.layout.yaxis).toMatchObject({
        title: { text: expect.stringMatching(/\((nats|%)\)/) as string },
      })
    }
  })

  it('draw training by step and validation by epoch on one axis', () => {
    const figure = lossFigure(run, colors)
    expect(figure.data.map((trace) => ('x' in trace ? trace.x : null))).toEqual([
      [0.5, 1],
      [1, 2],
      [1, 2],
    ])
    expect(figure.table.rows).toHaveLength(6)
  })

  it('draw a smoothed line over the batches on request, and name it so', () => {
    const { data, table } = lossFigure(run, colors, 0.9)
    expect(data.map(({ name }) => name)).toEqual([
      'One batch',
      'Batches, smoothed 0.9',
      'Training mean',
      'Validation',
    ])
    expect(data[1]).toMatchObject({ y: [5, expect.closeTo(4.4737, 4)] })
    expect(table).toEqual(lossFigure(run, colors).table)
  })

  it('leave out epochs that measured nothing', () => {
    const silent = makeRunDetail({ epochs: [] })
    expect(accuracyFigure(silent, colors).table.rows).toEqual([])
    expect(groupFigure(silent, colors).data).toHaveLength(2)
  })

  it('shade the gap between the best and the worst group', () => {
    const [low, high] = groupFigure(run, colors).data
    expect(low).toMatchObject({ y: [40, 40] })
    expect(high).toMatchObject({ y: [60, 60], fill: 'tonexty' })
  })
})

describe('curves of small groups', () => {
  it('are dotted, in the order of the labels, and stay out of the shaded gap', () => {
    const small = { group: 'Black', accuracy: { value: 1, low: 0.7, high: 1, n: 12 } }
    const epochs = [makeEpoch(1, { raceByGroup: [small, ...makeEpoch(1).raceByGroup] })]
    const figure = groupFigure(makeRunDetail({ epochs }), colors)
    expect(figure.data[1]).toMatchObject({ y: [60] })
    expect(figure.data.slice(2)).toMatchObject([
      { name: 'White (n 60)', line: { dash: 'solid' } },
      { name: 'Indian (n 40)', line: { dash: 'solid' } },
      { name: 'Black (n 12)', line: { dash: 'dot' }, marker: { color: colors.paper } },
    ])
  })
})

describe('the figure of groups in an evaluation', () => {
  const evaluation = makeTaskEvaluation()
  const figure = evaluationFigure(
    { task: 'race', grouping: 'race', groups: groupsOf(evaluation, 'race'), overall: evaluation.accuracy },
    colors,
  )

  it('draws no dot below 30 images, and below 100 a hollow one at full contrast that the note explains', () => {
    expect(figure.data.map((trace) => [trace.name, 'mode' in trace && trace.mode])).toEqual([
      ['White', 'markers'],
      ['Indian', 'markers'],
      ['Black', 'text'],
    ])
    expect(figure.data.every((trace) => !('opacity' in trace))).toBe(true)
    expect(figure.data[1]).toMatchObject({
      marker: { color: colors.paper, line: { color: groupStyleOf('Indian').outline, width: 2 } },
    })
    expect(figure.note).toContain('○ fewer than 100 images: read the interval before the figure')
  })

  it('says in a picture that leaves the window which model and split it is of, and by which hashes', () => {
    const source = describeSource(makeEvaluation({ model: 'A <b>&', split: 'Faces' }))
    const { title } = layoutPicture(figure, source)
    expect(title).toMatchObject({
      text: 'Race accuracy by labelled race',
      subtitle: {
        text: `${figure.note}<br>Model A &lt;b>&amp; (SHA-256 ${'e'.repeat(16)}…) on the validation part of Faces (SHA-256 ${'c'.repeat(16)}…)`,
      },
    })
  })

  it('has what it comes from wherever figures of a model are drawn', () => {
    const features = join(import.meta.dirname, '../../../../src/renderer/src/features')
    const drawn = ['evaluate', 'fairness', 'train'].flatMap((feature) =>
      readdirSync(join(features, feature), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.tsx'))
        .flatMap((file) => readFileSync(join(features, feature, file), 'utf8').match(/<Plot\b[^>]*/g) ?? []),
    )
    expect(drawn.length).toBeGreaterThan(3)
    expect(drawn.filter((tag) => !tag.includes('source='))).toEqual([])
  })

  it('keeps the row of every group with its n, and the overall line', () => {
    expect(figure.layout.yaxis).toMatchObject({
      categoryarray: ['Black  n 20', 'Indian  n 60', 'White  n 180'],
    })
    expect(figure.layout.shapes).toMatchObject([{ x0: 70, x1: 70 }])
    expect(figure.table.rows.at(-1)?.[0]).toBe('overall')
  })
})

const outlined = z.object({ marker: z.object({ line: z.object({ color: z.string() }) }) })

describe('marks of groups', () => {
  it.each(['light', 'dark'] as const)(
    'stand out from the %s paper by 3 to 1 or more, hollow ones too',
    (theme) => {
      const paper = plotColors[theme]
      for (const { race } of Object.values(labelSchemes)) {
        const groups = race.map((group) => ({ grouping: 'race' as const, group, ...makeEstimate(0.5, 60) }))
        const overall = makeEstimate(0.5, 600)
        const figure = evaluationFigure({ task: 'race', grouping: 'race', groups, overall }, paper)
        const { data } = makeStandOut(figure, paper)
        const outlines = data.map((trace) => outlined.parse(trace).marker.line.color)
        expect(outlines).toHaveLength(race.length)
        expect(
          Math.min(...outlines.map((outline) => contrastOf(outline, paper.paper) ?? 0)),
        ).toBeGreaterThanOrEqual(3)
      }
    },
  )
})

describe('exported figures', () => {
  it('quote what CSV needs quoted and disarm formulas', () => {
    const csv = toCsv({
      columns: ['a', 'b'],
      rows: [
        ['x, "y"', 1.5],
        ['=1+1', null],
      ],
    })
    expect(csv).toBe('a,b\r\n"x, ""y""",1.5\r\n\'=1+1,\r\n')
  })

  it('get a file name from their title', () => {
    expect(toFileName('Race accuracy by labelled race')).toBe('race-accuracy-by-labelled-race')
  })
})
