import * as z from 'zod'
import { formatCategory, formatFigure, pluralise } from '#renderer/components/format.ts'
import { checks, type CheckId } from '#shared/domain/checks.ts'
import { formatCount, formatDuration } from '#shared/domain/format.ts'
import { lookUp } from '#shared/domain/look-up.ts'
import type { DecisionProgress } from '#shared/contract/decision.contract.ts'

export interface MeasuredLine {
  readonly term: string
  readonly value: string
}

/** The check's own title of the field, or "hue spread" from "hueSpread". */
function nameField(check: CheckId, name: string): string {
  const fields: Readonly<Record<string, z.ZodType>> = checks[check].detail.shape
  const title = lookUp(fields, name)?.meta()?.title
  if (title !== undefined) return title
  return name
    .replaceAll(/[_-]+/g, ' ')
    .replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, ' ')
    .toLowerCase()
}

const labelList = z.array(z.string()).min(1)

function formatValue(value: unknown): string | null {
  switch (typeof value) {
    case 'number':
      return formatFigure(value)
    case 'string':
      return formatCategory(value)
    case 'boolean':
      return value ? 'yes' : 'no'
    case 'object':
      return labelList.safeParse(value).data?.map(formatCategory).join(', ') ?? null
    default:
      return null
  }
}

const shownElsewhere = new Set(['suggested'])
const flatRecord = z.record(z.string(), z.unknown())

/** What a check says about an image, as terms and values; nested parts belong to other panels. */
export function describeDetail(check: CheckId, detail: unknown): MeasuredLine[] {
  const alone = formatValue(detail)
  if (alone !== null) return [{ term: 'found', value: alone }]
  const record = flatRecord.safeParse(detail)
  if (!record.success) return []
  return Object.entries(record.data).flatMap(([name, value]) => {
    const text = shownElsewhere.has(name) ? null : formatValue(value)
    return text === null ? [] : [{ term: nameField(check, name), value: text }]
  })
}

const suggested = z.object({
  suggested: z.array(z.object({ label: z.string(), probability: z.number().min(0).max(1) })),
})

export type Suggestion = z.infer<typeof suggested>['suggested'][number]

/** Labels that a check suggests in place of the given one, likeliest first; none where it suggests nothing. */
export function readSuggestions(detail: unknown): Suggestion[] {
  const read = suggested.safeParse(detail)
  return read.success ? read.data.suggested.slice(0, 3) : []
}

/** "312 of 910 decided, about 14 min left". */
export function describeProgress(progress: DecisionProgress): string {
  const { decided, total, minutesLeft } = progress
  const done = `${formatCount(decided)} of ${pluralise(total, 'image')} decided`
  if (decided >= total || minutesLeft === null) return done
  if (minutesLeft < 1) return `${done}, less than a minute left`
  return `${done}, about ${formatDuration(Math.round(minutesLeft) * 60)} left`
}
