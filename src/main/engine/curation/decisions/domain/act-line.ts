import type { Content } from '#engine/base/ledger/domain/chain.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
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

const writeText = (text: string | null): string => (text === null ? 'null' : JSON.stringify(text))

/**
 * Values and texts tell of a person, so that they stand in the act's hash by a salted digest alone: as `sealPrivate` makes
 * it, whose canonical JSON is written here key by key, since an act has tens of thousands of them.
 *
 * @param salt 64 hexadecimal digits
 * @returns SHA-256 as 64 hexadecimal digits
 */
export const sealDecision = ({ from, to, reason, note }: DecisionTexts, salt: string): string =>
  hashBytes(
    `{"private":{"from":${writeText(from)},"note":${writeText(note)},"reason":${writeText(reason)},"to":${writeText(to)}},"salt":"${salt}"}`,
  )

/** The line of one decision in the hash over those of its act: canonical JSON and a line feed. */
export const writeDecisionLine = (
  { imageId, field, checkCode }: Pick<FieldChange, 'imageId' | 'field' | 'checkCode'>,
  sealed: string,
): string => `{"checkCode":${checkCode},"field":"${field}","imageId":${imageId},"sealed":"${sealed}"}\n`
