import type { FileAudience } from '#engine/base/kernel/file-modes.ts'
import { isAjar, keepFilesTo, setAudience, setAudienceWithin } from '#engine/base/kernel/file-modes.ts'
import type { Logger } from '#engine/base/kernel/logger.ts'
import { listOwnEntries, type ProjectFolder } from './project-folder.ts'

interface FileAccessDeps {
  readonly folder: ProjectFolder
  /** Nothing of a new project could be read by anybody before. */
  readonly isNew: boolean
  readonly logger: Logger
}

/** Keeps the files of one open project to those who may read them. */
export class FileAccess {
  readonly #deps: FileAccessDeps
  #running: { readonly stop: AbortController; readonly done: Promise<void> } | null = null
  #notice: string | null = null

  constructor(deps: FileAccessDeps) {
    this.#deps = deps
  }

  /** What a person should hear of the files, or null. */
  get notice(): string | null {
    return this.#notice
  }

  /**
   * Sets what is written from now on, and at once the folder itself, which shuts out everybody else; what lies in it
   * follows in the background, and is taken up again at the next opening if that is cut short.
   */
  keepTo(audience: FileAudience): void {
    const { folder, isNew } = this.#deps
    keepFilesTo(audience)
    const wasAjar = isAjar(folder.path, audience)
    const setting = setAudience(folder.path, audience)
    if (setting === 'refused') this.#notice = describeRefusal(audience)
    else if (wasAjar && !isNew) this.#notice = describeChange(audience)
    const ajar = listOwnEntries(folder).filter((path) => isAjar(path, audience))
    if (ajar.length === 0 || setting === 'refused') return
    this.#running?.stop.abort()
    const before = this.#running?.done ?? Promise.resolve()
    const stop = new AbortController()
    const done = before.then(() => this.#set(ajar, audience, stop.signal))
    this.#running = { stop, done }
  }

  /** Lets go of what can be done the next time. */
  async dispose(): Promise<void> {
    this.#running?.stop.abort()
    await this.#running?.done
  }

  /** Resolves when everything has been set. */
  async settled(): Promise<void> {
    await this.#running?.done
  }

  async #set(paths: readonly string[], audience: FileAudience, signal: AbortSignal): Promise<void> {
    const { folder, logger } = this.#deps
    const counts = { set: 0, refused: 0 }
    try {
      for (const path of paths) {
        const { set, refused } = await setAudienceWithin(path, audience, signal)
        counts.set += set
        counts.refused += refused
      }
      logger.info('Files were given their modes', { folder: folder.path, audience, ...counts })
      if (counts.refused > 0) this.#notice = describeRefusal(audience)
    } catch (error) {
      // The folder itself is closed already; the rest is tried again at the next opening.
      logger.warn('Not all files could be given their modes', { folder: folder.path, cause: String(error) })
    }
  }
}

const describeChange = (audience: FileAudience): string =>
  audience === 'owner'
    ? 'Other users of this machine could read this project until now. From now on only you can; "evenhand audience group" opens it to a group.'
    : 'This project is now open to the group that its folder belongs to, and to nobody else.'

const describeRefusal = (audience: FileAudience): string =>
  audience === 'owner'
    ? 'Others may be able to read this project: its permissions could not be set, because some of its files belong to another user or the disk keeps none. Move it to a folder of your own on a disk that keeps them.'
    : 'Some files of this project could not be opened to its group, because they belong to another user or the disk keeps no permissions. Open the project once as that user, or move it to a disk that keeps them.'
