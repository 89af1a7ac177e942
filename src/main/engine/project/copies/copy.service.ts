import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import {
  copiedAct,
  type CatalogueCopy,
  type CopiedAct,
  type CopyReason,
} from '#shared/contract/project.contract.ts'
import { listCopies } from '#engine/base/db/catalogue-copies.ts'
import type { CopyStage } from '#engine/base/db/copy-database.ts'
import type { CatalogueSeal } from '#engine/base/db/catalogue-seal.ts'
import { checkedAtOnceBytes } from '#engine/base/db/check-database.ts'
import { completeMode } from '#engine/base/kernel/file-modes.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import type { Logger } from '#engine/base/kernel/logger.ts'
import type { UserSettingsStore } from '#engine/base/settings/user-settings.ts'
import { readingGraceMs, runWorker } from '#engine/base/threads/run-worker.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import type { ProjectFolder } from '#engine/project/folder/project-folder.ts'
import { locateRecord, readRecord, writeRecord, type CopyRecord } from './copy-record.ts'
import { copyAnswer, copyStage } from './copy-task.ts'

interface CopyServiceDeps {
  readonly folder: ProjectFolder
  readonly workers: WorkerLocator
  readonly settings: UserSettingsStore
  readonly now: Clock
  readonly logger: Logger
  readonly seal: CatalogueSeal
  /** Throws once the project is no longer where it was opened. */
  readonly checkPlace: () => void
  readonly hasImages: () => boolean
  /** Resolves when nobody waits for the project: a large catalogue is read through behind everything else. */
  readonly awaitQuiet: (signal: AbortSignal) => Promise<void>
}

/** A copy while it is being made. */
interface CopyBeside {
  /** Resolves when it is of the state that the catalogue had then, whatever is written after that. */
  readonly held: Promise<void>
  /** Resolves when all of it is on the disk, not yet read through; throws what kept it from being made. */
  readonly written: Promise<void>
}

const hourMs = 60 * 60 * 1000
const oldestMs = 24 * hourMs
/** Acts that follow each other closely share a copy: each of them can be undone by itself. */
const spacingMs = hourMs / 6

/** Makes and keeps the copies of an open project's catalogue, one after another. */
export class CopyService {
  readonly #deps: CopyServiceDeps
  readonly #closing = new AbortController()
  /** Aborted when somebody waits for a copy, who then waits for no quiet. */
  readonly #hurry = new AbortController()
  #last: Promise<unknown> = Promise.resolve()
  #reading: Promise<unknown> = Promise.resolve()
  /** The copy among the project's own that is being made. */
  #making: CopyBeside | null = null
  /** Resolves when the last copy that an act was begun beside has been read through. */
  #besideActs: Promise<unknown> = Promise.resolve()

  constructor(deps: CopyServiceDeps) {
    this.#deps = deps
  }

  /** Each copy with what was recorded of it, newest first; one that an act was begun beside is waited for. */
  async list(): Promise<CatalogueCopy[]> {
    await this.#besideActs
    return this.#list()
  }

