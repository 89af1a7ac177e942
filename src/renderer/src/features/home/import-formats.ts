import type { ImportFormat, ImportRequest } from '#shared/contract/dataset.contract.ts'

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

export function wantsLabelFile(format: ImportFormat): boolean {
  return format === 'fairface' || format === 'csv' || format === 'lfw'
}

export interface ImportForm {
  readonly source: string
  readonly format: ImportFormat
  readonly name: string
  readonly labels: string
  readonly folderTask: 'race' | 'gender' | 'age' | 'identity'
  readonly columns: {
    readonly file: string
    readonly race: string
    readonly gender: string
    readonly age: string
    readonly identity: string
  }
  readonly copy: boolean
}

export const emptyImportForm: ImportForm = {
  source: '',
  format: 'utkface',
  name: '',
  labels: '',
  folderTask: 'identity',
  columns: { file: 'file', race: 'race', gender: 'gender', age: 'age', identity: '' },
  copy: false,
}

/** What is missing before the form can be sent, or null. */
export function findMissing(form: ImportForm): string | null {
  if (form.source.trim() === '') return 'Choose the folder with the images.'
  if (form.format === 'csv' && form.labels.trim() === '') return 'Name the CSV file with the labels.'
  if (form.format === 'csv' && form.columns.file.trim() === '') return 'Say which column holds the file.'
  return null
}

/** The request without the fields that were left empty or do not belong to the format. */
export function toImportRequest(form: ImportForm): ImportRequest {
  const name = form.name.trim()
  const labels = form.labels.trim()
  const { file, race, gender, age, identity } = form.columns
  return {
    source: form.source.trim(),
    format: form.format,
    copy: form.copy,
    ...(name === '' ? {} : { name }),
    ...(wantsLabelFile(form.format) && labels !== '' ? { labels } : {}),
    ...(form.format === 'folder' ? { folderTask: form.folderTask } : {}),
    ...(form.format === 'csv'
      ? {
          columns: {
            file: file.trim(),
            ...(race.trim() === '' ? {} : { race: race.trim() }),
            ...(gender.trim() === '' ? {} : { gender: gender.trim() }),
            ...(age.trim() === '' ? {} : { age: age.trim() }),
            ...(identity.trim() === '' ? {} : { identity: identity.trim() }),
          },
        }
      : {}),
  }
}
