import { useState } from 'react'
import { removeReasonCodes, removeReasons, type RemoveReason } from '#shared/domain/decision-words.ts'
import { FormDialog } from '#renderer/components/form-dialog.tsx'
import { pluralise } from '#renderer/components/format.ts'
import { RadioChoice } from '#renderer/components/radio-choice.tsx'
import { NoteField, readNote } from './note-field.tsx'

export interface RemoveDialogProps {
  readonly count: number
  readonly reason: RemoveReason
  readonly onRemove: (choice: { readonly reason: RemoveReason; readonly note?: string }) => void
  readonly onClose: () => void
}

/** Why images leave, from the list, and in words where the list does not say it. */
export function RemoveDialog({ count, reason: usual, onRemove, onClose }: RemoveDialogProps) {
  const [reason, setReason] = useState(usual)
  const [note, setNote] = useState('')
  return (
    <FormDialog
      title={`Remove ${pluralise(count, 'image')}`}
      size="sm"
      submitTitle="Remove"
      onSubmit={() => {
        onRemove({ reason, ...readNote(note) })
      }}
      onClose={onClose}
    >
      <RadioChoice
        label="Reason"
        value={reason}
        onChange={setReason}
        options={removeReasonCodes.map((code) => ({ value: code, label: removeReasons[code] }))}
        focused={usual}
      />
      <NoteField note={note} onChange={setNote} />
    </FormDialog>
  )
}
