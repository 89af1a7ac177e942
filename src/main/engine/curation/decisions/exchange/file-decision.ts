import type { DecisionAction } from '#shared/contract/decision.contract.ts'
import { removeReasonCodes, removeReasons, type RemoveReason } from '#shared/domain/decision-words.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { lookUp } from '#shared/domain/look-up.ts'

/** One decision as a file of decisions holds it. */
export interface FileDecision {
  /** Line of a table, or place in a document. */
  readonly place: string
  readonly path: string | null
  readonly sha256: string | null
  readonly action: DecisionAction
  readonly reason: RemoveReason | null
  readonly note: string | null
  /** For a relabel. */
  readonly task: Task | null
  readonly from: string | null
  readonly to: string | null
  readonly reviewer: string | null
  /** ISO 8601, null where the file tells none. */
  readonly time: string | null
}

/** Something in a file that is no decision, in words. */
export interface FileProblem {
  readonly at: string
  readonly message: string
}

export interface ReadDecisions {
  readonly decisions: readonly FileDecision[]
  readonly problems: readonly FileProblem[]
}

/** A decision that holds now, to be written. */
export interface EffectiveDecision extends Omit<FileDecision, 'place' | 'path' | 'sha256'> {
  readonly dataset: string
  readonly path: string
  /** Absolute. */
  readonly file: string
  readonly sha256: string
  readonly reviewer: string
  readonly time: string
}

const actionWords: Readonly<Record<string, DecisionAction>> = {
  keep: 'keep',
  kept: 'keep',
  ok: 'keep',
  good: 'keep',
  accept: 'keep',
  remove: 'remove',
  removed: 'remove',
  delete: 'remove',
  reject: 'remove',
  bad: 'remove',
  relabel: 'relabel',
  suspect: 'suspect',
  'identity-suspect': 'suspect',
  'clear-suspect': 'clear-suspect',
  restore: 'restore',
}

const fold = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, '-')

/** An action by its own name or another common word for it; null where it is none. */
export const readAction = (text: string): DecisionAction | null => lookUp(actionWords, fold(text)) ?? null

/** A reason for a removal by its code or its words. */
export function readReason(text: string): RemoveReason | null {
  const folded = fold(text)
  return removeReasonCodes.find((code) => folded === code || folded === fold(removeReasons[code])) ?? null
}

/** A time in ISO 8601, with or without a zone, as UTC; null for any other text. */
export function readTime(text: string | null | undefined): string | null {
  if (text === null || text === undefined || !/^\d{4}-\d\d-\d\d/.test(text)) return null
  const time = Date.parse(text)
  return Number.isNaN(time) ? null : new Date(time).toISOString()
}
