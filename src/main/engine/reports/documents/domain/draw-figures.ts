import type { FairnessResult, GroupFigure } from '#shared/contract/fairness.contract.ts'
import type { Reliability } from '#shared/contract/report.contract.ts'
import { formatFigure, formatFigureBounds } from '#shared/derived/describe-fairness.ts'
import { formatCount } from '#shared/domain/format.ts'
import { fairnessMetrics, fewestForFigure } from '#shared/domain/fairness-metrics.ts'
import { nameGroup } from './words.ts'

/**
 * Figures as SVG that paper and both themes of a browser take alike: colours stand as attributes for paper, and a class beside
 * each lets a style sheet put another in its place.
 */
const ink = 'class="ink" fill="#1b1f24"'
const soft = 'class="soft" fill="#57606a"'
const font = `font-family="Libertinus Serif" font-size="13"`
const markColour = '#0b5cad'

export const escapeXml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')

const round = (value: number): string => String(Math.round(value * 100) / 100)

interface Words {
  readonly x: number
  readonly y: number
  readonly anchor?: 'start' | 'middle' | 'end'
  readonly tone?: 'ink' | 'soft'
  readonly size?: number
  readonly fill?: string
}

function write(text: string, { x, y, anchor = 'start', tone = 'ink', size = 13, fill }: Words): string {
  const colour = fill === undefined ? (tone === 'ink' ? ink : soft) : `fill="${fill}"`
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" font-size="${size}" ${colour}>${escapeXml(text)}</text>`
}

const line = (from: readonly [number, number], to: readonly [number, number], style: string): string =>
  `<line x1="${round(from[0])}" y1="${round(from[1])}" x2="${round(to[0])}" y2="${round(to[1])}" ${style}/>`
const gridStyle = 'class="grid" stroke="#d0d7de" stroke-width="1"'
const markStyle = `class="mark-line" stroke="${markColour}" stroke-width="2"`

const wrap = (width: number, height: number, parts: readonly string[]): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${round(height)}" viewBox="0 0 ${width} ${round(height)}" ${font}>${parts.join('')}</svg>`

const width = 720

/** Round numbers that span a range. */
function findTicks(low: number, high: number): number[] {
  const span = Math.max(high - low, 1e-9)
  const rough = span / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((times) => times * power).find((one) => one >= rough) ?? power
  const first = Math.floor(low / step)
  const last = Math.ceil(high / step)
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step)
}

const hasFigure = ({ value, shown }: GroupFigure): boolean => shown !== 'counts only' && value !== null

/** Groups as points with their intervals, the figure of everyone as a line, counts beside. Null without two groups to show. */
export function drawGroups(table: FairnessResult): string | null {
  const groups = table.groups.filter(({ n }) => n > 0)
  const shown = groups.filter(hasFigure)
  if (shown.length < 2) return null
  const ends = shown.flatMap(({ value, low, high }) => [low ?? value ?? 0, high ?? value ?? 0])
  const isShare = fairnessMetrics[table.metric].unit === 'share'
  const bounded = (value: number): number => (isShare ? Math.min(1, Math.max(0, value)) : value)
  const ticks = findTicks(bounded(Math.min(...ends)), bounded(Math.max(...ends))).filter(
    (tick) => !isShare || (tick >= -1e-9 && tick <= 1 + 1e-9),
  )
  const [left, right, top, row] = [170, width - 210, 14, 24]
  const [least = 0, most = 1] = [ticks[0], ticks.at(-1)]
  const x = (value: number): number => left + ((value - least) / (most - least || 1)) * (right - left)
  const bottom = top + groups.length * row
  const grid = ticks.flatMap((tick) => [
    line([x(tick), top], [x(tick), bottom], gridStyle),
    write(formatTick(tick, table), { x: x(tick), y: bottom + 17, anchor: 'middle', tone: 'soft', size: 12 }),
  ])
  const everyone = table.overall.value
  const overall =
    everyone === null || everyone < least || everyone > most
      ? []
      : [
          line(
            [x(everyone), top],
            [x(everyone), bottom],
            'class="overall" stroke="#57606a" stroke-width="1.5" stroke-dasharray="4 3"',
          ),
        ]
  const rows = groups.flatMap((group, index) =>
    drawGroup(group, { table, y: top + index * row + row / 2, x, left, right }),
  )
  return wrap(width, bottom + 26, [...grid, ...overall, ...rows])
}

