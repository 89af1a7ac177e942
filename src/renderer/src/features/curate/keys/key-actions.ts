import type { Chord } from './chord.ts'

/** What a key can do on the Curate screen; the digits stay with labels and are not among them. */
export const keyActions = {
  keep: { title: 'Keep', chord: 'k' },
  remove: { title: 'Remove', chord: 'x' },
  'remove-with-reason': { title: 'Remove with another reason or a note', chord: 'shift+x' },
  accept: { title: 'Take the first suggested label', chord: 'y' },
  gender: { title: 'Relabel gender', chord: 'g' },
  age: { title: 'Relabel age', chord: 'a' },
  suspect: { title: 'Identity suspect', chord: 'i' },
  skip: { title: 'Skip', chord: 's' },
  undo: { title: 'Undo', chord: 'u' },
  redo: { title: 'Redo', chord: 'shift+u' },
  next: { title: 'Next image', chord: 'arrowright' },
  previous: { title: 'Previous image', chord: 'arrowleft' },
  select: { title: 'Select or unselect the image', chord: 'space' },
  'select-next': { title: 'Select and go on', chord: 'shift+arrowright' },
} as const satisfies Record<string, { title: string; chord: Chord }>

export type KeyAction = keyof typeof keyActions
export const keyActionNames = Object.keys(keyActions) as KeyAction[]
