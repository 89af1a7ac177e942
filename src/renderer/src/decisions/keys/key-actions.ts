import type { Chord } from './chord.ts'

export type KeyScreen = 'catalogue' | 'curate' | 'identities'

interface KeySpec {
  readonly title: string
  readonly chord: Chord
  readonly screens: readonly KeyScreen[]
}

const both = ['catalogue', 'curate'] as const
const all = ['catalogue', 'curate', 'identities'] as const

/** What a key can do where images are decided; the digits stay with labels and are not among them. */
export const keyActions = {
  keep: { title: 'Keep', chord: 'k', screens: both },
  remove: { title: 'Remove', chord: 'x', screens: both },
  'remove-with-reason': {
    title: 'Remove with another reason or a note',
    chord: 'shift+x',
    screens: ['curate'],
  },
  'take-labels': {
    title: 'Take each label from one of the copies',
    chord: 'r',
    screens: ['curate'],
  },
  'decide-all': { title: 'Decide all of the queue', chord: 'shift+d', screens: ['curate'] },
  accept: { title: 'Take the first suggested label', chord: 'y', screens: ['curate'] },
  relabel: { title: 'Relabel', chord: 'l', screens: ['catalogue'] },
  gender: { title: 'Relabel gender', chord: 'g', screens: ['curate'] },
  age: { title: 'Relabel age', chord: 'a', screens: ['curate'] },
  suspect: { title: 'Identity suspect', chord: 'i', screens: ['curate'] },
  skip: { title: 'Skip', chord: 's', screens: ['curate', 'identities'] },
  undo: { title: 'Undo', chord: 'u', screens: all },
  redo: { title: 'Redo', chord: 'shift+u', screens: all },
  next: { title: 'Next image', chord: 'arrowright', screens: ['curate'] },
  previous: { title: 'Previous image', chord: 'arrowleft', screens: ['curate'] },
  first: { title: 'Back to the first image', chord: 'home', screens: ['curate'] },
  'next-queue': { title: 'Next queue', chord: 'n', screens: ['curate'] },
  'previous-queue': { title: 'Previous queue', chord: 'shift+n', screens: ['curate'] },
  zoom: { title: 'Zoom in twice, then show all of the image', chord: 'z', screens: ['curate'] },
  decided: { title: 'Show or hide what is decided', chord: 'h', screens: ['curate'] },
  reopen: { title: 'Reopen a decided image', chord: 'o', screens: ['curate'] },
  select: { title: 'Select or unselect the image', chord: 'space', screens: ['curate'] },
  'select-next': { title: 'Select and go on', chord: 'shift+arrowright', screens: ['curate'] },
  'select-all': { title: 'Select all that the query gives', chord: 'mod+a', screens: ['catalogue'] },
  details: { title: 'Open or close the details', chord: 'd', screens: ['catalogue'] },
  search: { title: 'Search', chord: '/', screens: ['catalogue'] },
  'same-person': { title: 'Same person', chord: 'y', screens: ['identities'] },
  'two-people': { title: 'Two people', chord: 'n', screens: ['identities'] },
  'no-face-left': { title: 'The left one shows no face', chord: 'f', screens: ['identities'] },
  'no-face-right': { title: 'The right one shows no face', chord: 'j', screens: ['identities'] },
  'merge-people': { title: 'Merge the selected people', chord: 'm', screens: ['identities'] },
  'split-person': { title: 'Split the selected images off', chord: 'p', screens: ['identities'] },
  'no-face': { title: 'The selected images show no face', chord: 'x', screens: ['identities'] },
} as const satisfies Record<string, KeySpec>

export type KeyAction = keyof typeof keyActions
export const keyActionNames = Object.keys(keyActions) as KeyAction[]

/** What a screen knows, as a type: it answers all of it and nothing else. */
export type KeyActionOn<Screen extends KeyScreen> = {
  [Action in KeyAction]: Screen extends (typeof keyActions)[Action]['screens'][number] ? Action : never
}[KeyAction]

export function isActionOn<Screen extends KeyScreen>(
  action: KeyAction,
  screen: Screen,
): action is KeyActionOn<Screen> {
  const screens: readonly KeyScreen[] = keyActions[action].screens
  return screens.includes(screen)
}

/** Whether two actions are ever open on one screen, where they cannot share a key. */
export function meet(one: KeyAction, other: KeyAction): boolean {
  return keyActions[one].screens.some((screen) => isActionOn(other, screen))
}
