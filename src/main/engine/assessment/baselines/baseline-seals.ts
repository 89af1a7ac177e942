import { createHash } from 'node:crypto'
import { setImmediate as yieldToEvents } from 'node:timers/promises'
import { assertUnchanged, type ChangedThing } from '#engine/base/integrity/refuse-changed.ts'
import type { VerifiedOnce } from '#engine/base/integrity/verified-once.ts'
import { hashCanonical } from '#engine/base/kernel/hash.ts'
import type { SystemAnswer } from './domain/answer.ts'
import type { BaselineRepo, SealedBaseline } from './baseline.repo.ts'

const advice =
  'Somebody changed stored answers outside Evenhand. Put a copy of the catalogue back (evenhand backup list), or take the answers in again.'
const rowsPerPage = 2000

type HashedAnswer = Pick<SystemAnswer, 'outcome' | 'race' | 'gender' | 'age'> & { readonly imageId: number }

/** SHA-256 over answers in the order of their images: one line of JSON each. */
export class AnswerHash {
  readonly #hash = createHash('sha256')

  add({ imageId, outcome, race, gender, age }: HashedAnswer): void {
    this.#hash.update(`${JSON.stringify([imageId, outcome, race, gender, age])}\n`)
  }

  /** Once, at the end. */
  read(): string {
    return this.#hash.digest('hex')
  }
}

/** SHA-256 of a baseline without its answers. @param record the JSON text as it is stored */
export const hashBaseline = (
  row: Pick<SealedBaseline, 'name' | 'source' | 'sourceSha256' | 'record' | 'createdAt'> & {
    readonly kind: string
  },
): string => {
  const { name, kind, source, sourceSha256, record, createdAt } = row
  return hashCanonical({ name, kind, source, sourceSha256, record, createdAt })
}

/** Holds stored answers of other systems against their hashes where they are used. */
export class BaselineSeals {
  readonly #repo: BaselineRepo
  readonly #verified: VerifiedOnce

  constructor(deps: { repo: BaselineRepo; verified: VerifiedOnce }) {
    this.#repo = deps.repo
    this.#verified = deps.verified
  }

  /** Throws CONFLICT naming what is no longer what was stored. */
  async verify(id: number, signal?: AbortSignal): Promise<void> {
    await this.#verified.check(`baseline ${id}`, async () => {
      for (const row of this.#repo.listSealed()) {
        if (row.id !== id) continue
        for (const thing of await this.inspect(row, signal)) assertUnchanged(thing)
      }
    })
  }

  list(): SealedBaseline[] {
    return this.#repo.listSealed()
  }

  /** What was recorded beside what there is: of the baseline, and of its answers. */
  async inspect(row: SealedBaseline, signal?: AbortSignal): Promise<ChangedThing[]> {
    const { sha256 } = await this.hashAnswers(row.id, signal)
    return [
      { subject: `Baseline ${row.id} (${row.name})`, expected: row.sha256, found: hashBaseline(row), advice },
      {
        subject: `The answers of baseline ${row.id} (${row.name})`,
        expected: row.answersSha256,
        found: sha256,
        advice,
      },
    ]
  }

  async hashAnswers(id: number, signal?: AbortSignal): Promise<{ sha256: string; answers: number }> {
    const digest = new AnswerHash()
    let answers = 0
    for (let after = 0; ;) {
      signal?.throwIfAborted()
      const page = this.#repo.answers({ baselineId: id, after, limit: rowsPerPage })
      for (const answer of page) digest.add(answer)
      answers += page.length
      const last = page.at(-1)
      if (last === undefined || page.length < rowsPerPage) return { sha256: digest.read(), answers }
      after = last.imageId
      await yieldToEvents()
    }
  }
}
