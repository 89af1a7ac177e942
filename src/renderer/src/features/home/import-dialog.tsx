import { Fieldset, NativeSelect, Switch, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { FileField } from '#renderer/components/file-field.tsx'
import { FolderField } from '#renderer/components/folder-field.tsx'
import { FormDialog } from '#renderer/components/form-dialog.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { JobId } from '#shared/contract/base.contract.ts'
import { importFormat } from '#shared/contract/dataset.contract.ts'
import styles from './home.module.css'
import {
  emptyImportForm,
  findMissing,
  formatHelp,
  formatTitles,
  toImportRequest,
  wantsLabelFile,
  type ImportForm,
} from './import-formats.ts'

export interface ImportDialogProps {
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly onStarted: (jobId: JobId) => void
}

export function ImportDialog({ isOpen, onClose, onStarted }: ImportDialogProps) {
  const api = useApi()
  const [form, setForm] = useState(emptyImportForm)
  const change = (part: Partial<ImportForm>) => setForm((before) => ({ ...before, ...part }))
  const start = useMutation(
    api.dataset.import.mutationOptions({
      onSuccess: ({ jobId }) => {
        onStarted(jobId)
        setForm(emptyImportForm)
        onClose()
      },
    }),
  )
  const missing = findMissing(form)
  return (
    <FormDialog
      title="Import images"
      size="lg"
      isOpen={isOpen}
      message={missing}
      error={start.error}
      submitTitle="Import"
      isBusy={start.isPending}
      isDisabled={missing !== null}
      onSubmit={() => {
        if (missing === null) start.mutate(toImportRequest(form))
      }}
      onClose={onClose}
    >
      <FolderField
        label="Folder with the images"
        description="Read in place; nothing in it is changed."
        value={form.source}
        onChange={(source) => change({ source })}
      />
      <NativeSelect
        label="Format"
        description={formatHelp[form.format]}
        value={form.format}
        onChange={(event) => change({ format: importFormat.parse(event.currentTarget.value) })}
        data={importFormat.options.map((value) => ({ value, label: formatTitles[value] }))}
      />
      <FormatFields form={form} onChange={change} />
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
  readonly onChange: (part: Partial<ImportForm>) => void
}

const folderTasks = [
  { value: 'identity', label: 'Identity: one folder per person' },
  { value: 'race', label: 'Race' },
  { value: 'gender', label: 'Gender' },
  { value: 'age', label: 'Age' },
] as const

const columnTitles = {
  file: 'File',
  race: 'Race',
  gender: 'Gender',
  age: 'Age',
  identity: 'Identity',
} as const
const columnNames = ['file', 'race', 'gender', 'age', 'identity'] as const

function FormatFields({ form, onChange }: FormatFieldsProps) {
  return (
    <>
      {wantsLabelFile(form.format) && (
        <FileField
          label={form.format === 'csv' ? 'Label file' : 'Label file (optional)'}
          description="A path, or a name inside the folder."
          extensions={['csv', 'txt']}
          value={form.labels}
          onChange={(labels) => onChange({ labels })}
        />
      )}
      {form.format === 'folder' && (
        <NativeSelect
          label="The folder names are"
          value={form.folderTask}
          onChange={(event) => {
            const task = folderTasks.find(({ value }) => value === event.currentTarget.value)
            if (task !== undefined) onChange({ folderTask: task.value })
          }}
          data={[...folderTasks]}
        />
      )}
      {form.format === 'csv' && (
        <Fieldset legend="Columns" p={12}>
          <div className={styles['columnsGrid']}>
            {columnNames.map((column) => (
              <TextInput
                key={column}
                label={columnTitles[column]}
                value={form.columns[column]}
                onChange={(event) =>
                  onChange({ columns: { ...form.columns, [column]: event.currentTarget.value } })
                }
              />
            ))}
          </div>
        </Fieldset>
      )}
    </>
  )
}
