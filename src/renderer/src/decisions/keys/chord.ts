import { lookUp } from '#shared/domain/look-up.ts'

/** Keys pressed together, as `shift+x` or `mod+z`; `mod` is Ctrl, on a Mac Command. */
export type Chord = string

export interface KeyPress {
  readonly key: string
  readonly shiftKey: boolean
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
}

const modifiers = new Set(['Shift', 'Control', 'Meta', 'Alt', 'AltGraph', 'CapsLock', 'Dead', 'Process'])

/** The chord of a key press, or null for a modifier alone and for what belongs to the system. */
export function chordOf({ key, shiftKey, ctrlKey, metaKey, altKey }: KeyPress): Chord | null {
  if (modifiers.has(key) || altKey) return null
  const name = key === ' ' ? 'space' : key.toLowerCase()
  // A shifted sign is a sign of its own: "?" needs no Shift beside it.
  const showsShift = shiftKey && (name.length > 1 || name !== key || /\p{L}/u.test(name))
  return [ctrlKey || metaKey ? 'mod' : null, showsShift ? 'shift' : null, name]
    .filter((part) => part !== null)
    .join('+')
}

const keyNames: Readonly<Record<string, string>> = {
  mod: 'Ctrl',
  shift: 'Shift',
  space: 'Space',
  arrowright: '→',
  arrowleft: '←',
  arrowup: '↑',
  arrowdown: '↓',
  delete: 'Del',
  backspace: 'Backspace',
  escape: 'Esc',
  home: 'Home',
}

/** "Shift X": as keys are shown on screen. */
export function formatChord(chord: Chord): string {
  return chord
    .split('+')
    .map((part) => lookUp(keyNames, part) ?? (part.length === 1 ? part.toUpperCase() : part))
    .join(' ')
}

const reserved: Readonly<Record<string, string>> = {
  escape: 'closes what is open',
  enter: 'presses the button in focus',
  tab: 'moves the focus',
  'shift+tab': 'moves the focus',
  'mod+k': 'opens the command palette',
}

/** Why a chord cannot be given to an action, or null where it can. */
export function whyReserved(chord: Chord): string | null {
  if (/^\d$/.test(chord)) return 'chooses a label'
  return lookUp(reserved, chord) ?? null
}
