import { Skeleton, TextInput, UnstyledButton } from '@mantine/core'
import { IconFolderOpen, IconFolderPlus, IconSparkles } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { FolderDialog } from '#renderer/components/folder-dialog.tsx'
import { FolderField } from '#renderer/components/folder-field.tsx'
import { FormDialog } from '#renderer/components/form-dialog.tsx'
import { formatTime } from '#renderer/components/format.ts'
import { ErrorState } from '#renderer/components/states.tsx'
import { useApi, useHost } from '#renderer/engine/engine-context.tsx'
import styles from './home.module.css'
import { useOpenProject } from './use-open-project.ts'

export function Welcome() {
  const { open, createSample } = useOpenProject()
  const { pickFolder } = useHost()
  const [isCreating, setIsCreating] = useState(false)
  const [isBrowsing, setIsBrowsing] = useState(false)

  const chooseProject = async () => {
    if (pickFolder === null) {
      setIsBrowsing(true)
      return
    }
    const folder = await pickFolder({ title: 'Open a project' })
    if (folder !== null) open.mutate({ folder })
  }
  const failure = open.error ?? createSample.error
  return (
    <div className={styles['welcome']}>
      <div className={styles['pitch']}>
        <h2>From a folder of faces to a fairness report that can be checked</h2>
        <p>
          Import, split, train, evaluate and export face-attribute models on this machine. Nothing leaves it,
          and no source file is ever changed.
        </p>
      </div>
      <div className={styles['ways']}>
        <Way
          icon={<IconFolderPlus size={20} aria-hidden />}
          title="New project"
          note="Choose a folder that will hold the catalogue, runs and models."
          onClick={() => setIsCreating(true)}
        />
        <Way
          icon={<IconFolderOpen size={20} aria-hidden />}
          title="Open project"
          note="Go on with a project folder on this machine."
          onClick={() => void chooseProject()}
        />
        <Way
          icon={<IconSparkles size={20} aria-hidden />}
          title="Open sample project"
          note="Generated abstract portraits, to walk the whole loop in minutes."
          isBusy={createSample.isPending}
          onClick={() => createSample.mutate({})}
        />
      </div>
      {failure !== null && <ErrorState error={failure} />}
      <RecentProjects onOpen={(folder) => open.mutate({ folder })} isBusy={open.isPending} />
      <p className={styles['care']}>
        Race and gender labels are what annotators wrote, not facts about people. Evenhand measures and
        reduces disparity; it does not identify anybody.
      </p>
      <CreateDialog isOpen={isCreating} onClose={() => setIsCreating(false)} />
      <FolderDialog
        title="Open a project"
        isOpen={isBrowsing}
        onClose={() => setIsBrowsing(false)}
        onPick={(folder) => open.mutate({ folder })}
      />
    </div>
  )
}

interface WayProps {
  readonly icon: React.ReactNode
  readonly title: string
  readonly note: string
  readonly isBusy?: boolean
  readonly onClick: () => void
}

function Way({ icon, title, note, isBusy = false, onClick }: WayProps) {
  return (
    <UnstyledButton className={styles['way']} onClick={onClick} disabled={isBusy}>
      <span className={styles['wayIcon']}>{icon}</span>
      <span>
        <strong>{title}</strong>
        <span className={styles['wayNote']}>{isBusy ? 'Starting…' : note}</span>
      </span>
    </UnstyledButton>
  )
}

interface RecentProjectsProps {
  readonly onOpen: (folder: string) => void
  readonly isBusy: boolean
}

function RecentProjects({ onOpen, isBusy }: RecentProjectsProps) {
  const api = useApi()
  const recent = useQuery(api.project.recent.queryOptions())
  if (recent.error !== null) return <ErrorState error={recent.error} />
  if (recent.isPending) return <Skeleton h={120} />
  if (recent.data.length === 0) return null
  return (
    <section aria-labelledby="recent-projects">
      <h3 id="recent-projects" className={styles['sub']}>
        Recent projects
      </h3>
      <ul className={styles['recent']}>
        {recent.data.map((project) => (
          <li key={project.folder}>
            <UnstyledButton
              className={styles['recentRow']}
              disabled={project.isMissing || isBusy}
              onClick={() => onOpen(project.folder)}
            >
              <strong>{project.name}</strong>
              <span className={styles['folder']}>{project.folder}</span>
              <span className={styles['when']}>
                {project.isMissing ? 'folder not found' : formatTime(project.openedAt)}
              </span>
            </UnstyledButton>
          </li>
        ))}
      </ul>
    </section>
  )
}

interface CreateDialogProps {
  readonly isOpen: boolean
  readonly onClose: () => void
}

function CreateDialog({ isOpen, onClose }: CreateDialogProps) {
  const { create } = useOpenProject()
  const [folder, setFolder] = useState('')
  const [name, setName] = useState('')
  const submit = () => {
    const trimmed = name.trim()
    create.mutate({ folder: folder.trim(), ...(trimmed === '' ? {} : { name: trimmed }) })
  }
  return (
    <FormDialog
      title="New project"
      size="lg"
      isOpen={isOpen}
      error={create.error}
      submitTitle="Create project"
      isBusy={create.isPending}
      isDisabled={folder.trim() === ''}
      onSubmit={submit}
      onClose={onClose}
    >
      <FolderField
        label="Project folder"
        description="An empty or new folder. It will hold the catalogue, thumbnails, runs and models, and can be moved."
        value={folder}
        onChange={setFolder}
      />
      <TextInput
        label="Name (optional)"
        description="The folder's name if left empty."
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
    </FormDialog>
  )
}
