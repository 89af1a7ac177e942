import { existsSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import { writeFileAtomically } from '#engine/base/kernel/atomic-file.ts'
import type { StoredFiles } from './stored-files.ts'

/** One file of results: what it holds, or why nothing of it is shown. */
export type StoredResult<Result> =
  | { readonly file: string; readonly result: Result; readonly fault: null }
  | { readonly file: string; readonly result: null; readonly fault: AppError }

interface ResultOfJob {
  readonly jobId: number
  /** SHA-256 of what the result is of. */
  readonly subject: string
}

type Recorded = Pick<StoredFiles, 'recordWritten' | 'find' | 'findFault' | 'forget'>

interface ResultKind<Result> {
  /** Of the files' names. */
  readonly prefix: string
  readonly schema: z.ZodType<Result>
  /** "average maps" */
  readonly what: string
  /** "Make the maps again" */
  readonly again: string
}

/** Results of jobs in files of the project, each named by its job and what it is of, recorded by its hash and held against it when it is read. */
export class ResultFiles<Result extends ResultOfJob> {
  readonly #folder: string
  readonly #storedFiles: Recorded
  readonly #kind: ResultKind<Result>
  readonly #namePattern: RegExp

  constructor(folder: string, storedFiles: Recorded, kind: ResultKind<Result>) {
    this.#folder = folder
    this.#storedFiles = storedFiles
    this.#kind = kind
    this.#namePattern = new RegExp(`^${kind.prefix}-(\\d+)(?:-[0-9a-f]{16})?\\.json$`)
  }

  get #advice(): string {
    return `Nothing was shown of it. ${this.#kind.again}, then delete this file.`
  }

  async write(result: Result): Promise<void> {
    const file = join(
      this.#folder,
      `${this.#kind.prefix}-${result.jobId}-${result.subject.slice(0, 16)}.json`,
    )
    await writeFileAtomically(file, `${JSON.stringify(result)}\n`)
    await this.#storedFiles.recordWritten(file)
  }

  /** All files, or those of one job, newest first; one that cannot be trusted has its CONFLICT instead of a result. */
  async list(jobId?: number): Promise<StoredResult<Result>[]> {
    const names = existsSync(this.#folder) ? await readdir(this.#folder) : []
    const named = names.flatMap((name) => {
      const job = Number(this.#namePattern.exec(name)?.[1] ?? 0)
      return job > 0 && (jobId === undefined || job === jobId) ? [{ name, job }] : []
    })
    const found: StoredResult<Result>[] = []
    for (const { name } of named.toSorted((a, b) => b.job - a.job)) {
      const file = join(this.#folder, name)
      const read = await this.#read(file)
      found.push(
        read instanceof AppError ? { file, result: null, fault: read } : { file, result: read, fault: null },
      )
    }
    return found
  }

  /** Lets go of figures that images have gone into which are no longer there. */
  async drop(): Promise<void> {
    const names = existsSync(this.#folder) ? await readdir(this.#folder) : []
    for (const name of names) {
      if (!this.#namePattern.test(name)) continue
      const file = join(this.#folder, name)
      await rm(file, { force: true })
      this.#storedFiles.forget(file)
    }
  }

  async #read(file: string): Promise<Result | AppError> {
    const name = basename(file)
    if (this.#storedFiles.find(file) === null) {
      return new AppError(
        'CONFLICT',
        `${name}: this project has no record of writing it, as after an earlier copy of it was put back. ${this.#advice}`,
        { details: { file } },
      )
    }
    const fault = await this.#storedFiles.findFault(file, { advice: this.#advice })
    if (fault !== null) return fault
    const parsed = this.#kind.schema.safeParse(parseJson(await readFile(file, 'utf8')))
    if (parsed.success) return parsed.data
    return new AppError(
      'CONFLICT',
      `${name}: it is not in the form in which this version keeps ${this.#kind.what}. ${this.#advice}`,
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
