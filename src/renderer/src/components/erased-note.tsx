import { NoteList } from './note-list.tsx'
import { pluralise } from './format.ts'

export interface ErasedNoteProps {
  /** Absent where none was erased. */
  readonly images: number | undefined
  readonly what: 'learned' | 'measured' | 'counted' | 'held'
}

const words: Readonly<Record<ErasedNoteProps['what'], (pictures: string) => string>> = {
  learned: (pictures) => `Learned from ${pictures} that have been erased since.`,
  measured: (pictures) =>
    `${pictures} of its validation part have been erased since: its validation figures, and the choice of its best epoch, counted them.`,
  counted: (pictures) => `${pictures} that it had counted have been erased: its figures are of the others.`,
  held: (pictures) => `${pictures} that it held have been erased: it was counted and sealed anew.`,
}

const labels: Readonly<Record<ErasedNoteProps['what'], string>> = {
  learned: 'Erased pictures that it learned from',
  measured: 'Erased pictures that it was measured on',
  counted: 'Erased pictures that it had counted',
  held: 'Erased pictures that it had held',
}

/** What stands on a model, run or list that erased pictures were part of. */
export function ErasedNote({ images, what }: ErasedNoteProps) {
  if (images === undefined) return null
  return <NoteList label={labels[what]} notes={[words[what](pluralise(images, 'picture'))]} />
}
