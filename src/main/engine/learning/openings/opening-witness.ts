import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { sha256, timestamp } from '#shared/contract/base.contract.ts'
import type { Logger } from '#engine/base/kernel/logger.ts'
import { readSystemErrorCode } from '#engine/base/kernel/system-error.ts'

const seen = z.object({
  project: z.string(),
  line: z.int(),
  hash: sha256,
  at: timestamp,
  folder: z.string(),
  splitHash: sha256,
  onnxSha256: sha256,
})
/** An opening as this machine saw it. */
export type SeenOpening = z.infer<typeof seen>

/**
 * What this machine has seen opened, in the user's own folder and so outside of every project: an opening that was made in a copy
 * of a project, or was lost when an earlier catalogue was put back, still stands here. It is a list for the honest: who knows of it can delete it.
 */
export class OpeningWitness {
  readonly #file: string
  readonly #logger: Logger

  constructor({ userDataFolder, logger }: { userDataFolder: string; logger: Logger }) {
    this.#file = join(userDataFolder, 'openings-seen.jsonl')
    this.#logger = logger
  }

  /** A folder that cannot be written keeps nobody from working: the ledger itself has the line. */
  note(opening: SeenOpening): void {
    try {
      appendFileSync(this.#file, `${JSON.stringify(opening)}\n`, { mode: 0o600 })
    } catch (error) {
      this.#logger.warn('The opening of a test part cannot be noted outside of the project', {
        file: this.#file,
        cause: String(error),
      })
    }
  }

  /** Of one project and its copies, oldest first; lines that cannot be read are left out. */
  list(project: string): SeenOpening[] {
    let text: string
    try {
      text = readFileSync(this.#file, 'utf8')
    } catch (error) {
      if (readSystemErrorCode(error) !== 'ENOENT')
        this.#logger.warn('The openings seen by this machine cannot be read', { cause: String(error) })
      return []
    }
    return text
      .split('\n')
      .flatMap((line) => {
        const read = seen.safeParse(parseJson(line))
        return read.success ? [read.data] : []
      })
      .filter((one) => one.project === project)
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
