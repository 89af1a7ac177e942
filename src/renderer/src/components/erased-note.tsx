import { NoteList } from './note-list.tsx'
import { pluralise } from './format.ts'

export interface ErasedNoteProps {
  /** Absent where none was erased. */
  readonly images: number | undefined
  readonly what: 'learned' | 'counted' | 'held'
}

const words: Readonly<Record<ErasedNoteProps['what'], (pictures: string) => string>> = {
  learned: (pictures) => `Learned from ${pictures} that have been erased since.`,
  counted: (pictures) => `${pictures} that it had counted have been erased: its figures are of the others.`,
  held: (pictures) => `${pictures} that it held have been erased: it was counted and sealed anew.`,
}

/** What stands on a model, run or list that erased pictures were part of. */
export function ErasedNote({ images, what }: ErasedNoteProps) {
  if (images === undefined) return null
  return <NoteList label="Erased pictures" notes={[words[what](pluralise(images, 'picture'))]} />
}
