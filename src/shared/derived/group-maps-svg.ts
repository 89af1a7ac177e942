import type { GroupMapComparison, GroupMaps } from '../contract/group-maps.contract.ts'
import {
  countGroup,
  describeDeals,
  describeDifference,
  describeStock,
  findMost,
  groupMapNotes,
  markCells,
} from './describe-group-maps.ts'
import { escapeText, wrapText } from './svg-text.ts'

const side = 160
const gap = 16
const margin = 16
const line = 16
const columns = 3
/** Letters of a line below one group's maps, and below them all. */
const narrow = 52
const wide = 165

/** Orange above 0, blue below. */
const mapColours = { above: '213, 94, 0', below: '0, 114, 178' } as const

/** What a cell is drawn in, as CSS: stronger the nearer its size is to `most`. */
export const colourCell = (value: number, most: number): string =>
  `rgba(${value > 0 ? mapColours.above : mapColours.below}, ${Math.min(1, Math.abs(value) / (most || 1)).toFixed(3)})`

interface Grid {
  readonly values: readonly (number | null)[]
  readonly cells: number
  readonly most: number
  readonly marked: readonly boolean[]
}

function drawGrid({ values, cells, most, marked }: Grid, x: number, y: number): string[] {
  const step = side / cells
  const place = (at: number) => ({ left: (at % cells) * step, top: Math.floor(at / cells) * step })
  const share = (part: number): string => (part * side).toFixed(1)
  return [
    `<g transform="translate(${x} ${y})">`,
    `<rect width="${side}" height="${side}" fill="#ffffff" stroke="#bbbbbb"/>`,
    ...values.flatMap((value, at) => {
      if (value === null) return []
      const { left, top } = place(at)
      return [
        `<rect x="${left}" y="${top}" width="${step}" height="${step}" fill="${colourCell(value, most)}"/>`,
      ]
    }),
    ...marked.flatMap((isMarked, at) => {
      if (!isMarked) return []
      const { left, top } = place(at)
      return [
        `<rect x="${left + 1}" y="${top + 1}" width="${step - 2}" height="${step - 2}" fill="none" stroke="#111111" stroke-width="1.2"/>`,
      ]
    }),
    '<g fill="none" stroke="#444444" stroke-dasharray="3 2">',
    `<ellipse cx="${share(0.5)}" cy="${share(0.52)}" rx="${share(0.3)}" ry="${share(0.4)}"/>`,
    `<ellipse cx="${share(0.37)}" cy="${share(0.42)}" rx="${share(0.07)}" ry="${share(0.03)}"/>`,
    `<ellipse cx="${share(0.63)}" cy="${share(0.42)}" rx="${share(0.07)}" ry="${share(0.03)}"/>`,
    `<path d="M${share(0.5)} ${share(0.44)} L${share(0.5)} ${share(0.58)}"/>`,
    `<path d="M${share(0.4)} ${share(0.71)} Q${share(0.5)} ${share(0.76)} ${share(0.6)} ${share(0.71)}"/>`,
    '</g></g>',
  ]
}

/** "Mean: orange speaks for ...; strongest 1.52." */
export const describeScale = (most: number, mostDifference: number): string =>
  `Mean: orange speaks for the answer, blue against; strongest ${most.toFixed(2)}. Difference: orange counts more here than for all others, blue less; strongest ${mostDifference.toFixed(2)}. An empty cell is not compared; a framed one differs beyond chance.`

const text = (words: string, at: { x: number; y: number; isStrong?: boolean }): string =>
  `<text x="${at.x}" y="${at.y}" font-size="11"${at.isStrong === true ? ' font-weight="600"' : ''}>${escapeText(words)}</text>`

/** The maps of all groups of one labelling as an SVG picture, with what they stand on and what they do not show; nothing in it points outside. */
export function drawGroupMapsSvg(maps: GroupMaps, comparison: GroupMapComparison): string {
  const { cells } = maps
  const shown = comparison.groups.filter(({ images }) => images > 0)
  const most = findMost(shown.map(({ mean }) => mean))
  const mostDifference = findMost(shown.map(({ difference }) => difference))
  const title = `Where ${maps.model} looks for ${comparison.task}, by ${comparison.by}`
  const wordsOf = shown.map((group) => [
    ...wrapText(countGroup(group), narrow),
    ...wrapText(describeDifference(group, comparison), narrow),
  ])
  const pairWidth = 2 * side + 8
  const width = 2 * margin + columns * pairWidth + (columns - 1) * gap
  const parts: string[] = []
  let top = margin + 2 * line
  for (let from = 0; from < shown.length; from += columns) {
    const row = shown.slice(from, from + columns)
    const lines = Math.max(...row.map((_, at) => wordsOf[from + at]?.length ?? 0))
    row.forEach((group, at) => {
      const x = margin + at * (pairWidth + gap)
      parts.push(text(group.group, { x, y: top + 12, isStrong: true }))
      const { mean, difference } = group
      if (mean !== null) parts.push(...drawGrid({ values: mean, cells, most, marked: [] }, x, top + 18))
      if (difference !== null)
        parts.push(
          ...drawGrid(
            { values: difference, cells, most: mostDifference, marked: markCells(group) },
            x + side + 8,
            top + 18,
          ),
        )
      const below = mean === null ? top + 18 : top + 18 + side
      for (const [number, words] of (wordsOf[from + at] ?? []).entries())
        parts.push(text(words, { x, y: below + (number + 1) * line - 2 }))
    })
    const height = row.some(({ mean }) => mean !== null) ? side : 0
    top += 18 + height + lines * line + gap
  }
  const notes = [
    'Left: mean map of the group. Right: less all others.',
    describeScale(most, mostDifference),
    describeStock(maps),
    ...[describeDeals(comparison) ?? []].flat(),
    ...groupMapNotes,
    ...maps.notes,
    `Evaluation ${maps.evaluationId}, ${maps.part} of split ${maps.split} ${maps.splitHash.slice(0, 12)}, weights ${maps.weightsSha256.slice(0, 12)}.`,
  ].flatMap((words) => wrapText(words, wide))
  for (const words of notes) {
    parts.push(text(words, { x: margin, y: top }))
    top += line
  }
  const height = top + margin
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" role="img" aria-label="${escapeText(title)}">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(title, { x: margin, y: margin + 12, isStrong: true }),
    ...parts,
    '</svg>',
    '',
  ].join('\n')
}
