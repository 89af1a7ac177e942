import { readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { reviewerName, type UserSettings } from '#shared/contract/settings.contract.ts'
import { writeFileAtomically } from '#engine/base/kernel/atomic-file.ts'
import type { Logger } from '#engine/base/kernel/logger.ts'
import { readSystemErrorCode } from '#engine/base/kernel/system-error.ts'

const stored = z.object({ reviewer: reviewerName.nullable().default(null) })
type Stored = z.infer<typeof stored>

/** An account without a name, as in some containers, still needs one beside its decisions. */
function readAccountName(): string {
  try {
    return reviewerName.catch('Reviewer').parse(userInfo().username)
  } catch {
    return 'Reviewer'
  }
}

/** What the user has set, kept in the user's own folder and read once. */
export class UserSettingsStore {
  readonly #file: string
  readonly #logger: Logger
  #known: Stored | null = null

  constructor({ userDataFolder, logger }: { userDataFolder: string; logger: Logger }) {
    this.#file = join(userDataFolder, 'settings.json')
    this.#logger = logger
  }

  async get(): Promise<UserSettings> {
    const found = this.#known ?? (await this.#read())
    // What was set while the file was read is newer than what it held.
    const { reviewer } = (this.#known ??= found)
    return { reviewer: reviewer ?? readAccountName(), isReviewerChosen: reviewer !== null }
  }

  /** Who decides: the reviewer that a call names, else the one of this user. */
  async nameReviewer(named: string | undefined): Promise<string> {
    return named ?? (await this.get()).reviewer
  }

  async update(change: Stored): Promise<UserSettings> {
    await writeFileAtomically(this.#file, `${JSON.stringify(change, null, 2)}\n`)
    this.#known = change
    return this.get()
  }

  /** A file that is missing or damaged counts as empty: nothing in it cannot be set again. */
  async #read(): Promise<Stored> {
    try {
      return stored.parse(JSON.parse(await readFile(this.#file, 'utf8')))
    } catch (error) {
      if (readSystemErrorCode(error) !== 'ENOENT')
        this.#logger.warn('The settings cannot be read', { cause: String(error) })
      return { reviewer: null }
    }
  }
}
