import { sealPrivate, type Content } from '#engine/base/ledger/domain/chain.ts'
import { toCanonicalJson } from '#engine/base/kernel/hash.ts'
import type { FieldChange } from '#engine/curation/decisions/domain/plan-decision.ts'

/** The name of the ledger of acts. */
export const actLedger = 'acts'

/** Lines of acts say what was done, by whom and when, and bind their decisions by a hash over all of them. */
export interface ChainedAct {
  readonly id: number
  readonly kind: string
  readonly title: string
  readonly actor: string
  readonly at: string
  readonly checkId: number | null
  readonly originActId: number | null
  readonly images: number
  readonly conflicts: number
  readonly decisions: number
  readonly decisionsHash: string
}

export const describeChainedAct = (act: ChainedAct): Content => ({
  id: act.id,
  kind: act.kind,
  title: act.title,
  actor: act.actor,
  at: act.at,
  checkId: act.checkId,
  originActId: act.originActId,
  images: act.images,
  conflicts: act.conflicts,
  decisions: act.decisions,
  decisionsHash: act.decisionsHash,
})

type DecisionTexts = Pick<FieldChange, 'from' | 'to' | 'reason' | 'note'>

/** Values and texts tell of a person, so that they stand in the act's hash by a salted digest alone. */
export const sealDecision = ({ from, to, reason, note }: DecisionTexts, salt: string): string =>
  sealPrivate({ content: { from, to, reason, note }, salt })

/** The line of one decision in the hash over those of its act. */
export const writeDecisionLine = (
  { imageId, field, checkCode }: Pick<FieldChange, 'imageId' | 'field' | 'checkCode'>,
  sealed: string,
): string => `${toCanonicalJson({ imageId, field, checkCode, sealed })}\n`
