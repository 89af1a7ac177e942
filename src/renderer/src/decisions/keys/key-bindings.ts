import * as z from 'zod'
import type { Chord } from './chord.ts'
import { whyReserved } from './chord.ts'
import {
  isActionOn,
  keyActionNames,
  keyActions,
  meet,
  type KeyAction,
  type KeyActionOn,
  type KeyScreen,
} from './key-actions.ts'

/** The key of each action; null where another action has been given its usual one. */
export type KeyBindings = Readonly<Record<KeyAction, Chord | null>>

const bindAll = (chordFor: (action: KeyAction) => Chord | null): KeyBindings =>
  Object.fromEntries(keyActionNames.map((action) => [action, chordFor(action)])) as KeyBindings

export const defaultBindings = bindAll((action) => keyActions[action].chord)

const stored = z.partialRecord(z.string(), z.string().min(1).max(40))

/** Bindings from their stored text; what cannot be read, is reserved or unknown is the default. */
export function parseBindings(text: string | null): KeyBindings {
  if (text === null) return defaultBindings
  const read = stored.safeParse(readJson(text))
  if (!read.success) return defaultBindings
  const chosen = keyActionNames.flatMap((action) => {
    const chord = read.data[action]
    return chord === undefined || whyReserved(chord) !== null ? [] : [{ action, chord }]
  })
  const isTaken = (action: KeyAction, chord: Chord) =>
    chosen.some((other) => other.action !== action && other.chord === chord && meet(other.action, action))
  if (chosen.some(({ action, chord }) => isTaken(action, chord))) return defaultBindings
  return bindAll((action) => {
    const { chord } = chosen.find((one) => one.action === action) ?? keyActions[action]
    return isTaken(action, chord) ? null : chord
  })
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
      keyActionNames.flatMap((action) => {
        const chord = bindings[action]
        return chord === null || chord === defaultBindings[action] ? [] : [[action, chord]]
      }),
    ),
  )
}

export function actionOf<Screen extends KeyScreen>(
  bindings: KeyBindings,
  chord: Chord,
  screen: Screen,
): KeyActionOn<Screen> | null {
  return (
    keyActionNames
      .filter((action) => isActionOn(action, screen))
      .find((action) => bindings[action] === chord) ?? null
  )
}

/** The list of images moves by them wherever it has the focus. */
const movesInList: ReadonlySet<Chord> = new Set([
  'arrowleft',
  'arrowright',
  'arrowup',
  'arrowdown',
  'pageup',
  'pagedown',
  'home',
  'end',
  'space',
])

function whyRefused(action: KeyAction, chord: Chord): string | null {
  if (isActionOn(action, 'catalogue') && movesInList.has(chord)) return 'moves in the catalogue'
  return whyReserved(chord)
}

export type RebindOutcome =
  | { readonly bindings: KeyBindings }
  /** Why the key was not taken, in words. */
  | { readonly refusal: string }

/** Gives an action another key; a key that is taken is refused, and what has it is named. */
export function rebind(bindings: KeyBindings, action: KeyAction, chord: Chord): RebindOutcome {
  const reason = whyRefused(action, chord)
  if (reason !== null) return { refusal: `This key ${reason}. Press another one.` }
  const owner = keyActionNames.find(
    (other) => other !== action && bindings[other] === chord && meet(other, action),
  )
  if (owner !== undefined) {
    return { refusal: `This key is taken by "${keyActions[owner].title}". Press another one.` }
  }
  return { bindings: { ...bindings, [action]: chord } }
}
