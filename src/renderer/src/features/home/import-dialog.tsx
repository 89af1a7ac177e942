import { Fieldset, NativeSelect, Skeleton, Switch, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { FileField } from '#renderer/components/file-field.tsx'
import { FolderField } from '#renderer/components/folder-field.tsx'
import { FormDialog } from '#renderer/components/form-dialog.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { JobId } from '#shared/contract/base.contract.ts'
import { importFormat, type ImportPreview } from '#shared/contract/dataset.contract.ts'
import type { DroppedFolder } from './dropped-folder.ts'
import {
  choose,
  chooseSource,
  columnNames,
  columnsOf,
  emptyImportForm,
  findMissing,
  formatHelp,
  formatTitles,
  toImportRequest,
  toPreviewRequest,
  wantsLabelFile,
  type ImportForm,
} from './import-formats.ts'
import { ImportPreviewPanel } from './import-preview-panel.tsx'
import styles from './import-preview.module.css'

export interface ImportDialogProps {
  /** A folder that was dropped on the window. */
  readonly dropped?: DroppedFolder | undefined
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly onStarted: (jobId: JobId) => void
}

const typingMs = 300

/** What an import of this folder, with these choices, would read; null until that is known. */
function usePreview(form: ImportForm, isOpen: boolean) {
  const api = useApi()
  const [settled] = useDebouncedValue(form, typingMs)
  const query = useQuery(
    api.dataset.preview.queryOptions({
      input: toPreviewRequest(settled),
      enabled: isOpen && settled.source.trim() !== '',
      // The folder may have changed since, and pictures are no use to keep.
      staleTime: 0,
      gcTime: 0,
      ...(settled.format === null ? {} : { placeholderData: keepPreviousData }),
    }),
  )
  const isCurrent = settled === form && !query.isFetching
  return { ...query, isCurrent }
}

/** Shows what an import would read before it is started; what was guessed wrong is changed, and the preview follows. */
export function ImportDialog({ dropped, isOpen, onClose, onStarted }: ImportDialogProps) {
  const api = useApi()
  const emptyForm = { ...emptyImportForm, source: dropped?.path ?? '' }
  const [form, setForm] = useState(emptyForm)
  const change = (part: Partial<ImportForm>) => setForm((before) => ({ ...before, ...part }))
  const { data: preview, error, isCurrent, isFetching } = usePreview(form, isOpen)
  const start = useMutation(
    api.dataset.import.mutationOptions({
      onSuccess: ({ jobId }) => {
        onStarted(jobId)
        setForm(emptyImportForm)
        onClose()
      },
    }),
  )
  const missing = findMissing(form, preview)
  const request = preview === undefined ? null : toImportRequest(form, preview)
  const isReady = isCurrent && missing === null && request !== null
  const isLost = dropped?.path === null && form.source === ''
  return (
    <FormDialog
      title="Import images"
      size="xl"
      isOpen={isOpen}
      message={error === null || form.source === '' ? missing : null}
      error={start.error ?? (form.source === '' ? null : error)}
      submitTitle="Import"
      isBusy={start.isPending}
      isDisabled={!isReady}
      onSubmit={() => {
        if (isReady) start.mutate(request)
      }}
      onClose={onClose}
    >
      <FolderField
        label="Folder with the images"
        description={
          isLost
            ? `A browser does not tell where the folder "${dropped.name}" lies. Type its path, or browse to the folder it lies in.`
            : 'Read in place; nothing in it is changed.'
        }
        name={dropped?.path === null ? dropped.name : undefined}
        value={form.source}
        onChange={(source) => setForm(chooseSource(form, source))}
      />
      <FormatFields form={form} preview={preview} onChange={(part) => setForm(choose(form, preview, part))} />
      {preview === undefined && isFetching && <Skeleton h={160} />}
      {preview !== undefined && (
        <div className={styles['stale']} data-stale={!isCurrent || undefined}>
          <ImportPreviewPanel preview={preview} />
        </div>
      )}
      <TextInput
        label="Name (optional)"
        description="The folder's name if left empty. The same name again adds what is new."
        value={form.name}
        onChange={(event) => change({ name: event.currentTarget.value })}
      />
      <Switch
        label="Copy the files into the project"
        description="Otherwise the project refers to them where they are."
        checked={form.copy}
        onChange={(event) => change({ copy: event.currentTarget.checked })}
      />
    </FormDialog>
  )
}

interface FormatFieldsProps {
  readonly form: ImportForm
  readonly preview: ImportPreview | undefined
  readonly onChange: (part: Partial<ImportForm>) => void
}

const folderTasks = [
  { value: 'identity', label: 'Identity: one folder per person' },
  { value: 'race', label: 'Race' },
  { value: 'gender', label: 'Gender' },
  { value: 'age', label: 'Age' },
] as const

function FormatFields({ form, preview, onChange }: FormatFieldsProps) {
  const format = form.format ?? preview?.format ?? null
  const folderTask = form.folderTask ?? preview?.folderTask ?? 'identity'
  const toldBy = preview?.toldBy ?? null
  return (
    <>
      <NativeSelect
        label="Format"
        description={
          format === null
            ? 'Told from the folder, or chosen here.'
            : `${formatHelp[format]}${toldBy === null ? '' : ` Told by ${toldBy}.`}`
        }
        value={format ?? ''}
        onChange={(event) =>
          onChange({
            format: importFormat.parse(event.currentTarget.value),
            labels: '',
            folderTask: null,
            columns: null,
          })
        }
        data={[
          ...(format === null ? [{ value: '', label: 'Not known yet', disabled: true }] : []),
          ...importFormat.options.map((value) => ({ value, label: formatTitles[value] })),
        ]}
      />
      {wantsLabelFile(format) && (
        <FileField
          label="Label file"
          description={describeTables(preview)}
          extensions={['csv', 'tsv', 'txt']}
          value={form.labels}
          // Another table has other columns.
          onChange={(labels) => onChange({ labels, columns: null })}
        />
      )}
      {format === 'folder' && (
        <NativeSelect
          label="The folder names are"
          value={folderTask}
          onChange={(event) => {
            const task = folderTasks.find(({ value }) => value === event.currentTarget.value)
            if (task !== undefined) onChange({ folderTask: task.value })
          }}
          data={[...folderTasks]}
        />
      )}
      {format === 'csv' && preview !== undefined && preview.tables.length > 0 && (
        <ColumnChoice form={form} preview={preview} onChange={onChange} />
      )}
    </>
  )
}

const describeTables = (preview: ImportPreview | undefined): string => {
  const files = preview?.tables.map(({ file }) => file) ?? []
  return files.length === 0
    ? 'A path, or a name inside the folder.'
    : `Read: ${files.join(' and ')}. Another one: a path, or a name inside the folder.`
}

const columnTitles = {
  file: 'File',
  race: 'Race',
  gender: 'Gender',
  age: 'Age',
  identity: 'Identity',
} as const

interface ColumnChoiceProps extends Pick<FormatFieldsProps, 'form' | 'onChange'> {
  readonly preview: ImportPreview
}

function ColumnChoice({ form, preview, onChange }: ColumnChoiceProps) {
  const headers = [...new Set(preview.tables.flatMap(({ columns }) => columns))].filter((name) => name !== '')
  const read = columnsOf(form, preview)
  return (
    <Fieldset legend="Columns" p={12}>
      <div className={styles['columns']}>
        {columnNames.map((column) => (
          <NativeSelect
            key={column}
            label={columnTitles[column]}
            value={read[column] ?? ''}
            onChange={(event) => {
              const { [column]: _before, ...others } = read
              const header = event.currentTarget.value
              onChange({ columns: header === '' ? others : { ...others, [column]: header } })
            }}
            data={[
              { value: '', label: column === 'file' ? 'Choose' : 'Not read' },
              ...headers.map((name) => ({ value: name, label: name })),
            ]}
          />
        ))}
      </div>
    </Fieldset>
  )
}
