import type { Explanation, ExplanationMap } from '../contract/explanation.contract.ts'
import { escapeText, wrapText } from './svg-text.ts'
import { formatAge, formatShare } from '../domain/format.ts'

/** What a map explains, in words: `race: White 71 %`. */
export function nameMap({ task, label, kind, value }: ExplanationMap): string {
  return kind === 'years' ? `age: ${formatAge(value, label)}` : `${task}: ${label} ${formatShare(value)}`
}

/** What is known of how far a map can be relied on, one sentence each. */
export function describeMapTrust({ r2, stability, checks }: ExplanationMap, samples: number): string[] {
  const lines: string[] = []
  if (r2 !== null) lines.push(`R² ${r2.toFixed(2)} over ${samples} samples`)
  if (stability !== null) lines.push(`three seeds agree: rank correlation ${stability.toFixed(2)}`)
  if (checks === null) return lines
  const { flipping, randomised, sensitivity } = checks
  const { random } = flipping
  lines.push(
    `hiding pixels in its order leaves a mean answer of ${flipping.auc.toFixed(3)}; ${random.n} random maps leave ${random.low.toFixed(3)} to ${random.high.toFixed(3)} (p = ${flipping.p.toFixed(3)})`,
    `with shuffled weights: rank correlation ${randomised.correlation?.toFixed(2) ?? 'not to be told'}`,
    `noise of ${sensitivity.noiseLevels} levels changes it by up to ${sensitivity.change === null ? 'an unknown share' : formatShare(sensitivity.change)} (${sensitivity.pictures} pictures)`,
  )
  return lines
}

const line = 18
const margin = 12
const side = 448

/** One map as an SVG picture with what it shows and how far it can be relied on; nothing in it points outside. */
export function drawExplanationSvg(explanation: Explanation, map: ExplanationMap): string {
  const { model, settings, samples, notes } = explanation
  const texts = [
    nameMap(map),
    ...(map.checks?.refusal === null || map.checks === null ? [] : [map.checks.refusal]),
    ...describeMapTrust(map, samples),
    'Orange: its presence raises the answer. Blue: it lowers it. The map shows what this answer hangs on, not why, and not whether it is right.',
    ...notes,
    `${settings.method}, seed ${settings.seed}, model ${model.name} ${model.sha256.slice(0, 12)}, picture ${explanation.picture.sha256.slice(0, 12)}`,
  ]
  const wrapped = texts.flatMap((text) => wrapText(text, 68))
  const height = side + 2 * margin + wrapped.length * line
  const width = side + 2 * margin
  const rows = wrapped.map(
    (text, at) =>
      `<text x="${margin}" y="${side + margin + (at + 1) * line}" font-size="12"${at === 0 ? ' font-weight="600"' : ''}>${escapeText(text)}</text>`,
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" role="img" aria-label="${escapeText(nameMap(map))}">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<image x="${margin}" y="${margin}" width="${side}" height="${side}" href="${map.overlay}"/>`,
    ...rows,
    '</svg>',
    '',
  ].join('\n')
}
