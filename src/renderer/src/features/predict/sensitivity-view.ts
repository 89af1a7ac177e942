import type { PictureSensitivity } from '#shared/contract/explanation.contract.ts'
import { formatAge, formatShare } from '#shared/domain/format.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { formatCategory } from '#renderer/components/format.ts'

type Variation = PictureSensitivity['variations'][number]

/** "turned 7° to the right" */
export function describeVariation({ kind, amount }: Variation): string {
  const share = formatShare(Math.abs(amount))
  switch (kind) {
    case 'none':
      return 'As it is'
    case 'zoom':
      return `${share} cut off each side`
    case 'shift-x':
      return `View moved ${share} to the ${amount > 0 ? 'right' : 'left'}`
    case 'shift-y':
      return `View moved ${share} ${amount > 0 ? 'down' : 'up'}`
    case 'turn':
      return `Turned ${Math.abs(amount)}° ${amount > 0 ? 'clockwise' : 'anticlockwise'}`
    case 'brightness':
      return `Brightness × ${amount}`
    case 'mirror':
      return 'Mirrored'
    default:
      return kind satisfies never
  }
}

export interface VariedAnswer {
  readonly text: string
  /** Whether it is another label than that of the picture as it is. */
  readonly isOther: boolean
}

/** What a variation is answered for one task; null where the model does not answer it. */
export function describeVaried({ answer }: Variation, first: Variation, task: Task): VariedAnswer | null {
  const given = answer[task]
  if (given === null) return null
  const years = task === 'age' ? answer.age?.years : undefined
  const words = years === undefined ? formatCategory(given.label) : formatAge(years, given.label)
  const probability = given.probabilities?.[given.label]
  return {
    text: probability === undefined || years !== undefined ? words : `${words} ${formatShare(probability)}`,
    isOther: given.label !== first.answer[task]?.label,
  }
}

/** "Race: another label in 2 of 16 variations." */
export function summarise({ variations }: PictureSensitivity, task: Task): string | null {
  const [first, ...others] = variations
  if (first === undefined || first.answer[task] === null) return null
  const changed = others.filter((one) => describeVaried(one, first, task)?.isOther === true).length
  const years = task === 'age' ? variations.flatMap(({ answer }) => answer.age?.years ?? []) : []
  const spread =
    years.length === 0
      ? ''
      : ` Years from ${Math.min(...years).toFixed(1)} to ${Math.max(...years).toFixed(1)}.`
  return `another label in ${changed} of ${others.length} variations.${spread}`
}
