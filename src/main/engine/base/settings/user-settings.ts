import { readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { copiesKept, reviewerName, type UserSettings } from '#shared/contract/settings.contract.ts'
import { writeFileAtomically } from '#engine/base/kernel/atomic-file.ts'
import type { Logger } from '#engine/base/kernel/logger.ts'
import { readSystemErrorCode } from '#engine/base/kernel/system-error.ts'

const stored = z.object({
  reviewer: reviewerName.nullable().default(null),
  copiesKept: copiesKept.default(20),
})
type Stored = z.infer<typeof stored>
type Change = { readonly [Key in keyof Stored]?: Stored[Key] | undefined }

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
  /** Asked for with every decision, and the same as long as the process lives. */
  #accountName: string | null = null

  constructor({ userDataFolder, logger }: { userDataFolder: string; logger: Logger }) {
    this.#file = join(userDataFolder, 'settings.json')
    this.#logger = logger
  }

  async get(): Promise<UserSettings> {
    const { reviewer, copiesKept: kept } = await this.#stored()
    const name = reviewer ?? (this.#accountName ??= readAccountName())
    return { reviewer: name, isReviewerChosen: reviewer !== null, copiesKept: kept }
  }

  /** Who decides: the reviewer that a call names, else the one of this user. */
  async nameReviewer(named: string | undefined): Promise<string> {
    return named ?? (await this.get()).reviewer
  }

  async update(change: Change): Promise<UserSettings> {
    const before = await this.#stored()
    const after: Stored = {
      reviewer: change.reviewer === undefined ? before.reviewer : change.reviewer,
      copiesKept: change.copiesKept ?? before.copiesKept,
    }
    await writeFileAtomically(this.#file, `${JSON.stringify(after, null, 2)}\n`)
    this.#known = after
    return this.get()
  }

  async #stored(): Promise<Stored> {
    const found = this.#known ?? (await this.#read())
    // What was set while the file was read is newer than what it held.
    return (this.#known ??= found)
  }

  /** A file that is missing or damaged counts as empty: nothing in it cannot be set again. */
  async #read(): Promise<Stored> {
    try {
      return stored.parse(JSON.parse(await readFile(this.#file, 'utf8')))
    } catch (error) {
      if (readSystemErrorCode(error) !== 'ENOENT')
        this.#logger.warn('The settings cannot be read', { cause: String(error) })
      return stored.parse({})
    }
  }
}
