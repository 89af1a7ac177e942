import { open, readdir, readFile, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '#engine/base/kernel/make-folder.ts'
import { mapSystemError, readSystemErrorCode } from '#engine/base/kernel/system-error.ts'
import { decodeEvent, type SeenEvent } from './decode-event.ts'
import { encodeEvent, type EventMessage } from './event-message.ts'
import { frameRecord, readRecords } from './record-frames.ts'

/** The program's name stands where others write the host's. */
const namePattern = /^events\.out\.tfevents\.(\d{10,})\.evenhand\.(\d{4,})$/

async function listEventFiles(folder: string): Promise<{ name: string; seconds: number }[]> {
  const found = (await readdir(folder)).flatMap((name) => {
    const seconds = namePattern.exec(name)?.[1]
    return seconds === undefined ? [] : [{ name, seconds: Number(seconds) }]
  })
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Paths of a run's event files by name; none where the folder is not there. */
export async function listEventPaths(folder: string): Promise<string[]> {
  try {
    return (await listEventFiles(folder)).map(({ name }) => join(folder, name))
  } catch (error) {
    if (readSystemErrorCode(error) === 'ENOENT') return []
    throw mapSystemError(error, { action: 'read', path: folder })
  }
}

/**
 * The events of a run's folder as TensorBoard shows them: files by name, each up to its first damaged record, and
 * without what a later start has taken back (the folder's first start takes back nothing).
 */
export async function readEvents(folder: string): Promise<SeenEvent[]> {
  let events: SeenEvent[] = []
  let hasStarted = false
  for (const { name } of await listEventFiles(folder)) {
    const path = join(folder, name)
    try {
      for (const record of readRecords(await readFile(path))) {
        const event = decodeEvent(record)
        if (event.isStart && hasStarted) events = events.filter(({ step }) => step < event.step)
        hasStarted ||= event.isStart
        events.push(event)
      }
    } catch (error) {
      throw mapSystemError(error, { action: 'read', path })
    }
  }
  return events
}

async function openNew(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'ax')
  } catch (error) {
    throw mapSystemError(error, { action: 'write', path })
  }
}

/** One event file, open for appending. */
export class EventFile {
  readonly path: string
  readonly #handle: FileHandle

  private constructor(path: string, handle: FileHandle) {
    this.path = path
    this.#handle = handle
  }

  /**
   * Makes the next file of a folder. TensorBoard reads files by name, so a clock that was set back must not make
   * the new one sort before an older one.
   */
  static async create(folder: string, wallTime: number): Promise<EventFile> {
    const earlier = await listEventFiles(folder)
    const seconds = Math.max(Math.floor(wallTime), ...earlier.map((file) => file.seconds))
    const order = String(earlier.length).padStart(4, '0')
    const stamp = String(seconds).padStart(10, '0')
    const path = join(folder, `events.out.tfevents.${stamp}.evenhand.${order}`)
    const file = new EventFile(path, await openNew(path))
    try {
      await file.append({ wallTime, step: 0, content: { kind: 'version' } })
    } catch (error) {
      await file[Symbol.asyncDispose]()
      throw error
    }
    return file
  }

  /** Hands the event to the system, so that it outlives this process. */
  async append(event: EventMessage): Promise<void> {
    try {
      await this.#handle.appendFile(frameRecord(encodeEvent(event)))
    } catch (error) {
      throw mapSystemError(error, { action: 'write', path: this.path })
    }
  }

  /** Waits until the disk has it. */
  async flush(): Promise<void> {
    try {
      await this.#handle.datasync()
    } catch (error) {
      throw mapSystemError(error, { action: 'write', path: this.path })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close()
  }
}

/** Makes the folder, then reads what earlier starts of the run have left in it. */
export async function openEventFolder(folder: string): Promise<SeenEvent[]> {
  await makeFolder(folder)
  return readEvents(folder)
}