const formatTick = (tick: number, { metric }: FairnessResult): string =>
  fairnessMetrics[metric].unit === 'share'
    ? `${Math.round(tick * 1000) / 10}%`
    : String(Math.round(tick * 1000) / 1000)

function drawGroup(
  group: GroupFigure,
  at: { table: FairnessResult; y: number; x: (value: number) => number; left: number; right: number },
): string[] {
  const { table, y, x, left, right } = at
  const name = write(nameGroup(group.group), { x: left - 12, y: y + 4, anchor: 'end' })
  if (!hasFigure(group) || group.value === null)
    return [
      name,
      write(`${formatCount(group.n)} images: too few for a figure`, {
        x: left + 4,
        y: y + 4,
        tone: 'soft',
        size: 12,
      }),
    ]
  const { value, low, high, n, shown } = group
  const bar = low === null || high === null ? [] : [line([x(low), y], [x(high), y], markStyle)]
  const isFaint = shown === 'wide'
  const dot = `<circle cx="${round(x(value))}" cy="${round(y)}" r="4.5" ${isFaint ? 'class="mark-hollow" fill="#ffffff"' : `class="mark" fill="${markColour}"`} ${markStyle.replace('class="mark-line" ', '')}/>`
  const told = `${formatFigure(value, table.metric)} ${formatFigureBounds(group, table.metric)}`
  return [
    name,
    ...bar,
    dot,
    write(told, { x: right + 14, y: y + 4, size: 12 }),
    write(`n ${formatCount(n)}`, { x: width - 4, y: y + 4, anchor: 'end', tone: 'soft', size: 12 }),
  ]
}

/** From white to a dark blue; words on it are dark on the lighter half and white on the darker. */
function shade(share: number): { fill: string; text: string } {
  const at = Math.min(1, Math.max(0, share))
  const mix = (from: number, to: number): number => Math.round(from + (to - from) * at)
  return {
    fill: `rgb(${mix(240, 11)},${mix(246, 66)},${mix(252, 124)})`,
    text: at > 0.45 ? '#ffffff' : '#1b1f24',
  }
}

const cell = (at: { x: number; y: number; wide: number; high: number; fill: string }): string =>
  `<rect x="${round(at.x)}" y="${round(at.y)}" width="${round(at.wide)}" height="${round(at.high)}" fill="${at.fill}"/>`

/** Labelled in rows, answered in columns: the share of the row, and the count. */
export function drawConfusion({
  labels,
  counts,
}: {
  labels: readonly string[]
  counts: readonly (readonly number[])[]
}): string {
  const [left, top, high] = [150, 46, 34]
  const wide = (width - left - 4) / labels.length
  const heads = labels.map((label, index) =>
    write(label, {
      x: left + (index + 0.5) * wide,
      y: top - 10,
      anchor: 'middle',
      size: labels.length > 7 ? 11 : 12,
    }),
  )
  const rows = labels.flatMap((label, labelled) => {
    const row = counts[labelled] ?? []
    const sum = row.reduce((all, one) => all + one, 0)
    const y = top + labelled * high
    return [
      write(label, { x: left - 10, y: y + high / 2 + 4, anchor: 'end' }),
      ...labels.flatMap((_, answered) => {
        const n = row[answered] ?? 0
        const isCountOnly = sum < fewestForFigure
        const share = isCountOnly ? 0 : n / sum
        const { fill, text } = shade(share)
        const x = left + answered * wide
        return [
          cell({ x: x + 1, y: y + 1, wide: wide - 2, high: high - 2, fill }),
          ...(isCountOnly
            ? []
            : [
                write(`${Math.round(share * 100)}%`, {
                  x: x + wide / 2,
                  y: y + 15,
                  anchor: 'middle',
                  fill: text,
                  size: 12,
                }),
              ]),
          write(formatCount(n), { x: x + wide / 2, y: y + 28, anchor: 'middle', fill: text, size: 10 }),
        ]
      }),
    ]
  })
  return wrap(width, top + labels.length * high + 6, [
    write('answered', { x: left + (width - left) / 2, y: 14, anchor: 'middle', tone: 'soft', size: 12 }),
    write('labelled', { x: left - 10, y: top - 10, anchor: 'end', tone: 'soft', size: 12 }),
    ...heads,
    ...rows,
  ])
}

