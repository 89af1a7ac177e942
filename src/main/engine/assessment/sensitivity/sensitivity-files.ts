import { join } from 'node:path'
import { sensitivityResult } from '#shared/contract/sensitivity.contract.ts'
import { RecordFile } from '#engine/base/kernel/record-file.ts'
import { changes } from './domain/changes.ts'

/** How measured sensitivities are kept in a project. */
export const sensitivityFiles = {
  prefix: 'sensitivity',
  schema: sensitivityResult,
  what: 'figures of sensitivity',
  again: 'Measure it again',
} as const

/**
 * Answers of images as far as they have come: the state, the class of every task and change, and the years of every change.
 * @param subject SHA-256 of what they are of
 */
export const openAnswers = (
  cacheFolder: string,
  { subject, tasks }: { readonly subject: string; readonly tasks: number },
): RecordFile =>
  new RecordFile(join(cacheFolder, `${sensitivityFiles.prefix}-${subject}.bin`), widthOf(tasks))

/** Numbers of one image. */
export const widthOf = (tasks: number): number => 1 + (tasks + 1) * changes.length
