import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { ImportRequest } from '#shared/contract/dataset.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { LabelScheme } from '#shared/domain/label-schemes.ts'
import { createFolderLabels } from './folder-labels.ts'
import type { LabelSource } from './label-source.ts'
import { openLfwLabels } from './lfw-labels.ts'
import { TableLabels } from './table-labels.ts'
import { createUtkfaceLabels } from './utkface-labels.ts'

const defaultSchemes = {
  utkface: 'utkface5',
  fairface: 'fairface7',
  lfw: 'fairface7',
  folder: 'fairface7',
  csv: 'fairface7',
} as const satisfies Record<ImportRequest['format'], LabelScheme>

export const schemeOf = ({ labelScheme, format }: ImportRequest): LabelScheme =>
  labelScheme ?? defaultSchemes[format]

const fairfaceColumns = { file: 'file', age: 'age', gender: 'gender', race: 'race' }
const fairfaceFiles = /^fairface_label_(?:train|val)\.csv$/

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  )

/** The named label files as absolute paths: taken from the source folder, then from the working folder. */
export async function locateLabelFiles(
  source: string,
  labels: NonNullable<ImportRequest['labels']>,
): Promise<string[]> {
  const names = typeof labels === 'string' ? [labels] : labels
  return Promise.all(
    names.map(async (name) => {
      for (const path of [resolve(source, name), resolve(name)]) if (await isFile(path)) return path
      throw new AppError(
        'NOT_FOUND',
        `There is no label file ${name}, neither in ${source} nor in the working folder. Check the path.`,
        { details: { labels: name } },
      )
    }),
  )
}

async function findFairfaceFiles(source: string): Promise<string[]> {
  const names = (await readdir(source)).filter((name) => fairfaceFiles.test(name)).toSorted()
  if (names.length > 0) return names.map((name) => join(source, name))
  throw new AppError(
    'NOT_FOUND',
    `There is no fairface_label_train.csv or fairface_label_val.csv in ${source}. Name the label file with --labels.`,
    { details: { source } },
  )
}

/** Opens the labels that belong to an import. `source` is absolute; failures name the file and what to do. */
export async function openLabelSource(request: ImportRequest, signal?: AbortSignal): Promise<LabelSource> {
  const { source, format, labels, columns, folderTask } = request
  const scheme = schemeOf(request)
  switch (format) {
    case 'utkface':
      return createUtkfaceLabels()
    case 'lfw':
      return openLfwLabels(source)
    case 'folder':
      if (folderTask === undefined) {
        throw new AppError(
          'INVALID_INPUT',
          'For the format "folder" say what the folder names are: race, gender, age or identity.',
          { details: { field: 'folderTask' } },
        )
      }
      return createFolderLabels(folderTask, scheme)
    case 'fairface': {
      const files =
        labels === undefined ? await findFairfaceFiles(source) : await locateLabelFiles(source, labels)
      return TableLabels.open({ source, files, columns: columns ?? fairfaceColumns, scheme, signal })
    }
    case 'csv': {
      if (labels === undefined) {
        throw new AppError('INVALID_INPUT', 'For the format "csv" name the label file with --labels.', {
          details: { field: 'labels' },
        })
      }
      return TableLabels.open({
        source,
        files: await locateLabelFiles(source, labels),
        columns,
        scheme,
        signal,
      })
    }
    default:
      return format satisfies never
  }
}
