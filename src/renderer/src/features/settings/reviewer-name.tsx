import { Button, Group, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import styles from './settings.module.css'

/** The name that stands beside each decision; undo speaks of the acts under it. */
export function ReviewerName() {
  const api = useApi()
  const queryClient = useQueryClient()
  const settings = useQuery(api.settings.get.queryOptions())
  /** Null while nothing is typed that is not kept. */
  const [draft, setDraft] = useState<string | null>(null)
  const update = useMutation(
    api.settings.update.mutationOptions({
      onSuccess: (kept) => {
        queryClient.setQueryData(api.settings.get.queryKey(), kept)
        setDraft(null)
        void queryClient.invalidateQueries({ queryKey: api.decision.state.key() })
      },
    }),
  )
  const submit = (event: React.SyntheticEvent) => {
    event.preventDefault()
    if (draft !== null) update.mutate({ reviewer: draft.trim() === '' ? null : draft.trim() })
  }
  const failure = settings.error ?? update.error
  return (
    <form onSubmit={submit}>
      <Group align="flex-end" gap="md">
        <TextInput
          label="Name beside your decisions"
          maxLength={100}
          value={draft ?? settings.data?.reviewer ?? ''}
          onChange={(event) => setDraft(event.currentTarget.value)}
          disabled={settings.data === undefined}
        />
        <Button type="submit" variant="default" disabled={draft === null} loading={update.isPending}>
          Keep
        </Button>
      </Group>
      <p className={styles['text']}>
        {settings.data?.isReviewerChosen === false
          ? 'This is the name of your account. '
          : 'Empty it to use the name of your account. '}
        Undo takes back what was decided under this name; a second reader needs another one.
      </p>
      {failure !== null && <ErrorState error={failure} compact />}
    </form>
  )
}
