import type { ModelSummary, Parity } from '#shared/contract/model.contract.ts'
import { formatCount, formatShare } from '#shared/domain/format.ts'
import { formatFigure } from '#renderer/components/format.ts'

/** Largest difference of logits at which an export counts as the same model. */
const tolerance = 1e-3

/** "largest difference of logits 2.4e-6, 100.0% equal answers on 256 images". */
export function describeParity(parity: Parity): string {
  return `largest difference of logits ${formatFigure(parity.maxAbsDifference)}, ${formatShare(parity.agreement)} equal answers on ${formatCount(parity.images)} images`
}

export function isFaithful(parity: Parity): boolean {
  return parity.maxAbsDifference <= tolerance && parity.images > 0
}

/** "age 9, gender 2, race 5": what each head tells apart. */
export function describeHeads(labels: ModelSummary['labels']): string {
  const heads = [
    { name: 'race', count: labels.race?.length },
    { name: 'gender', count: labels.gender?.length },
    { name: 'age', count: labels.age?.length },
  ]
  return heads.flatMap(({ name, count }) => (count === undefined ? [] : [`${name} ${count}`])).join(', ')
}
