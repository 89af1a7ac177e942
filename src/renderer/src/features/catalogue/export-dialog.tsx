import { SegmentedControl, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { ImageExportRequest } from '#shared/contract/image.contract.ts'
import { joinPath } from '#renderer/components/folder-dialog.tsx'
import { FormDialog } from '#renderer/components/form-dialog.tsx'
import { formatBytes, pluralise } from '#renderer/components/format.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { useProject } from '#renderer/engine/use-project.ts'
import { ColumnList } from './column-choice.tsx'
import { shownColumns, toOrdering, type CatalogueSearch } from './catalogue-search.ts'

export interface ExportDialogProps {
  readonly search: CatalogueSearch
  readonly count: number
  /** The selected images; null for all that the query gives. */
  readonly images: ImageExportRequest['images'] | null
  readonly onClose: () => void
}

/** Writes the selection, or the whole query, as a table. */
export function ExportDialog({ search, count, images, onClose }: ExportDialogProps) {
  const api = useApi()
  const { project } = useProject()
  const [format, setFormat] = useState<'csv' | 'parquet'>('csv')
  const [file, setFile] = useState<string | null>(null)
  const [columns, setColumns] = useState(shownColumns(search))
  const write = useMutation(api.image.export.mutationOptions())
  const target = file ?? joinPath(joinPath(project?.folder ?? '', 'reports'), `images.${format}`)
  return (
    <FormDialog
      title={`Export ${pluralise(count, 'image')}`}
      size="lg"
      error={write.error}
      message={
        write.data !== undefined &&
        `Wrote ${pluralise(write.data.rows, 'row')}, ${formatBytes(write.data.bytes)}`
      }
      submitTitle="Export"
      closeTitle={write.data === undefined ? 'Cancel' : 'Close'}
      isBusy={write.isPending}
      onSubmit={() =>
        write.mutate({
          ...toOrdering(search),
          ...(images === null || images === undefined ? {} : { images }),
          columns: [...columns],
          format,
          file: target,
        })
      }
      onClose={onClose}
    >
      <SegmentedControl
        aria-label="Format"
        value={format}
        onChange={(value) => setFormat(value === 'parquet' ? 'parquet' : 'csv')}
        data={[
          { value: 'csv', label: 'CSV' },
          { value: 'parquet', label: 'Parquet' },
        ]}
      />
      <TextInput
        label="New file"
        description="A file that exists is never overwritten."
        required
        withAsterisk={false}
        spellCheck={false}
        data-autofocus
        value={target}
        onChange={(event) => setFile(event.currentTarget.value)}
      />
      <ColumnList columns={columns} onChange={setColumns} />
    </FormDialog>
  )
}
