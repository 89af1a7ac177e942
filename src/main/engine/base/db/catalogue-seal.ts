import { createHash } from 'node:crypto'
import {
  closeSync,
  fstatSync,
  fsync as fsyncCallback,
  openSync,
  read as readCallback,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import type BetterSqlite3 from 'better-sqlite3'
import * as z from 'zod'
import { sha256 } from '#shared/contract/base.contract.ts'
import type { AppError } from '#shared/contract/errors.ts'
import { syncFolderAtOnce, writeFileAtomically } from '#engine/base/kernel/atomic-file.ts'
import type { Logger } from '#engine/base/kernel/logger.ts'
import { remember } from '#engine/base/kernel/remember.ts'
import { mapSystemError, readSystemErrorCode } from '#engine/base/kernel/system-error.ts'
import { createDamageError } from './catalogue-error.ts'
import { checkLog } from './catalogue-log.ts'

const sealSchema = z.object({ bytes: z.int(), sha256 })
type Seal = z.infer<typeof sealSchema>

/** Where the hash of a catalogue's bytes is kept. */
export const locateSeal = (catalogue: string): string => `${catalogue}.seal`

const read = promisify(readCallback)
const fsync = promisify(fsyncCallback)
const portionBytes = 1024 * 1024
/** As many pages as SQLite by itself lets its log grow to. */
const pagesInLog = 1000
/** A commit of many rows may fill the log alone; looking costs as much as writing a few of them. */
const rowsBetweenLooks = 64
const writesBetweenLooks = 16
const quietMs = 5000

function readSeal(catalogue: string): Seal | null {
  try {
    return sealSchema.parse(JSON.parse(readFileSync(locateSeal(catalogue), 'utf8')))
  } catch (error) {
    const code = readSystemErrorCode(error)
    // One that cannot be read says nothing of the catalogue, which has its own checks.
    if (code === null || code === 'ENOENT') return null
    throw mapSystemError(error, { action: 'read', path: locateSeal(catalogue) })
  }
}

function openIfThere(file: string): number | null {
  try {
    return openSync(file, 'r')
  } catch (error) {
    if (readSystemErrorCode(error) === 'ENOENT') return null
    throw mapSystemError(error, { action: 'open', path: file })
  }
}

/**
 * The hash of a catalogue's bytes, kept beside it while nothing writes them: SQLite keeps no checksum of its pages, so that
 * a changed byte inside a value would be read as if it had been written.
 *
 * What is written goes into SQLite's log first. The seal is lifted before the log is moved into the catalogue, and put
 * again when the catalogue has been quiet for a while and when it is closed; so a process that is killed leaves a seal
 * that is true, or none.
 */
export class CatalogueSeal {
  readonly #file: string
  readonly #logger: Logger
  /** Held until SQLite has closed the file: closing it earlier would give up SQLite's locks on it. */
  #descriptor: number | null
  #seal: Seal | null
  #damage: AppError | null = null
  #connection: BetterSqlite3.Database | null = null
  #writes = 0
  #rows = 0
  #timer: NodeJS.Timeout | undefined
  /** What reads the bytes or writes of them now; the log is not moved into the catalogue meanwhile. */
  #holders = 0
  #held: Promise<unknown> = Promise.resolve()

  /** @param file a catalogue that no connection of this process has open. Throws PRECONDITION where its log was damaged. */
  constructor(file: string, logger: Logger) {
    this.#file = file
    this.#logger = logger
    checkLog(file)
    this.#descriptor = openIfThere(file)
    this.#seal = this.#descriptor === null ? null : readSeal(file)
  }

  /** Bytes of the catalogue that a seal was put on; 0 where there is none. */
  get sealedBytes(): number {
    return this.#seal?.bytes ?? 0
  }

  /** What is wrong with the bytes as they were found, or null. They are read once. */
  readonly verify = remember(async (): Promise<AppError | null> => {
    const seal = this.#seal
    if (seal === null || this.#descriptor === null) return null
    const found = await this.#hold(hashDescriptor(this.#descriptor))
    if (found.sha256 !== seal.sha256) {
      this.#damage = createDamageError(this.#file, {
        finding:
          'its bytes are not those that Evenhand last wrote: the disk or another program has changed them',
        orElse: `To go on with what it holds now, remove ${locateSeal(this.#file)} and open it again.`,
      })
    }
    return this.#damage
  })

  /** From now on the log is moved into the catalogue here alone. */
  attach(connection: BetterSqlite3.Database): void {
    connection.pragma('wal_autocheckpoint = 0')
    this.#descriptor ??= openIfThere(this.#file)
    this.#connection = connection
  }

  /** Call it after each commit, outside of any transaction. @param rows that it wrote, but for those of triggers */
  noteWrite(rows: number): void {
    this.#writes += 1
    this.#rows += rows
    if (this.#connection === null || this.#holders > 0 || this.#damage !== null) return
    if (this.#writes < writesBetweenLooks && this.#rows < rowsBetweenLooks) return
    this.#writes = 0
    this.#rows = 0
    this.#keepLogShort(this.#connection)
  }

  /** For what writes the catalogue by a connection of its own: without a seal until it has ended. */
  async withoutSeal<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.#held
    await this.verify()
    clearTimeout(this.#timer)
    this.#lift()
    return this.#hold(work())
  }

  /** Call it before a connection is closed that could not be used: closing moves what an earlier process left in the log. */
  giveUp(connection: BetterSqlite3.Database): void {
    this.#connection = null
    try {
      const { log, checkpointed } = readLogState(connection)
      if (log > checkpointed) this.#lift()
    } catch (error) {
      this.#logger.warn('The log of a catalogue that cannot be used cannot be read', { cause: String(error) })
    }
  }

  /** Call it right before the connection is closed, which moves the log into the catalogue. */
  async prepareClose(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#held
    await this.verify()
    const connection = this.#connection
    this.#connection = null
    if (this.#damage !== null || connection === null) return
    const { log, checkpointed } = readLogState(connection)
    if (log > checkpointed) this.#lift()
  }

  /** Call it when the connection is closed. A catalogue that was found damaged keeps the seal that says so. */
  async putAfterClose(): Promise<void> {
    if (this.#damage === null && this.#seal === null && !this.#hasLog()) await this.#put()
  }

  release(): void {
    clearTimeout(this.#timer)
    if (this.#descriptor !== null) closeSync(this.#descriptor)
    this.#descriptor = null
  }

  #keepLogShort(connection: BetterSqlite3.Database): void {
    try {
      const { log, checkpointed } = readLogState(connection)
      if (log - checkpointed >= pagesInLog) {
        this.#lift()
        connection.pragma('wal_checkpoint(PASSIVE)')
      }
    } catch (error) {
      // What was written stands in the log, and is moved when there is room again.
      this.#logger.warn('The log could not be moved into the catalogue', { cause: String(error) })
    }
    if (this.#seal === null) this.#putWhenQuiet()
  }

  #lift(): void {
    if (this.#seal === null || !this.#isHere()) return
    rmSync(locateSeal(this.#file), { force: true })
    // On the disk before what it spoke of changes there, or a power cut would leave a seal that is wrong.
    syncFolderAtOnce(dirname(this.#file))
    this.#seal = null
  }

  #putWhenQuiet(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#put(), quietMs)
    this.#timer.unref()
  }

  async #put(): Promise<void> {
    const descriptor = this.#descriptor
    if (descriptor === null || this.#holders > 0 || !this.#isHere()) return
    try {
      this.#seal = await this.#hold(this.#write(descriptor))
    } catch (error) {
      this.#logger.warn('The catalogue could not be sealed', { cause: String(error) })
    }
  }

  async #write(descriptor: number): Promise<Seal> {
    // Windows flushes no file that was opened for reading, and writes SQLite's own flushes through.
    if (process.platform !== 'win32') await fsync(descriptor)
    const seal = await hashDescriptor(descriptor)
    await writeFileAtomically(locateSeal(this.#file), `${JSON.stringify(seal)}\n`)
    return seal
  }

  async #hold<Result>(work: Promise<Result>): Promise<Result> {
    this.#holders += 1
    this.#held = Promise.allSettled([this.#held, work]).then(() => undefined)
    try {
      return await work
    } finally {
      this.#holders -= 1
    }
  }

  /** Whether the name still is that of the file which was opened. */
  #isHere(): boolean {
    if (this.#descriptor === null) return false
    const opened = fstatSync(this.#descriptor, { bigint: true })
    const named = statSync(this.#file, { bigint: true, throwIfNoEntry: false })
    return named !== undefined && named.dev === opened.dev && named.ino === opened.ino
  }

  #hasLog(): boolean {
    return (statSync(`${this.#file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0
  }
}

const logState = z.tuple([z.object({ log: z.int(), checkpointed: z.int() })])

/** Pages in the log, and how many of them the catalogue holds as well; moves none. */
const readLogState = (connection: BetterSqlite3.Database) =>
  logState.parse(connection.pragma('wal_checkpoint(NOOP)'))[0]

async function hashDescriptor(descriptor: number): Promise<Seal> {
  const hash = createHash('sha256')
  const portion = Buffer.alloc(portionBytes)
  for (let bytes = 0; ;) {
    const { bytesRead } = await read(descriptor, portion, 0, portionBytes, bytes)
    if (bytesRead === 0) return { bytes, sha256: hash.digest('hex') }
    hash.update(portion.subarray(0, bytesRead))
    bytes += bytesRead
  }
}
