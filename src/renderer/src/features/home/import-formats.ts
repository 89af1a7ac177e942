import type {
  ImportFormat,
  ImportPreview,
  ImportPreviewRequest,
  ImportRequest,
} from '#shared/contract/dataset.contract.ts'

export const formatTitles: Readonly<Record<ImportFormat, string>> = {
  utkface: 'UTKFace',
  fairface: 'FairFace',
  lfw: 'LFW',
  folder: 'Class folders',
  csv: 'CSV',
}

/** What each format expects to find, in one sentence. */
export const formatHelp: Readonly<Record<ImportFormat, string>> = {
  utkface: 'Labels stand in the file names: age_gender_race_date.jpg.',
  fairface: 'A label file with the columns file, age, gender and race names the images.',
  lfw: 'One folder per person; the folder name is the identity. Gender lists are used where given.',
  folder: 'One folder per class; the folder name is the label.',
  csv: 'A table with one row per image; say which column holds what.',
}

export const columnNames = ['file', 'race', 'gender', 'age', 'identity'] as const
export type ColumnName = (typeof columnNames)[number]

export type ChosenColumns = Readonly<ImportPreview['tables'][number]['read']>

/** What somebody chose; what is null is left to what the folder tells. */
export interface ImportForm {
  readonly source: string
  readonly format: ImportFormat | null
  readonly name: string
  readonly labels: string
  readonly folderTask: ImportPreview['folderTask']
  readonly columns: ChosenColumns | null
  readonly copy: boolean
}

export const noChoices = { format: null, labels: '', folderTask: null, columns: null } as const

export const emptyImportForm: ImportForm = { source: '', name: '', copy: false, ...noChoices }

/** Another folder tells its own format and columns. */
export const chooseSource = (form: ImportForm, source: string): ImportForm => ({
  ...form,
  ...noChoices,
  source,
})

/** A choice is one about the format that the preview shows. */
export const choose = (
  form: ImportForm,
  preview: ImportPreview | undefined,
  choice: Partial<ImportForm>,
): ImportForm => ({ ...form, format: form.format ?? preview?.format ?? null, ...choice })

export const wantsLabelFile = (format: ImportFormat | null): boolean =>
  format === 'fairface' || format === 'csv'

function pickChoices({ format, labels, folderTask, columns }: ImportForm) {
  const file = columns?.file ?? ''
  return {
    ...(wantsLabelFile(format) && labels.trim() !== '' ? { labels: labels.trim() } : {}),
    ...(format === 'folder' && folderTask !== null ? { folderTask } : {}),
    ...(format === 'csv' && file !== '' ? { columns: { ...columns, file } } : {}),
  }
}

export const toPreviewRequest = (form: ImportForm): ImportPreviewRequest => ({
  source: form.source.trim(),
  ...(form.format === null ? {} : { format: form.format }),
  ...pickChoices(form),
})

/** The columns as they stand in the form. */
export const columnsOf = (form: ImportForm, preview: ImportPreview | undefined): ChosenColumns =>
  form.columns ?? preview?.tables[0]?.read ?? {}

/** What keeps the form from being sent, or null. */
export function findMissing(form: ImportForm, preview: ImportPreview | undefined): string | null {
  if (form.source.trim() === '') return 'Choose the folder with the images.'
  if (preview === undefined) return 'Looking at the folder'
  const { format, tables, refusal } = preview
  if (format === null) return 'Choose the format: nothing in the folder tells where its labels stand.'
  if (format === 'csv' && tables.length === 0) return 'Name the table with the labels.'
  if (format === 'csv' && columnsOf(form, preview).file === undefined)
    return 'Choose the column that names the files.'
  return refusal
}

/** What was previewed, as a request to import it. */
export function toImportRequest(form: ImportForm, preview: ImportPreview): ImportRequest | null {
  const { format, folderTask, tables } = preview
  if (format === null) return null
  const name = form.name.trim()
  const found = format === 'csv' ? { labels: tables.map(({ file }) => file) } : {}
  return {
    source: form.source.trim(),
    ...(format === 'folder' && folderTask !== null ? { folderTask } : {}),
    ...found,
    ...pickChoices(form),
    format,
    copy: form.copy,
    ...(name === '' ? {} : { name }),
  }
}
