import { Button, Textarea, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { RunDetail } from '#shared/contract/run.contract.ts'
import { readTags } from './runs-view.ts'
import styles from './train.module.css'

/** Name, tags and notes: what people say about a run. */
export function RunAbout({ run }: { readonly run: RunDetail }) {
  const api = useApi()
  const [name, setName] = useState(run.name)
  const [tags, setTags] = useState(run.tags.join(', '))
  const [notes, setNotes] = useState(run.userNotes)
  const rename = useMutation(api.run.rename.mutationOptions())
  const setRunTags = useMutation(api.run.setTags.mutationOptions())
  const setRunNotes = useMutation(api.run.setNotes.mutationOptions())
  const isNamed = name.trim() !== run.name
  const isTagged = readTags(tags).join() !== run.tags.join()
  const isNoted = notes !== run.userNotes
  const save = useMutation({
    mutationFn: async () => {
      const runId = run.id
      if (isNamed) await rename.mutateAsync({ runId, name: name.trim() })
      if (isTagged) await setRunTags.mutateAsync({ runId, tags: readTags(tags) })
      if (isNoted) await setRunNotes.mutateAsync({ runId, notes })
    },
  })
  const isChanged = isNamed || isTagged || isNoted
  return (
    <details className={styles['fold']}>
      <summary>Name, tags and notes</summary>
      <form
        className={styles['about']}
        aria-label="Name, tags and notes"
        onSubmit={(event) => {
          event.preventDefault()
          save.mutate()
        }}
      >
        <TextInput
          label="Name"
          value={name}
          error={name.trim() === '' ? 'A run needs a name.' : undefined}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label="Tags"
          description="Words to find it by, with commas between them."
          value={tags}
          onChange={(event) => setTags(event.currentTarget.value)}
        />
        <Textarea
          label="Notes"
          rows={3}
          value={notes}
          onChange={(event) => setNotes(event.currentTarget.value)}
        />
        {save.error !== null && <ErrorState error={save.error} compact />}
        <Button
          type="submit"
          variant="default"
          disabled={!isChanged || name.trim() === ''}
          loading={save.isPending}
        >
          Save
        </Button>
      </form>
    </details>
  )
}
