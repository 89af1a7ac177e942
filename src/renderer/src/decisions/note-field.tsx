import { Textarea } from '@mantine/core'

export interface NoteFieldProps {
  readonly note: string
  readonly onChange: (note: string) => void
}

/** What a person says about a decision beside its reason. */
export function NoteField({ note, onChange }: NoteFieldProps) {
  return (
    <Textarea
      label="Note"
      autosize
      minRows={2}
      maxLength={2000}
      value={note}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}

/** The note as an order takes it: none where nothing was written. */
export function readNote(note: string): { readonly note?: string } {
  const text = note.trim()
  return text === '' ? {} : { note: text }
}
