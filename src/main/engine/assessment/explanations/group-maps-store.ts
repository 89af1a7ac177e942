import { existsSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { groupMaps, type GroupMaps, type GroupMapsSummary } from '#shared/contract/group-maps.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { writeFileAtomically } from '#engine/base/kernel/atomic-file.ts'
import type { StoredFiles } from '#engine/base/integrity/stored-files.ts'

const namePattern = /^group-maps-(\d+)\.json$/

/** Maps by group in files of the project, each recorded by its hash and held against it when it is read. */
export class GroupMapsStore {
  readonly #folder: string
  readonly #storedFiles: Pick<StoredFiles, 'recordWritten' | 'verify' | 'forget'>

  constructor(folder: string, storedFiles: Pick<StoredFiles, 'recordWritten' | 'verify' | 'forget'>) {
    this.#folder = folder
    this.#storedFiles = storedFiles
  }

  async write(maps: GroupMaps): Promise<void> {
    const file = this.#place(maps.jobId)
    await writeFileAtomically(file, `${JSON.stringify(maps)}\n`)
    await this.#storedFiles.recordWritten(file)
  }

  /** Throws NOT_FOUND for maps that are not, or no longer, there; CONFLICT where the file is no longer what was written. */
  async read(jobId: number): Promise<GroupMaps> {
    const file = this.#place(jobId)
    if (!existsSync(file)) {
      throw new AppError(
        'NOT_FOUND',
        `There are no maps by group of job ${jobId}. They are let go of when images are erased: make them again.`,
      )
    }
    await this.#storedFiles.verify(file, {
      advice: 'Make them again; nothing was shown of the file.',
    })
    return groupMaps.parse(JSON.parse(await readFile(file, 'utf8')))
  }

  /** Newest first. */
  async list(): Promise<GroupMapsSummary[]> {
    const names = existsSync(this.#folder) ? await readdir(this.#folder) : []
    const ids = names.flatMap((name) => Number(namePattern.exec(name)?.[1] ?? 0) || [])
    const summaries: GroupMapsSummary[] = []
    for (const id of ids.toSorted((a, b) => b - a)) {
      const { tasks: _tasks, notes: _notes, ...summary } = await this.read(id)
      summaries.push(summary)
    }
    return summaries
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

  #place(jobId: number): string {
    return join(this.#folder, `group-maps-${jobId}.json`)
  }
}
