import { Button, Group, Modal, NumberInput, Stack, VisuallyHidden } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { formatBytes, formatTime } from '#renderer/components/format.ts'
import { ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { useProject } from '#renderer/engine/use-project.ts'
import type { CatalogueCopy, TableRows } from '#shared/contract/project.contract.ts'
import { describeRowsBeyond } from '#shared/domain/catalogue-rows.ts'
import styles from './settings.module.css'

const reasonWords = {
  requested: 'You asked for it',
  age: 'None was newer than a day',
  import: 'Before an import',
  decisions: 'Before many decisions',
  'undo-import': 'Before an import was taken back',
  upgrade: 'Before an upgrade',
} as const

/** The copies of the open project's catalogue: made now, listed, put back. */
export function CatalogueCopies() {
  const { project } = useProject()
  if (project === null) return <p className={styles['text']}>Open a project to see the copies of it.</p>
  return <OpenCopies folder={project.folder} />
}

function OpenCopies({ folder }: { readonly folder: string }) {
  const api = useApi()
  const queryClient = useQueryClient()
  const found = useQuery(api.project.copies.queryOptions())
  const [chosen, setChosen] = useState<CatalogueCopy | null>(null)
  const backUp = useMutation(
    api.project.backUp.mutationOptions({
      onSuccess: () => void queryClient.invalidateQueries({ queryKey: api.project.copies.key() }),
    }),
  )
  const failure = found.error ?? backUp.error
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-end">
        <KeptCopies />
        <Button variant="default" loading={backUp.isPending} onClick={() => backUp.mutate({})}>
          Back up now
        </Button>
      </Group>
      {failure !== null && <ErrorState error={failure} compact />}
      {backUp.data !== undefined && (
        <output className={styles['text']}>Kept and read through: {backUp.data.file}</output>
      )}
      {found.data?.copies.length === 0 && <p className={styles['text']}>There is no copy yet.</p>}
      {found.data !== undefined && found.data.copies.length > 0 && (
        <CopyTable copies={found.data.copies} rows={found.data.rows} onRestore={setChosen} />
      )}
      {chosen !== null && found.data !== undefined && (
        <RestoreDialog folder={folder} copy={chosen} rows={found.data.rows} onClose={() => setChosen(null)} />
      )}
    </Stack>
  )
}

interface CopyTableProps {
  readonly copies: readonly CatalogueCopy[]
  readonly rows: TableRows
  readonly onRestore: (copy: CatalogueCopy) => void
}

function CopyTable({ copies, rows, onRestore }: CopyTableProps) {
  return (
    <table className="ev-table">
      <thead>
        <tr>
          <th scope="col">Made</th>
          <th scope="col">Because</th>
          <th scope="col" className="num">
            Size
          </th>
          <th scope="col">Added since</th>
          <th scope="col">
            <VisuallyHidden>Act</VisuallyHidden>
          </th>
        </tr>
      </thead>
      <tbody>
        {copies.map((copy) => (
          <tr key={copy.file} title={copy.file}>
            <td>{formatTime(copy.madeAt)}</td>
            <td>{reasonWords[copy.reason ?? 'upgrade']}</td>
            <td className="num">{formatBytes(copy.bytes)}</td>
            <td>{describeLoss(copy, rows)}</td>
            <td>
              <Button size="compact-sm" variant="default" onClick={() => onRestore(copy)}>
                Restore
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const describeLoss = ({ rows: copied }: CatalogueCopy, rows: TableRows): string =>
  copied === null ? 'Not recorded' : (describeRowsBeyond(rows, copied) ?? 'Nothing that is counted')

interface RestoreDialogProps {
  readonly folder: string
  readonly copy: CatalogueCopy
  readonly rows: TableRows
  readonly onClose: () => void
}

function RestoreDialog({ folder, copy, rows, onClose }: RestoreDialogProps) {
  const api = useApi()
  const queryClient = useQueryClient()
  const restore = useMutation(
    api.project.restore.mutationOptions({
      // Every figure on screen came from the catalogue that was replaced.
      onSuccess: () => void queryClient.invalidateQueries(),
    }),
  )
  return (
    <Modal opened onClose={onClose} title="Restore this copy?">
      <Stack gap="md">
        <p className={styles['text']}>
          The project becomes what it was on {formatTime(copy.madeAt)}. Lost with what was done since:{' '}
          {describeLoss(copy, rows)}. Jobs that run are stopped. The catalogue of now is kept in the folder
          backups of the project.
        </p>
        {restore.error !== null && <ErrorState error={restore.error} compact />}
        {restore.data !== undefined && (
          <output className={styles['text']}>
            Restored. The catalogue before is {restore.data.replaced}
            {restore.data.erasedReturned.length > 0 &&
              `. Pictures that had been erased are back with it, number ${restore.data.erasedReturned.join(', ')}: erase them again.`}
          </output>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {restore.data === undefined ? 'Cancel' : 'Close'}
          </Button>
          {restore.data === undefined && (
            <Button
              color="red"
              loading={restore.isPending}
              onClick={() => restore.mutate({ folder, file: copy.file })}
            >
              Restore
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  )
}

/** How many of the copies made by themselves stay. */
function KeptCopies() {
  const api = useApi()
  const queryClient = useQueryClient()
  const settings = useQuery(api.settings.get.queryOptions())
  const update = useMutation(
    api.settings.update.mutationOptions({
      onSuccess: (kept) => queryClient.setQueryData(api.settings.get.queryKey(), kept),
    }),
  )
  if (settings.data === undefined) return null
  return (
    <NumberInput
      label="Copies kept of those made by themselves"
      min={1}
      max={1000}
      allowDecimal={false}
      value={settings.data.copiesKept}
      onChange={(value) => {
        if (typeof value === 'number' && value >= 1 && value <= 1000) update.mutate({ copiesKept: value })
      }}
      error={update.error === null ? undefined : update.error.message}
    />
  )
}
