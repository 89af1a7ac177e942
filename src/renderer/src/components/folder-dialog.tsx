import { Button, Modal, Skeleton, TextInput, UnstyledButton } from '@mantine/core'
import { IconArrowUp, IconFolder, IconFolderCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useApi } from '#renderer/engine/engine-context.tsx'
import styles from './folder-dialog.module.css'
import { pluralise } from './format.ts'
import { ScrollRegion } from './scroll-region.tsx'
import { ErrorState } from './states.tsx'

export interface FolderDialogProps {
  readonly title: string
  /** Of the folder that is looked for. */
  readonly name?: string | undefined
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly onPick: (path: string) => void
}

/** Folders of the machine the engine runs on, for a window without a native dialog. */
export function FolderDialog({ title, name, isOpen, onClose, onPick }: FolderDialogProps) {
  return (
    <Modal opened={isOpen} onClose={onClose} title={title} size="lg">
      <FolderBrowser
        name={name}
        onPick={(path) => {
          onPick(path)
          onClose()
        }}
      />
    </Modal>
  )
}

function FolderBrowser({ name = '', onPick }: Pick<FolderDialogProps, 'name' | 'onPick'>) {
  const api = useApi()
  const [path, setPath] = useState<string>()
  const [newName, setNewName] = useState(name)
  const folders = useQuery(
    api.system.folders.queryOptions({
      input: path === undefined ? {} : { path },
      staleTime: 0,
      placeholderData: (previous) => previous,
    }),
  )
  const here = folders.data
  const chosen = here === undefined ? '' : joinPath(here.path, newName.trim())
  return (
    <div className={styles['body']}>
      <div className={styles['path']}>
        <Button
          variant="default"
          leftSection={<IconArrowUp size={14} />}
          disabled={(here?.parent ?? null) === null}
          onClick={() => setPath(here?.parent ?? undefined)}
        >
          Up
        </Button>
        <code>{here?.path ?? '…'}</code>
      </div>
      {folders.error !== null && <ErrorState error={folders.error} compact />}
      <ScrollRegion label="Folders" className={styles['list']}>
        {folders.isPending && Array.from({ length: 6 }, (_, row) => <Skeleton key={row} h={28} mb={4} />)}
        {here?.folders.map((folder) => (
          <UnstyledButton key={folder.path} className={styles['row']} onClick={() => setPath(folder.path)}>
            {folder.isProject ? (
              <IconFolderCheck size={16} aria-hidden />
            ) : (
              <IconFolder size={16} aria-hidden />
            )}
            {folder.name}
            {folder.isProject && <span className={styles['tag']}>Evenhand project</span>}
          </UnstyledButton>
        ))}
        {here !== undefined && here.folders.length === 0 && (
          <p className={styles['note']}>No folders in here.</p>
        )}
      </ScrollRegion>
      <div className={styles['foot']}>
        <TextInput
          label={name === '' ? 'New folder in here (optional)' : 'Name of the folder in here'}
          value={newName}
          onChange={(event) => setNewName(event.currentTarget.value)}
        />
        <span className={styles['note']}>{here === undefined ? '' : pluralise(here.files, 'file')}</span>
        <Button disabled={here === undefined} onClick={() => onPick(chosen)}>
          Choose this folder
        </Button>
      </div>
    </div>
  )
}

/** Keeps the separator that the engine's machine uses. */
export function joinPath(folder: string, name: string): string {
  if (name === '') return folder
  const separator = folder.includes('\\') ? '\\' : '/'
  return folder.endsWith(separator) ? folder + name : folder + separator + name
}
