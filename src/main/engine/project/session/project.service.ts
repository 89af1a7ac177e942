import type { ProjectSummary, RecentProject, RestoredCatalogue } from '#shared/contract/project.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { formatTimestamp } from '#engine/base/kernel/clock.ts'
import { keepFilesTo } from '#engine/base/kernel/file-modes.ts'
import {
  createProjectFolder,
  findProjectFolder,
  findRestorableFolder,
  isSameFolder,
  removeUnfinishedProject,
  type ProjectFolder,
} from '#engine/project/folder/project-folder.ts'
import { readVersion } from '#engine/base/runtime/version.ts'
import { restoreCopy } from '#engine/project/copies/restore-copy.ts'
import { openProjectSession, type ProjectSession, type SessionLent } from './project-session.ts'
import type { RecentProjects } from './recent-projects.ts'

/** Holds the one open project. Opening, creating and closing happen one after another. */
export class ProjectService {
  readonly #recent: RecentProjects
  readonly #session: SessionLent
  #current: ProjectSession | null = null
  /** Why the project that was open no longer is, until another one is opened or this one closed. */
  #damage: AppError | null = null
  #last: Promise<unknown> = Promise.resolve()

  constructor(deps: { recent: RecentProjects; session: SessionLent }) {
    this.#recent = deps.recent
    this.#session = deps.session
  }

  /** The open project; throws PRECONDITION when there is none. */
  session(): ProjectSession {
    if (this.#damage !== null) throw this.#damage
    if (this.#current === null) {
      throw new AppError(
        'PRECONDITION',
        'No project is open. Open one on Home, or make one with `evenhand init <folder>`.',
      )
    }
    this.#current.place.check()
    return this.#current
  }

  /** The open project, or null. */
  find(): ProjectSession | null {
    return this.#damage === null ? this.#current : null
  }

  current(): ProjectSummary | null {
    if (this.#damage !== null) throw this.#damage
    this.#current?.place.check()
    return this.#current?.summarise() ?? null
  }

  /** Makes a project in a new or an empty folder and opens it. */
  create(options: {
    folder: string
    name?: string | undefined
    isSynthetic?: boolean
  }): Promise<ProjectSummary> {
    return this.#inTurn(async () => {
      const { project, isNew } = await createProjectFolder(options.folder)
      try {
        return await this.#replace(project, options)
      } catch (error) {
        // One that was there before may be another process' that is making it now.
        if (isNew && this.#current?.folder.path !== project.path) await this.#takeBack(project)
        throw error
      }
    })
  }

  open(folder: string): Promise<ProjectSummary> {
    return this.#inTurn(async () => {
      // What was moved away holds its own lock, and is opened at its new place like any other.
      if (this.#current?.place.isSame() === false) await this.#disposeCurrent()
      const project = await findProjectFolder(folder)
      const current = this.#current
      const isOpen = current !== null && (await isSameFolder(current.folder, project))
      return isOpen ? current.summarise() : this.#replace(project)
    })
  }

  close(): Promise<boolean> {
    return this.#inTurn(async () => {
      const wasOpen = this.#current !== null
      this.#damage = null
      await this.#disposeCurrent()
      return wasOpen
    })
  }

  /** Puts a copy in the place of a project's catalogue, and opens the project again where it was open. */
  restore(folder: string, file: string): Promise<RestoredCatalogue> {
    return this.#inTurn(async () => {
      const project = await findRestorableFolder(folder)
      const current = this.#current
      const isOpen = current !== null && (await isSameFolder(current.folder, project))
      const { workers, now } = this.#session
      try {
        const restored = await restoreCopy({
          folder: project,
          file,
          workers,
          now,
          close: () => (isOpen ? this.#disposeCurrent() : Promise.resolve()),
        })
        await this.#recordRestored(project, { isOpen, restored })
        return restored
      } finally {
        if (isOpen && this.#current === null) await this.#replace(project)
      }
    })
  }

  /** In the catalogue that came back, whose own log knows nothing of it. */
  async #recordRestored(
    project: ProjectFolder,
    { isOpen, restored }: { isOpen: boolean; restored: RestoredCatalogue },
  ): Promise<void> {
    const { file, replaced, after } = restored
    const entry = { kind: 'restored', subject: { rows: after }, named: { file, replaced } } as const
    if (isOpen) {
      await this.#replace(project)
      await this.session().services.accessLog.record(entry)
      return
    }
    const session = await openProjectSession(project, this.#session)
    try {
      await session.services.accessLog.record(entry)
    } finally {
      await session.dispose()
    }
  }

  recent(): Promise<RecentProject[]> {
    return this.#recent.list()
  }

  async #replace(
    project: ProjectFolder,
    created: { name?: string | undefined; isSynthetic?: boolean } | null = null,
  ): Promise<ProjectSummary> {
    const opened = await openProjectSession(project, this.#session, created)
    try {
      await this.#disposeCurrent()
    } catch (error) {
      // Nobody holds it yet, so that nobody else would close it.
      await opened.dispose()
      throw error
    }
    this.#current = opened
    opened.keepNewFiles()
    this.#damage = null
    void this.#giveUpIfDamaged(opened)
    const isNew = created !== null
    await opened.services.accessLog.record({ kind: 'opened', subject: { version: readVersion(), isNew } })
    const summary = opened.summarise()
    await this.#remember(summary)
    this.#session.publishChange(['project'])
    return summary
  }

  /** A catalogue that proves damaged is closed at once, so that nothing more is read from it or written to it. */
  async #giveUpIfDamaged(opened: ProjectSession): Promise<void> {
    const damage = await opened.checked
    if (damage === null) return
    this.#session.logger.error('The catalogue is damaged', { cause: damage.message })
    await this.#inTurn(async () => {
      if (this.#current !== opened) return
      this.#damage = damage
      await this.#disposeCurrent()
    })
  }

  async #takeBack(project: ProjectFolder): Promise<void> {
    try {
      await removeUnfinishedProject(project)
    } catch (error) {
      // What made the project fail is what the user must hear.
      this.#session.logger.warn('An unfinished project cannot be removed', {
        path: project.path,
        cause: String(error),
      })
    }
  }

  async #remember({ folder, name }: ProjectSummary): Promise<void> {
    try {
      await this.#recent.remember({ folder, name, openedAt: formatTimestamp(this.#session.now()) })
    } catch (error) {
      // A project on a good disk opens even when the user's own folder cannot be written.
      this.#session.logger.warn('The list of recent projects cannot be written', { cause: String(error) })
    }
  }

  async #disposeCurrent(): Promise<void> {
    const closing = this.#current
    if (closing === null) return
    this.#current = null
    await closing.dispose()
    keepFilesTo('owner')
    this.#session.publishChange(['project'])
    // What was told of it before it was known to be damaged is not to stand without a word.
    const damage = await closing.checked
    if (damage !== null && damage !== this.#damage) throw damage
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work)
    this.#last = next.catch(() => undefined)
    return next
  }
}
