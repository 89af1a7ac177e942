import type { AppError } from '#shared/contract/errors.ts'
import type { IdentityActResult, ProposalId } from '#shared/contract/identity.contract.ts'
import { toAppError } from '../../call-errors.ts'
import type { LocalClient } from '../../local-client.ts'

interface AppliedProposals {
  readonly applied: readonly IdentityActResult[]
  /** The first that could not be done, and those after it, which are not tried; null where all were. */
  readonly failed: {
    readonly proposalId: ProposalId
    readonly left: readonly ProposalId[]
    readonly error: AppError
  } | null
}

/** Does what proposals say, one after the other, up to the first that fails. */
export async function applyProposals(
  client: LocalClient,
  { ids, reviewer }: { readonly ids: readonly ProposalId[]; readonly reviewer?: string | undefined },
): Promise<AppliedProposals> {
  const applied: IdentityActResult[] = []
  for (const [at, proposalId] of ids.entries()) {
    try {
      const { proposal } = await client.identity.evidence({ proposalId })
      const { kind, images } = proposal
      const said = { images, proposalId, ...(reviewer !== undefined && { reviewer }) }
      applied.push(await client.identity.act({ kind: kind === 'merge' ? 'same' : 'not-same', ...said }))
    } catch (error) {
      return { applied, failed: { proposalId, left: ids.slice(at + 1), error: toAppError(error) } }
    }
  }
  return { applied, failed: null }
}