/** Cells of race and gender in rows, of age in columns; cells below 30 images show their count alone. */
export function drawCells({ groups }: FairnessResult): string | null {
  const ages = [...new Set(groups.map(({ group }) => group.age ?? ''))]
  const rows = [...new Set(groups.map(({ group }) => `${group.race}, ${group.gender}`))]
  if (!groups.some(hasFigure)) return null
  const [left, top, high] = [190, 28, 30]
  const wide = (width - left - 4) / ages.length
  const values = groups.flatMap((one) => (hasFigure(one) && one.value !== null ? [one.value] : []))
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const parts = groups.flatMap((one) => {
    const x = left + ages.indexOf(one.group.age ?? '') * wide
    const y = top + rows.indexOf(`${one.group.race}, ${one.group.gender}`) * high
    const middle = { x: x + wide / 2, anchor: 'middle' as const }
    if (!hasFigure(one) || one.value === null)
      return [
        write(one.n === 0 ? 'none' : `n ${formatCount(one.n)}`, {
          ...middle,
          y: y + 19,
          tone: 'soft',
          size: 11,
        }),
      ]
    const { fill, text } = shade(most === least ? 0.5 : (one.value - least) / (most - least))
    return [
      cell({ x: x + 1, y: y + 1, wide: wide - 2, high: high - 2, fill }),
      write(`${Math.round(one.value * 100)}%`, { ...middle, y: y + 14, fill: text, size: 12 }),
      write(`n ${formatCount(one.n)}`, { ...middle, y: y + 25, fill: text, size: 9 }),
    ]
  })
  return wrap(width, top + rows.length * high + 6, [
    ...ages.map((age, index) =>
      write(age, { x: left + (index + 0.5) * wide, y: 18, anchor: 'middle', size: 12 }),
    ),
    ...rows.map((row, index) => write(row, { x: left - 10, y: top + index * high + 19, anchor: 'end' })),
    ...parts,
  ])
}

/** How right answers are that are so sure: on the diagonal a model is as right as it is sure. */
export function drawReliability({ bins }: Reliability): string {
  const [left, top, side, foot] = [60, 10, 300, 46]
  const x = (share: number): number => left + share * side
  const y = (share: number): number => top + (1 - share) * side
  const most = Math.max(1, ...bins.map(({ n }) => n))
  const ticks = [0, 0.25, 0.5, 0.75, 1]
  const shownBins = bins.filter(({ n }) => n >= fewestForFigure)
  return wrap(width, top + side + foot, [
    ...ticks.flatMap((tick) => [
      line([x(tick), top], [x(tick), top + side], gridStyle),
      line([left, y(tick)], [left + side, y(tick)], gridStyle),
      write(`${tick * 100}%`, { x: x(tick), y: top + side + 17, anchor: 'middle', tone: 'soft', size: 12 }),
      write(`${tick * 100}%`, { x: left - 8, y: y(tick) + 4, anchor: 'end', tone: 'soft', size: 12 }),
    ]),
    line(
      [x(0), y(0)],
      [x(1), y(1)],
      'class="overall" stroke="#57606a" stroke-width="1.5" stroke-dasharray="4 3"',
    ),
    ...shownBins.map(
      ({ confidence, right, n }) =>
        `<circle cx="${round(x(confidence ?? 0))}" cy="${round(y(right ?? 0))}" r="${round(2.5 + 9 * Math.sqrt(n / most))}" class="mark" fill="${markColour}" fill-opacity="0.75"/>`,
    ),
    write('how sure', { x: left + side / 2, y: top + side + 36, anchor: 'middle', size: 12 }),
    write('how right', { x: left + side + 14, y: top + 14, tone: 'soft', size: 12 }),
    write('Points above the dashed line: more right than sure.', {
      x: left + side + 14,
      y: top + 60,
      tone: 'soft',
      size: 12,
    }),
    write('Below: too sure. Larger points: more images.', {
      x: left + side + 14,
      y: top + 78,
      tone: 'soft',
      size: 12,
    }),
  ])
}
