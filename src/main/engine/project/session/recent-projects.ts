import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { timestamp } from '#shared/contract/base.contract.ts'
import type { RecentProject } from '#shared/contract/project.contract.ts'
import { writeFileAtomically } from '#engine/base/kernel/atomic-file.ts'
import type { Logger } from '#engine/base/kernel/logger.ts'
import { readSystemErrorCode } from '#engine/base/kernel/system-error.ts'
import { isProjectFolder } from '#engine/project/folder/project-folder.ts'

const entry = z.object({ folder: z.string(), name: z.string(), openedAt: timestamp })
const entries = z.array(entry)
type Entry = z.infer<typeof entry>

const mostEntries = 20

/** The projects opened last, newest first, kept in the user's own folder. */
export class RecentProjects {
  readonly #file: string
  readonly #logger: Logger

  constructor({ userDataFolder, logger }: { userDataFolder: string; logger: Logger }) {
    this.#file = join(userDataFolder, 'recent-projects.json')
    this.#logger = logger
  }

  async list(): Promise<RecentProject[]> {
    const read = await this.#read()
    return Promise.all(read.map(async (item) => ({ ...item, isMissing: !(await isPresent(item.folder)) })))
  }

  async remember(opened: Entry): Promise<void> {
    const others = (await this.#read()).filter(({ folder }) => folder !== opened.folder)
    const kept = [opened, ...others].slice(0, mostEntries)
    await writeFileAtomically(this.#file, `${JSON.stringify(kept, null, 2)}\n`)
  }

  /** A list that is missing or damaged counts as empty: it is a convenience and rebuilds itself. */
  async #read(): Promise<Entry[]> {
    try {
      return entries.parse(JSON.parse(await readFile(this.#file, 'utf8')))
    } catch (error) {
      if (readSystemErrorCode(error) !== 'ENOENT')
        this.#logger.warn('The list of recent projects cannot be read', { cause: String(error) })
      return []
    }
  }
}

/** A folder that cannot even be looked at (an unplugged disk, no permission) is as good as missing here. */
async function isPresent(folder: string): Promise<boolean> {
  try {
    return await isProjectFolder(folder)
  } catch {
    return false
  }
}
