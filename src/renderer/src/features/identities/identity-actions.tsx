import type { ReactNode } from 'react'
import { ErrorState } from '#renderer/components/states.tsx'
import { ActionBar } from '#renderer/decisions/action-bar.tsx'
import { ActionButtons, type ActionButton } from '#renderer/decisions/action-buttons.tsx'
import { keyActions, type KeyActionOn } from '#renderer/decisions/keys/key-actions.ts'
import { actionOf } from '#renderer/decisions/keys/key-bindings.ts'
import { useKeyBindings } from '#renderer/decisions/keys/use-key-bindings.ts'
import { useShortcuts } from '#renderer/decisions/keys/use-shortcuts.ts'
import styles from './identities-screen.module.css'
import type { IdentityActs } from './use-identity-acts.ts'

type IdentityAction = KeyActionOn<'identities'>
/** Null where it cannot be done now. */
export type IdentityRuns = Readonly<Partial<Record<IdentityAction, (() => void) | null>>>

export interface IdentityActionsProps {
  readonly label: string
  /** What this view can do, in the order of its buttons, beside undo and redo. */
  readonly runs: IdentityRuns
  readonly acts: IdentityActs
  readonly children?: ReactNode
}

/** Buttons with their keys, and what was done last. Nothing is taken while an act is written, so that no key is about what nobody has seen. */
export function IdentityActions({ label, runs, acts, children }: IdentityActionsProps) {
  const { bindings } = useKeyBindings()
  const all: IdentityRuns = { ...runs, undo: acts.undo, redo: acts.redo }
  useShortcuts((chord) => {
    const action = actionOf(bindings, chord, 'identities')
    if (action === null || !(action in all)) return false
    if (!acts.isBusy) all[action]?.()
    return true
  })
  const toButton = ([action, run]: readonly [IdentityAction, (() => void) | null]): ActionButton => ({
    title: keyActions[action].title,
    chord: bindings[action],
    isDisabled: acts.isBusy || run === null,
    run: () => run?.(),
  })
  const list = (entries: IdentityRuns): ActionButton[] =>
    (Object.entries(entries) as [IdentityAction, (() => void) | null][]).map(toButton)
  return (
    <ActionBar label={label} actions={list(runs)}>
      {acts.error !== null && <ErrorState error={acts.error} compact />}
      <div className={styles['statusRow']}>
        {children}
        <output aria-live="polite">{acts.message}</output>
        <div className={styles['statusEnd']}>
          <ActionButtons actions={list({ undo: acts.undo, redo: acts.redo })} />
        </div>
      </div>
    </ActionBar>
  )
}
