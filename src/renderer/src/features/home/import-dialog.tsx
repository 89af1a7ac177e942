import { Button, Fieldset, Modal, NativeSelect, Switch, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { FolderField } from '#renderer/components/folder-field.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { useApi, useHost } from '#renderer/engine/engine-context.tsx'
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
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    if (missing === null) start.mutate(toImportRequest(form))
  }
  return (
    <Modal opened={isOpen} onClose={onClose} title="Import images" size="lg">
      <form className={styles['form']} onSubmit={submit}>
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
        {start.error !== null && <ErrorState error={start.error} compact />}
        <div className={styles['formFoot']}>
          <span className={styles['missing']}>{missing}</span>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" disabled={missing !== null} loading={start.isPending}>
            Import
          </Button>
        </div>
      </form>
    </Modal>
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
      {wantsLabelFile(form.format) && <LabelFileField form={form} onChange={onChange} />}
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

function LabelFileField({ form, onChange }: FormatFieldsProps) {
  const { pickFile } = useHost()
  const pick = async () => {
    if (pickFile === null) return
    const file = await pickFile({ title: 'Label file', extensions: ['csv', 'txt'] })
    if (file !== null) onChange({ labels: file })
  }
  return (
    <div className={styles['withButton']}>
      <TextInput
        label={form.format === 'csv' ? 'Label file' : 'Label file (optional)'}
        description="A path, or a name inside the folder."
        value={form.labels}
        spellCheck={false}
        onChange={(event) => onChange({ labels: event.currentTarget.value })}
      />
      {pickFile !== null && (
        <Button variant="default" onClick={() => void pick()} aria-label="Browse: label file">
          Browse
        </Button>
      )}
    </div>
  )
}