  #list(): Promise<CatalogueCopy[]> {
    return Promise.all(
      listCopies(this.#deps.folder.catalogue).map(async ({ file, madeAtMs, bytes }) => {
        // A copy whose record is damaged is listed all the same; putting it back is refused by name.
        const record = await readRecord(file).catch((error: unknown) => {
          if (error instanceof AppError) return null
          throw error
        })
        return {
          file,
          bytes,
          madeAt: record?.madeAt ?? formatTimestamp(madeAtMs),
          sha256: record?.sha256 ?? null,
          reason: record?.reason ?? null,
          rows: record?.rows ?? null,
        }
      }),
    )
  }

  /** @param file where to, instead of the project's own backups */
  make(reason: CopyReason, file?: string): Promise<CatalogueCopy> {
    return this.#inTurn(() => this.#copy(reason, file))
  }

  copyBefore(act: CopiedAct): Promise<void> {
    this.#hurry.abort()
    // Nothing takes back that an import was taken back, and a copy that was made before the import does not hold it.
    return this.#inTurn(() =>
      this.#copyIfOlder(act, act === 'undo-import' ? Number.NEGATIVE_INFINITY : spacingMs),
    )
  }

  /** The same beside the act: resolves when the state before it is held, so that it can be begun. */
  async beginBefore(act: Exclude<CopiedAct, 'undo-import'>): Promise<Pick<CopyBeside, 'written'>> {
    this.#hurry.abort()
    // A copy that is being made holds a state before the act.
    const { held, written } = this.#making ?? (await this.#begin(act))
    await held
    return { written }
  }

  /**
   * Reads a catalogue through that was too large for it on opening, and copies it when the newest copy is old.
   * @returns what is wrong with the catalogue, or null; that no copy could be made is logged.
   */
  watch(): Promise<AppError | null> {
    const copied = this.#inTurn(async () => {
      // Before a copy is made: one of a changed catalogue would look whole, and in time take the place of those that are.
      const changed = await this.#findDamage(() => this.#checkSeal())
      return changed ?? (await this.#findDamage(() => this.#copyIfOlder('age', oldestMs)))
    })
    const read = copied.then((damaged) => damaged ?? this.#findDamage(() => this.#checkLarge()))
    this.#reading = read
    return read
  }

  /** Resolves when what was begun is done. */
  async settle(): Promise<void> {
    await this.#reading
    await this.#inTurn(() => Promise.resolve())
  }

  /** A copy that was begun is finished, so that short commands leave one too; a check is not. */
  async dispose(): Promise<void> {
    this.#closing.abort()
    await this.#last
    await this.#reading
  }

  async #findDamage(work: () => Promise<void>): Promise<AppError | null> {
    try {
      await work()
      return null
    } catch (error) {
      if (error instanceof AppError && error.details['reason'] === 'SQLITE_CORRUPT') return error
      if (!this.#closing.signal.aborted)
        this.#deps.logger.warn('The catalogue could not be copied or read through', { cause: String(error) })
      return null
    }
  }

  async #checkSeal(): Promise<void> {
    const { seal } = this.#deps
    // A catalogue that is closed by then is compared all the same.
    const { signal } = this.#closing
    if (seal.sealedBytes > checkedAtOnceBytes)
      await this.#deps.awaitQuiet(AbortSignal.any([signal, this.#hurry.signal]))
    const damage = await seal.verify()
    if (damage !== null) throw damage
  }

  async #checkLarge(): Promise<void> {
    const { workers, folder } = this.#deps
    if ((await stat(folder.catalogue)).size <= checkedAtOnceBytes) return
    await this.#deps.awaitQuiet(this.#closing.signal)
    await runWorker({
      workers,
      name: 'copy',
      input: { kind: 'check', source: folder.catalogue },
      result: z.null(),
      signal: this.#closing.signal,
      graceMs: readingGraceMs,
    })
  }

  /** Resolves with the copy when it is being made, or with one that is there. */
  #begin(act: CopiedAct): Promise<CopyBeside> {
    return new Promise((resolve, reject) => {
      const made = this.#inTurn(() => this.#copyIfOlder(act, spacingMs, resolve))
      this.#besideActs = made.then(
        () => resolve({ held: Promise.resolve(), written: Promise.resolve() }),
        (error: unknown) => {
          // The act knows of what comes before the copy is written, and may be over when the copy is found to be no good.
          this.#deps.logger.warn('No copy could be made beside an act', { cause: String(error) })
          reject(error)
        },
      )
    })
  }

  async #copyIfOlder(reason: CopyReason, ageMs: number, onBegun?: (copy: CopyBeside) => void): Promise<void> {
    if (!this.#deps.hasImages()) return
    const [newest] = listCopies(this.#deps.folder.catalogue)
    if (newest !== undefined && this.#deps.now() - newest.madeAtMs < ageMs) return
    const copy = this.#copy(reason)
    if (this.#making !== null) onBegun?.(this.#making)
    await copy
    await this.#removeSurplus()
  }

  async #copy(reason: CopyReason, file?: string): Promise<CatalogueCopy> {
    const [held, written] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    // Nobody may be waiting for them.
    for (const { promise } of [held, written]) promise.catch(() => undefined)
    const making = { held: held.promise, written: written.promise }
    if (file === undefined) this.#making = making
    try {
      return await this.#make(reason, file, (stage) => (stage === 'held' ? held : written).resolve())
    } catch (error) {
      held.reject(error)
      written.reject(error)
      throw error
    } finally {
      if (this.#making === making) this.#making = null
    }
  }

  async #make(
    reason: CopyReason,
    file: string | undefined,
    onProgress: (stage: CopyStage) => void,
  ): Promise<CatalogueCopy> {
    const { folder, workers, now, checkPlace } = this.#deps
    checkPlace()
    const madeAt = formatTimestamp(now())
    const name = `catalogue.${madeAt.replaceAll(':', '-')}.${reason}.sqlite`
    const target = file ?? join(folder.backups, name)
    const { bytes, sha256, rows } = await runWorker({
      workers,
      name: 'copy',
      input: { kind: 'copy', source: folder.catalogue, target },
      progress: copyStage,
      onProgress,
      result: copyAnswer,
      signal: new AbortController().signal,
    })
    completeMode(target)
    const record: CopyRecord = { madeAt, sha256, reason, rows }
    await writeRecord(target, record)
    return { file: target, bytes, ...record }
  }

  /** What somebody asked for, and what an upgrade left, stays. */
  async #removeSurplus(): Promise<void> {
    const { copiesKept } = await this.#deps.settings.get()
    const own = (await this.#list()).filter(
      ({ reason }) => reason === 'age' || copiedAct.safeParse(reason).success,
    )
    for (const { file } of own.slice(copiesKept)) {
      await rm(file, { force: true })
      await rm(locateRecord(file), { force: true })
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work)
    this.#last = next.catch(() => undefined)
    return next
  }
}
