import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import * as z from 'zod'
import { sha256 } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { hashFile } from '#engine/base/kernel/hash-file.ts'
import { findStandInOf } from '#engine/base/kernel/refuse-stand-in.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'
import { CurveCollector } from './curve-collector.ts'
import { decodeEvent, type EventValue, type SeenEvent } from './decode-event.ts'
import { scanRecords } from './scan-records.ts'
import { openRegularFile } from '#engine/base/kernel/regular-file.ts'

export const readCurvesTask = z.object({ path: z.string() })

/** What a folder or file of TensorBoard events holds. */
export const readCurves = z.object({
  sha256,
  curves: z.array(z.object({ tag: z.string(), points: z.instanceof(Float64Array) })),
  notes: z.array(z.string()),
})
export type ReadCurves = z.infer<typeof readCurves>

const limits = { tags: 500, points: 1000 } as const
const filesAtMost = 200
const foldersDeep = 6
const notesAtMost = 50
const checkEvery = 1000

/** Every writer names its files so; the rest differs. */
const isEventFile = (name: string): boolean => name.includes('tfevents')

async function listEventFiles(folder: string, depth = 0): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const found: string[] = []
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    if (entry.isFile() && isEventFile(entry.name)) found.push(path)
    else if (entry.isDirectory() && depth < foldersDeep)
      found.push(...(await listEventFiles(path, depth + 1)))
  }
  return found
}

async function listSources(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path]
    const files = await listEventFiles(path)
    if (files.length > 0 && files.length <= filesAtMost) return files
    throw new AppError(
      'INVALID_INPUT',
      files.length === 0
        ? `${path} has no TensorBoard event files: none of its files has "tfevents" in its name. Name another folder, or the file itself.`
        : `${path} has ${files.length} event files, more than ${filesAtMost}. Name the folder of one run.`,
      { details: { path, files: files.length } },
    )
  } catch (error) {
    throw mapSystemError(error, { action: 'read', path })
  }
}

/** What a value says of a scalar curve: a number by itself, or a tensor whose tag belongs to the scalars. */
function readNumber(value: EventValue, plugins: Map<string, string>): number | null {
  if (value.plugin !== null) plugins.set(value.tag, value.plugin)
  if (value.simple !== null) return value.simple
  return plugins.get(value.tag) === 'scalars' ? value.tensor : null
}

interface Reading {
  readonly collector: CurveCollector
  readonly notes: string[]
  readonly throwIfCancelled: () => void
}

/**
 * The curves of one folder: a restart in one of its files takes back what earlier ones said. PyTorch's writer begins the first
 * file of a resumed run with a restart and none before it, so that the first one counts as much as any other.
 */
class FolderReading {
  readonly #prefix: string
  readonly #reading: Reading
  readonly #plugins = new Map<string, string>()
  readonly #tags = new Set<string>()

  constructor(prefix: string, reading: Reading) {
    this.#prefix = prefix
    this.#reading = reading
  }

  async readFile(path: string): Promise<void> {
    const { notes, throwIfCancelled } = this.#reading
    const handle = await openRegularFile(path)
    try {
      const standIn = await findStandInOf(handle)
      if (standIn !== null) {
        notes.push(`${path} is ${standIn.what}: ${standIn.advice}.`)
        return
      }
      let records = 0
      for await (const record of scanRecords(handle)) {
        if (records++ % checkEvery === 0) throwIfCancelled()
        const damage = record.kind === 'damage' ? record : this.#takePayload(record)
        if (damage === null || notes.length >= notesAtMost) continue
        const rest = damage.isEnd ? 'what follows was not read' : 'it was left out'
        notes.push(`${path}, record at byte ${damage.offset}: ${damage.reason}; ${rest}.`)
      }
    } finally {
      await handle.close()
    }
  }

  /** @returns why the event was left out, or null */
  #takePayload({ offset, payload }: { offset: number; payload: Uint8Array }) {
    const leaveOut = (reason: string) => ({ offset, reason, isEnd: false })
    let event: SeenEvent
    try {
      event = decodeEvent(payload)
    } catch (error) {
      return leaveOut(
        `it is no TensorBoard event (${error instanceof Error ? error.message : String(error)})`,
      )
    }
    if (!Number.isSafeInteger(event.step)) {
      return leaveOut(`its step, about ${event.step}, is beyond what a curve can tell apart (2^53)`)
    }
    this.#add(event)
    return null
  }

  #add({ step, isStart, values }: SeenEvent): void {
    const { collector } = this.#reading
    if (isStart) collector.dropFrom(step, (tag) => this.#tags.has(tag))
    for (const value of values) {
      const number = readNumber(value, this.#plugins)
      if (number === null) continue
      const tag = `${this.#prefix}${value.tag}`
      this.#tags.add(tag)
      collector.add(tag, { step, value: number })
    }
  }
}

async function readAll(path: string, files: readonly string[], reading: Reading): Promise<void> {
  const byFolder = Map.groupBy(files, (file) => dirname(file))
  for (const [folder, members] of byFolder) {
    const inside = relative(path, folder)
    const isBelow = members[0] !== path && inside !== ''
    const folderReading = new FolderReading(isBelow ? `${inside.split(sep).join('/')}/` : '', reading)
    for (const file of members) {
      try {
        await folderReading.readFile(file)
      } catch (error) {
        throw mapSystemError(error, { action: 'read', path: file })
      }
    }
  }
}

async function hashSources(path: string, files: readonly string[]): Promise<string> {
  const hashes: string[] = []
  for (const file of files) hashes.push(await hashFile(file))
  const [only] = hashes
  if (files.length === 1 && files[0] === path && only !== undefined) return only
  return hashBytes(files.map((file, index) => `${relative(path, file)}\n${hashes[index] ?? ''}\n`).join(''))
}

/**
 * The scalar curves of an event file, or of all event files below a folder, with the folder's name before the tag. What
 * is damaged is named with file and byte, and the rest is kept. Blocks the thread, so it belongs in a worker.
 * @throws AppError INVALID_INPUT where there are no event files or no scalar can be read; NOT_FOUND, CANCELLED.
 */
export async function readCurveFiles(
  path: string,
  { throwIfCancelled }: { throwIfCancelled: () => void },
): Promise<ReadCurves> {
  const files = await listSources(path)
  const collector = new CurveCollector(limits)
  const notes: string[] = []
  await readAll(path, files, { collector, notes, throwIfCancelled })
  const { curves, notes: limited } = collector.collect()
  if (curves.length === 0) {
    const reason = notes[0] === undefined ? 'It has no scalar values.' : notes[0]
    throw new AppError('INVALID_INPUT', `No curve could be read from ${basename(path)}. ${reason}`, {
      details: { path },
    })
  }
  return { sha256: await hashSources(path, files), curves, notes: [...notes, ...limited] }
}
