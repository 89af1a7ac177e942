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
import { copyAnswer } from './copy-task.ts'

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

const hourMs = 60 * 60 * 1000
const oldestMs = 24 * hourMs
/** Acts that follow each other closely share a copy: each of them can be undone by itself. */
const spacingMs = hourMs / 6

/** Makes and keeps the copies of an open project's catalogue, one after another. */
export class CopyService {
  readonly #deps: CopyServiceDeps
  readonly #closing = new AbortController()
  #last: Promise<unknown> = Promise.resolve()

  constructor(deps: CopyServiceDeps) {
    this.#deps = deps
  }

  /** Each copy with what was recorded of it, newest first. */
  async list(): Promise<CatalogueCopy[]> {
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
    // Nothing takes back that an import was taken back, and a copy that was made before the import does not hold it.
    return this.#inTurn(() =>
      this.#copyIfOlder(act, act === 'undo-import' ? Number.NEGATIVE_INFINITY : spacingMs),
    )
  }

  /**
   * Reads a catalogue through that was too large for it on opening, and copies it when the newest copy is old.
   * @returns what is wrong with the catalogue, or null; that no copy could be made is logged.
   */
  watch(): Promise<AppError | null> {
    return this.#inTurn(async () => {
      // Before a copy is made: one of a changed catalogue would look whole, and in time take the place of those that are.
      const changed = await this.#findDamage(() => this.#checkSeal())
      const damaged = changed ?? (await this.#findDamage(() => this.#copyIfOlder('age', oldestMs)))
      return damaged ?? (await this.#findDamage(() => this.#checkLarge()))
    })
  }

  /** Resolves when what was begun is done. */
  settle(): Promise<void> {
    return this.#inTurn(() => Promise.resolve())
  }

  /** A copy that was begun is finished, so that short commands leave one too; a check is not. */
  async dispose(): Promise<void> {
    this.#closing.abort()
    await this.#last
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
    if (seal.sealedBytes > checkedAtOnceBytes) await this.#deps.awaitQuiet(this.#closing.signal)
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

  async #copyIfOlder(reason: CopyReason, ageMs: number): Promise<void> {
    if (!this.#deps.hasImages()) return
    const [newest] = listCopies(this.#deps.folder.catalogue)
    if (newest !== undefined && this.#deps.now() - newest.madeAtMs < ageMs) return
    await this.#copy(reason)
    await this.#removeSurplus()
  }

  async #copy(reason: CopyReason, file?: string): Promise<CatalogueCopy> {
    const { folder, workers, now, checkPlace } = this.#deps
    checkPlace()
    const madeAt = formatTimestamp(now())
    const name = `catalogue.${madeAt.replaceAll(':', '-')}.${reason}.sqlite`
    const target = file ?? join(folder.backups, name)
    const { bytes, sha256, rows } = await runWorker({
      workers,
      name: 'copy',
      input: { kind: 'copy', source: folder.catalogue, target },
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
    const own = (await this.list()).filter(
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
