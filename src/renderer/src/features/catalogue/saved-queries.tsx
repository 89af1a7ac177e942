import { Button, Checkbox, Menu, TextInput } from '@mantine/core'
import { IconBookmark, IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { SavedQuery } from '#shared/contract/saved-query.contract.ts'
import { FormDialog } from '#renderer/components/form-dialog.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import styles from './saved-queries.module.css'
import { fromImageView, toImageView, type CatalogueSearch } from './catalogue-search.ts'

export interface SavedQueriesProps {
  readonly search: CatalogueSearch
  readonly onChange: (search: CatalogueSearch) => void
}

/** Views that were given a name, and the way to give this one a name. */
export function SavedQueries({ search, onChange }: SavedQueriesProps) {
  const api = useApi()
  const saved = useQuery(api.savedQuery.list.queryOptions())
  const remove = useMutation(api.savedQuery.remove.mutationOptions())
  const [isNaming, setIsNaming] = useState(false)
  const queries = saved.data ?? []
  return (
    <>
      <Menu position="bottom-end" width={260} withinPortal>
        <Menu.Target>
          <Button variant="default" leftSection={<IconBookmark size={14} aria-hidden />}>
            Saved
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {saved.error !== null && <ErrorState error={saved.error} compact />}
          {queries.length === 0 && saved.error === null && <Menu.Label>No saved query yet</Menu.Label>}
          {queries.map((query) => (
            <SavedQueryItem
              key={query.id}
              query={query}
              onApply={() => onChange(fromImageView(query.view, search))}
              onRemove={() => remove.mutate({ savedQueryId: query.id })}
            />
          ))}
          <Menu.Divider />
          <Menu.Item onClick={() => setIsNaming(true)}>Save this view</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {isNaming && (
        <NameDialog
          search={search}
          names={queries.map(({ name }) => name)}
          onClose={() => setIsNaming(false)}
          onSaved={() => setIsNaming(false)}
        />
      )}
    </>
  )
}

interface SavedQueryItemProps {
  readonly query: SavedQuery
  readonly onApply: () => void
  readonly onRemove: () => void
}

function SavedQueryItem({ query, onApply, onRemove }: SavedQueryItemProps) {
  return (
    <div className={styles['query']}>
      <Menu.Item onClick={onApply}>{query.name}</Menu.Item>
      <Menu.Item aria-label={`Forget ${query.name}`} onClick={onRemove} closeMenuOnClick={false}>
        <IconTrash size={14} aria-hidden />
      </Menu.Item>
    </div>
  )
}

interface NameDialogProps {
  readonly search: CatalogueSearch
  readonly names: readonly string[]
  readonly onClose: () => void
  readonly onSaved: () => void
}

function NameDialog({ search, names, onClose, onSaved }: NameDialogProps) {
  const api = useApi()
  const [name, setName] = useState('')
  const [replace, setReplace] = useState(false)
  const save = useMutation(api.savedQuery.save.mutationOptions({ onSuccess: onSaved }))
  const isTaken = names.includes(name.trim())
  return (
    <FormDialog
      title="Save this view"
      size="sm"
      error={save.error}
      submitTitle="Save"
      isDisabled={name.trim() === '' || (isTaken && !replace)}
      onSubmit={() => save.mutate({ name: name.trim(), view: toImageView(search), replace })}
      onClose={onClose}
    >
      <TextInput
        label="Name"
        data-autofocus
        required
        withAsterisk={false}
        maxLength={100}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {isTaken && (
        <Checkbox
          label="Replace the query of that name"
          checked={replace}
          onChange={(event) => setReplace(event.currentTarget.checked)}
        />
      )}
    </FormDialog>
  )
}
