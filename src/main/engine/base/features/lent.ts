import type { JobSnapshot } from '#shared/contract/job.contract.ts'
import type { CopiedAct } from '#shared/contract/project.contract.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import type { Db } from '#engine/base/db/db.ts'
import type { EventHub } from '#engine/base/kernel/event-hub.ts'
import type { StoredFiles } from '#engine/base/integrity/stored-files.ts'
import type { VerifiedOnce } from '#engine/base/integrity/verified-once.ts'
import type { JobRunner } from '#engine/base/jobs/job.ts'
import type { Clock } from '#engine/base/kernel/clock.ts'
import type { Logger } from '#engine/base/kernel/logger.ts'
import type { CodecVerdict } from '#engine/base/media/choose-image-codec.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import type { UserSettingsStore } from '#engine/base/settings/user-settings.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'

export type HostKind = 'electron' | 'server' | 'cli'

/** What the engine lends to every feature. */
export interface EngineLent {
  readonly host: HostKind
  /** Settings and the list of recent projects; never images or labels. */
  readonly userDataFolder: string
  readonly now: Clock
  readonly logger: Logger
  readonly workers: WorkerLocator
  /** Threads that heavy work may use in all. */
  readonly cores: number
  readonly events: EventHub
  /** Which image codec is safe here; asked once, when it is first needed. */
  readonly chooseCodec: () => Promise<CodecVerdict>
  readonly publishJob: (job: JobSnapshot) => void
  /** Tells every window that these parts of the catalogue have changed. */
  readonly publishChange: (topics: readonly Topic[]) => void
  /** Whatever a feature opens is handed over here and closed with its owner, last opened first. */
  readonly closers: AsyncDisposableStack
}

/** Where everything of a project lies; all paths are absolute. */
export interface ProjectFolder {
  readonly path: string
  readonly catalogue: string
  readonly lock: string
  readonly lockHolder: string
  readonly thumbs: string
  readonly runs: string
  readonly models: string
  readonly reports: string
  /** Copies of imported files, for imports that ask for them. */
  readonly originals: string
  /** Copies of the catalogue. */
  readonly backups: string
}

/** A copy of the catalogue that is made beside an act. */
export interface CopyBeside {
  readonly written: Promise<void>
}

/** What an open project lends; its `closers` are the project's own. */
export interface ProjectLent extends EngineLent {
  readonly db: Db
  readonly folder: ProjectFolder
  /** Given when the project was made; copies of it have the same. */
  readonly projectUuid: string
  /** Whether its pictures are generated drawings. */
  readonly isSynthetic: boolean
  readonly codec: ImageCodecName
  readonly settings: UserSettingsStore
  /** Throws PRECONDITION once the folder or the catalogue is no longer the one that was opened. */
  readonly checkPlace: () => void
  /**
   * Copies the catalogue before an act on much of it, unless a copy has just been made. Throws what kept the copy from
   * being made, and the act should then not go ahead.
   */
  readonly copyBefore: (act: CopiedAct) => Promise<void>
  /**
   * The same for an act that is written in portions: resolves when the state before it is held, so that the act can be begun.
   * `written` resolves when the copy is on the disk, and throws what kept it from being made: the act is not to be completed
   * before. The copy is read through after that, and gets its name when it is whole.
   */
  readonly copyBeside: (act: Exclude<CopiedAct, 'undo-import'>) => Promise<CopyBeside>
  /** For what writes the catalogue by another connection: nothing else moves or hashes its bytes until it has ended. */
  readonly rewriteCatalogue: <Result>(work: () => Promise<Result>) => Promise<Result>
  readonly copies: {
    /** Copies the catalogue as it is now, and names the file. */
    readonly make: () => Promise<string>
    /** Resolves when no copy is being made any more. */
    readonly settle: () => Promise<void>
  }
}

/** What every feature of an open project can count on; it names the services of others that it wants beside. */
export interface Lent extends ProjectLent {
  readonly jobs: JobRunner
  readonly storedFiles: StoredFiles
  readonly verifiedOnce: VerifiedOnce
}
