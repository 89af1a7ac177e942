import { Alert, Checkbox, Skeleton, Textarea } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import {
  type BackupChoice,
  type ErasureEffectKind,
  type ErasurePreview,
} from '#shared/contract/erasure.contract.ts'
import type { ImageId } from '#shared/contract/base.contract.ts'
import { ErrorState } from '#renderer/components/states.tsx'
import { FormDialog } from '#renderer/components/form-dialog.tsx'
import { RadioChoice } from '#renderer/components/radio-choice.tsx'
import { pluralise } from '#renderer/components/format.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import styles from './erase-dialog.module.css'

export interface EraseDialogProps {
  readonly images: readonly ImageId[]
  readonly onStarted: () => void
  readonly onClose: () => void
}

const backupWords: Readonly<Record<BackupChoice, string>> = {
  remake: 'Put one new copy in their place',
  delete: 'Delete them',
  keep: 'Keep them: the pictures stay in them',
}

/** Says what would go, asks why, and starts an erasure: the one thing here that cannot be taken back. */
export function EraseDialog({ images, onStarted, onClose }: EraseDialogProps) {
  const api = useApi()
  const [reason, setReason] = useState('')
  const [backups, setBackups] = useState<BackupChoice | null>(null)
  const [areTablesDeleted, setAreTablesDeleted] = useState(false)
  const preview = useQuery(
    api.erasure.preview.queryOptions({ input: { images: [...images] }, staleTime: 0, gcTime: 0 }),
  )
  const start = useMutation(api.erasure.start.mutationOptions({ onSuccess: onStarted }))
  const holding = preview.data?.backups ?? []
  const naming = preview.data?.tables ?? []
  const isUnanswered = reason.trim() === '' || (holding.length > 0 && backups === null)
  const count = preview.data?.images.length ?? images.length
  return (
    <FormDialog
      title={`Erase ${pluralise(count, 'picture')} for good`}
      submitTitle="Erase for good"
      message={isUnanswered && preview.data !== undefined && 'Say why, and what becomes of copies.'}
      error={start.error}
      isBusy={start.isPending}
      isDisabled={preview.data === undefined || isUnanswered}
      onSubmit={() =>
        start.mutate({
          images: [...images],
          reason: reason.trim(),
          backups: backups ?? 'keep',
          tables: areTablesDeleted ? 'delete' : 'keep',
        })
      }
      onClose={onClose}
    >
      <Alert color="red" icon={<IconAlertTriangle size={16} aria-hidden />}>
        This cannot be undone: nothing brings back what is erased. To keep pictures out of splits only, remove
        them instead.
      </Alert>
      {preview.isPending && <Skeleton h={80} />}
      {preview.error !== null && <ErrorState error={preview.error} compact />}
      {preview.data !== undefined && <Consequences preview={preview.data} />}
      <Textarea
        label="Reason"
        description="It stays on record in place of the pictures: name nobody in it."
        required
        withAsterisk={false}
        autosize
        minRows={2}
        maxLength={1000}
        data-autofocus
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      {naming.length > 0 && (
        <div>
          <Checkbox
            size="xs"
            label={`Delete ${pluralise(naming.length, 'table')} in the project that name them, or might`}
            checked={areTablesDeleted}
            onChange={(event) => setAreTablesDeleted(event.currentTarget.checked)}
          />
          <Paths paths={naming} />
        </div>
      )}
      {holding.length > 0 && (
        <RadioChoice
          label={`${pluralise(holding.length, 'copy', 'copies')} of the catalogue hold these pictures`}
          value={backups}
          onChange={setBackups}
          options={(['remake', 'delete', 'keep'] as const).map((value) => ({
            value,
            label: backupWords[value],
          }))}
        >
          <Paths paths={holding} />
        </RadioChoice>
      )}
    </FormDialog>
  )
}

const kindWords: Readonly<Record<ErasureEffectKind, string>> = {
  split: 'Split',
  snapshot: 'Snapshot',
  run: 'Run',
  model: 'Model',
  validation: 'Validation figures of run',
  crossval: 'Cross-validation',
  evaluation: 'Evaluation of',
}

function Consequences({ preview }: { readonly preview: ErasurePreview }) {
  const { images, rows, files, originals, labelFiles, effects } = preview
  const copies = images.filter(({ because }) => because === 'same-picture').length
  const records = Object.values(rows).reduce((sum, n) => sum + n, 0)
  return (
    <div className={styles['consequences']}>
      <p>
        {pluralise(records, 'record')} and {pluralise(files.length, 'file')} of the project go
        {copies > 0 && `, with ${pluralise(copies, 'copy', 'copies')} of the same picture`}.
      </p>
      <ul aria-label="What changes">
        {effects.map(({ kind, id, name, images: n, outcome }) => (
          <li key={`${kind} ${id}`}>
            {kindWords[kind]} “{name}”:{' '}
            {outcome === 'marked'
              ? `${kind === 'validation' ? 'counted' : 'learned from'} ${pluralise(n, 'picture')}; stays, marked`
              : `${pluralise(n, 'picture')} fewer, counted anew`}
          </li>
        ))}
      </ul>
      {originals.length + labelFiles.length > 0 && (
        <>
          <p>Outside the project, where nothing is touched:</p>
          <Paths paths={[...originals, ...labelFiles]} />
        </>
      )}
    </div>
  )
}

const listedPaths = 20

function Paths({ paths }: { readonly paths: readonly string[] }) {
  return (
    <ul className={styles['paths']}>
      {paths.slice(0, listedPaths).map((path) => (
        <li key={path}>
          <code>{path}</code>
        </li>
      ))}
      {paths.length > listedPaths && <li>and {pluralise(paths.length - listedPaths, 'more file')}</li>}
    </ul>
  )
}
