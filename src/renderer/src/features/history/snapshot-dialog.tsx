import { Textarea, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { FormDialog } from '#renderer/components/form-dialog.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'

/** Keeps the state of the catalogue under a name. */
export function SnapshotDialog({ onClose }: { readonly onClose: () => void }) {
  const api = useApi()
  const [name, setName] = useState('')
  const [note, setNote] = useState('')
  const create = useMutation(api.snapshot.create.mutationOptions({ onSuccess: onClose }))
  return (
    <FormDialog
      title="Keep the state of the catalogue"
      size="sm"
      error={create.error}
      submitTitle="Keep it"
      isBusy={create.isPending}
      onSubmit={() =>
        create.mutate({ note: note.trim(), ...(name.trim() === '' ? {} : { name: name.trim() }) })
      }
      onClose={onClose}
    >
      <TextInput
        label="Name"
        placeholder="Snapshot and its number"
        data-autofocus
        maxLength={200}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Textarea
        label="Note"
        autosize
        minRows={2}
        maxLength={2000}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
    </FormDialog>
  )
}
