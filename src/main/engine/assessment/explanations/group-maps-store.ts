import { existsSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { groupMaps, type GroupMaps } from '#shared/contract/group-maps.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { writeFileAtomically } from '#engine/base/kernel/atomic-file.ts'
import type { StoredFiles } from '#engine/base/integrity/stored-files.ts'

const namePattern = /^group-maps-(\d+)(?:-[0-9a-f]{16})?\.json$/
const advice = 'Nothing was shown of it. Make the maps again, then delete this file.'

/** One file of maps: what it holds, or why nothing of it is shown. */
export type StoredMaps =
  | { readonly file: string; readonly maps: GroupMaps; readonly fault: null }
  | { readonly file: string; readonly maps: null; readonly fault: AppError }

/** Maps by group in files of the project, each named by its job and what it is of, recorded by its hash and held against it when it is read. */
export class GroupMapsStore {
  readonly #folder: string
  readonly #storedFiles: Pick<StoredFiles, 'recordWritten' | 'find' | 'findFault' | 'forget'>

  constructor(
    folder: string,
    storedFiles: Pick<StoredFiles, 'recordWritten' | 'find' | 'findFault' | 'forget'>,
  ) {
    this.#folder = folder
    this.#storedFiles = storedFiles
  }

  async write(maps: GroupMaps): Promise<void> {
    const file = join(this.#folder, `group-maps-${maps.jobId}-${maps.subject.slice(0, 16)}.json`)
    await writeFileAtomically(file, `${JSON.stringify(maps)}\n`)
    await this.#storedFiles.recordWritten(file)
  }

  /** All files, or those of one job, newest first; one that cannot be trusted has its CONFLICT instead of maps. */
  async list(jobId?: number): Promise<StoredMaps[]> {
    const names = existsSync(this.#folder) ? await readdir(this.#folder) : []
    const named = names.flatMap((name) => {
      const job = Number(namePattern.exec(name)?.[1] ?? 0)
      return job > 0 && (jobId === undefined || job === jobId) ? [{ name, job }] : []
    })
    const found: StoredMaps[] = []
    for (const { name } of named.toSorted((a, b) => b.job - a.job)) {
      const file = join(this.#folder, name)
      const read = await this.#read(file)
      found.push(
        read instanceof AppError ? { file, maps: null, fault: read } : { file, maps: read, fault: null },
      )
    }
    return found
  }

  /** Figures that images have gone into which are no longer there. */
  async drop(): Promise<void> {
    const names = existsSync(this.#folder) ? await readdir(this.#folder) : []
    for (const name of names) {
      if (!namePattern.test(name)) continue
      const file = join(this.#folder, name)
      await rm(file, { force: true })
      this.#storedFiles.forget(file)
    }
  }

  async #read(file: string): Promise<GroupMaps | AppError> {
    const name = basename(file)
    if (this.#storedFiles.find(file) === null) {
      return new AppError(
        'CONFLICT',
        `${name}: this project has no record of writing it, as after an earlier copy of it was put back. ${advice}`,
        { details: { file } },
      )
    }
    const fault = await this.#storedFiles.findFault(file, { advice })
    if (fault !== null) return fault
    const parsed = groupMaps.safeParse(parseJson(await readFile(file, 'utf8')))
    if (parsed.success) return parsed.data
    return new AppError(
      'CONFLICT',
      `${name}: it is not in the form in which this version keeps average maps. ${advice}`,
      { details: { file } },
    )
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
