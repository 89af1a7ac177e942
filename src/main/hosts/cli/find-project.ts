import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { AppError } from '#shared/contract/errors.ts'

/** What tells a project's folder: the lock stays where a catalogue has been lost. */
const marks = ['catalogue.sqlite', 'project.lock']

/** The nearest folder upwards that holds a project, or null. */
export function findProject(from: string): string | null {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (marks.some((mark) => existsSync(join(folder, mark)))) return folder
    if (dirname(folder) === folder) return null
  }
}

/** The folder of `--project`, else the nearest project upwards from the working folder. */
export function requireProject(flag: string | undefined, workingFolder: string): string {
  if (flag !== undefined) return resolve(workingFolder, flag)
  const found = findProject(workingFolder)
  if (found !== null) return found
  throw new AppError(
    'INVALID_INPUT',
    `No project at ${workingFolder} or above. Name one with --project FOLDER, or make one with "evenhand init FOLDER".`,
  )
}
