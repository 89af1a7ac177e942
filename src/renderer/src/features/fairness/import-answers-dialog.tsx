import { Fieldset, NativeSelect, Skeleton, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { FileField } from '#renderer/components/file-field.tsx'
import { FormDialog } from '#renderer/components/form-dialog.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { baselineColumn, importKind, type BaselineReport } from '#shared/contract/baseline.contract.ts'
import { AnswersPreview } from './answers-preview.tsx'
import { emptyBaselineForm, toBaselineRequest, type BaselineForm } from './baseline-form.ts'
import { columnTitles, isTableKind, kindTitles } from './baseline-kinds.ts'
import styles from './fairness.module.css'

const typingMs = 300

/** Shows what stored answers hold, match and mean before any of them is taken in or scored. */
export function ImportAnswersDialog({
  onClose,
  onTaken,
}: {
  readonly onClose: () => void
  readonly onTaken: (report: BaselineReport) => void
}) {
  const api = useApi()
  const [form, setForm] = useState(emptyBaselineForm)
  const change = (part: Partial<BaselineForm>) => setForm((before) => ({ ...before, ...part }))
  const [settled] = useDebouncedValue(form, typingMs)
  const hasPath = settled.path.trim() !== ''
  const preview = useQuery(
    api.baseline.import.queryOptions({
      input: toBaselineRequest(settled, true),
      enabled: hasPath,
      placeholderData: keepPreviousData,
      // The file may have changed since.
      staleTime: 0,
      gcTime: 0,
    }),
  )
  const take = useMutation(
    api.baseline.import.mutationOptions({
      onSuccess: (report) => {
        onTaken(report)
        onClose()
      },
    }),
  )
  const isReady = settled === form && !preview.isFetching && preview.data !== undefined
  return (
    <FormDialog
      title="Take in stored answers of another system"
      size="xl"
      message={hasPath ? null : 'Name the file or folder.'}
      error={take.error ?? (hasPath ? preview.error : null)}
      submitTitle="Take in"
      isBusy={take.isPending}
      isDisabled={!isReady}
      onSubmit={() => {
        if (isReady) take.mutate(toBaselineRequest(form, false))
      }}
      onClose={onClose}
    >
      <FileField
        label="File or folder with the answers"
        description="A table, a JSON document by image, or a folder with a JSON file for each image. It is read, not changed."
        extensions={['csv', 'tsv', 'txt', 'json']}
        value={form.path}
        isRequired
        onChange={(path) => change({ path })}
      />
      <NativeSelect
        label="Answers of"
        value={form.kind}
        onChange={(event) => change({ kind: importKind.parse(event.currentTarget.value) })}
        data={importKind.options.map((value) => ({ value, label: kindTitles[value] }))}
      />
      {isTableKind(form.kind) && (
        <Fieldset legend="Columns, where they have other names than usual">
          <div className={styles['fields']}>
            {baselineColumn.options.map((column) => (
              <TextInput
                key={column}
                size="xs"
                label={columnTitles[column]}
                value={form.columns[column] ?? ''}
                spellCheck={false}
                onChange={(event) => {
                  const name = event.currentTarget.value
                  change({ columns: { ...form.columns, [column]: name } })
                }}
              />
            ))}
          </div>
        </Fieldset>
      )}
      <div className={styles['fields']}>
        <TextInput
          label="Images are called (optional)"
          description="With {} for the name in the answers, as in {}.chip.jpg"
          value={form.imageName}
          spellCheck={false}
          onChange={(event) => change({ imageName: event.currentTarget.value })}
        />
        <TextInput
          label="Name (optional)"
          description="What the answers are called here."
          value={form.name}
          onChange={(event) => change({ name: event.currentTarget.value })}
        />
      </div>
      {hasPath && preview.isFetching && preview.data === undefined && <Skeleton h={160} />}
      {preview.data !== undefined && (
        <AnswersPreview report={preview.data} rules={form.rules} onRules={(rules) => change({ rules })} />
      )}
    </FormDialog>
  )
}
