import { statSync } from 'node:fs'
import { AppError } from '#shared/contract/errors.ts'
import { readSystemErrorCode } from '#engine/base/kernel/system-error.ts'
import type { ProjectFolder } from './project-folder.ts'

/** What tells a file or folder from another one that takes its name; the reason where it cannot be looked at. */
function identify(path: string): string {
  try {
    const { dev, ino } = statSync(path, { bigint: true })
    return `${dev}:${ino}`
  } catch (error) {
    const code = readSystemErrorCode(error)
    if (code === null) throw error
    return code
  }
}

/**
 * The folder and the catalogue that were opened. Open files follow a folder that is moved, names do not: what is written
 * after that by its name would begin a second project where the first one was.
 */
export class ProjectPlace {
  readonly #folder: ProjectFolder
  readonly #opened: string

  /** @param folder a project whose catalogue is open */
  constructor(folder: ProjectFolder) {
    this.#folder = folder
    this.#opened = this.#identify()
  }

  isSame(): boolean {
    return this.#identify() === this.#opened
  }

  /** Throws PRECONDITION once another folder or catalogue, or none, has the name of the one that was opened. */
  readonly check = (): void => {
    if (this.isSame()) return
    const { path } = this.#folder
    throw new AppError(
      'PRECONDITION',
      `${path} is no longer the project that was opened: it was moved, deleted or replaced, or its disk was taken out. ` +
        'Nothing more is written there. Put it back, or open it where it is now.',
      { details: { path, reason: 'PROJECT_MOVED' } },
    )
  }

  #identify(): string {
    return `${identify(this.#folder.path)} ${identify(this.#folder.catalogue)}`
  }
}
