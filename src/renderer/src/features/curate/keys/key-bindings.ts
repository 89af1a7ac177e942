import * as z from 'zod'
import type { Chord } from './chord.ts'
import { whyReserved } from './chord.ts'
import { keyActionNames, keyActions, type KeyAction } from './key-actions.ts'

export type KeyBindings = Readonly<Record<KeyAction, Chord>>

export const defaultBindings = Object.fromEntries(
  keyActionNames.map((action) => [action, keyActions[action].chord]),
) as KeyBindings

const stored = z.partialRecord(z.string(), z.string().min(1).max(40))

/** Bindings from their stored text; what cannot be read, is reserved or unknown is the default. */
export function parseBindings(text: string | null): KeyBindings {
  if (text === null) return defaultBindings
  const read = stored.safeParse(readJson(text))
  if (!read.success) return defaultBindings
  const chosen = keyActionNames.flatMap((action): [KeyAction, Chord][] => {
    const chord = read.data[action]
    return chord === undefined || whyReserved(chord) !== null ? [] : [[action, chord]]
  })
  const bindings = { ...defaultBindings, ...Object.fromEntries(chosen) }
  return new Set(Object.values(bindings)).size === keyActionNames.length ? bindings : defaultBindings
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // A stored text that is no JSON was written by something else.
    return null
  }
}

/** Only what differs from the defaults, so that a better default reaches everybody who has not chosen. */
export function writeBindings(bindings: KeyBindings): string {
  return JSON.stringify(
    Object.fromEntries(
      keyActionNames.flatMap((action) =>
        bindings[action] === defaultBindings[action] ? [] : [[action, bindings[action]]],
      ),
    ),
  )
}

export function actionOf(bindings: KeyBindings, chord: Chord): KeyAction | null {
  return keyActionNames.find((action) => bindings[action] === chord) ?? null
}

export type RebindOutcome =
  | { readonly bindings: KeyBindings }
  /** Why the key was not taken, in words. */
  | { readonly refusal: string }

/** Gives an action another key; a key that is taken is refused, and what has it is named. */
export function rebind(bindings: KeyBindings, action: KeyAction, chord: Chord): RebindOutcome {
  const reason = whyReserved(chord)
  if (reason !== null) return { refusal: `This key ${reason}. Press another one.` }
  const owner = actionOf(bindings, chord)
  if (owner !== null && owner !== action) {
    return { refusal: `This key is taken by "${keyActions[owner].title}". Press another one.` }
  }
  return { bindings: { ...bindings, [action]: chord } }
}
