import { removeReason } from '#shared/contract/decision.contract.ts'
import type { MadeDecision } from './exchange.repo.ts'
import type { EffectiveDecision } from './file-decision.ts'

function describe(first: MadeDecision, last: MadeDecision): Partial<EffectiveDecision> | null {
  switch (last.field) {
    case 'status':
      if (last.newValue === 'removed')
        return { action: 'remove', reason: removeReason.catch('other').parse(last.reason) }
      return last.newValue === 'kept' ? { action: 'keep' } : null
    case 'suspect':
      return last.newValue === 'yes' ? { action: 'suspect' } : null
    case 'race':
    case 'gender':
    case 'age':
      return last.newValue === first.oldValue
        ? null
        : { action: 'relabel', task: last.field, from: first.oldValue, to: last.newValue }
    default:
      return last.field satisfies never
  }
}

/** What of these decisions holds now: of each field of an image the newest, unless it stands as it first did. */
export function listEffective(made: readonly MadeDecision[]): EffectiveDecision[] {
  const byField = Map.groupBy(made, ({ imageId, field }) => `${imageId} ${field}`)
  return [...byField.values()].flatMap((ofField) => {
    const [first, last] = [ofField[0], ofField.at(-1)]
    if (first === undefined || last === undefined) return []
    const described = describe(first, last)
    if (described === null) return []
    return [
      {
        action: 'keep' as const,
        reason: null,
        task: null,
        from: null,
        to: null,
        ...described,
        note: last.note,
        dataset: last.dataset,
        path: last.path,
        file: last.file,
        sha256: last.fileSha256,
        reviewer: last.actor,
        time: last.at,
      },
    ]
  })
}
