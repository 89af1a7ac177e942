import { setImmediate as yieldToEvents } from 'node:timers/promises'
import type { SnapshotId } from '#shared/contract/base.contract.ts'
import { assertUnchanged, type ChangedThing } from '#engine/base/integrity/refuse-changed.ts'
import type { VerifiedOnce } from '#engine/base/integrity/verified-once.ts'
import { MemberHash } from '#engine/data/members/hash-members.ts'
import { snapshotAlgorithm } from './snapshot-tasks.ts'
import type { SealedSnapshot, SnapshotSealRepo } from './snapshot-seal.repo.ts'

const advice =
  'Its images or labels are not those it was made with. Put a copy of the catalogue back (evenhand backup list), or make a new snapshot.'
const rowsPerPage = 2000

/** Holds snapshots against their hashes where they are used. */
export class SnapshotSeals {
  readonly #repo: SnapshotSealRepo
  readonly #verified: VerifiedOnce

  constructor(deps: { repo: SnapshotSealRepo; verified: VerifiedOnce }) {
    this.#repo = deps.repo
    this.#verified = deps.verified
  }

  /** Throws CONFLICT naming a snapshot that is no longer what was sealed; one that is not there passes. */
  async verify(id: SnapshotId, signal?: AbortSignal): Promise<void> {
    await this.#verified.check(`snapshot ${id}`, async () => {
      const snapshot = this.#repo.find(id)
      if (snapshot !== undefined) assertUnchanged(await this.inspect(snapshot, signal))
    })
  }

  list(): SealedSnapshot[] {
    return this.#repo.list()
  }

  /** What a snapshot hashes to now, beside what it is sealed by. */
  async inspect({ id, name, hash }: SealedSnapshot, signal?: AbortSignal): Promise<ChangedThing> {
    const digest = new MemberHash([snapshotAlgorithm])
    for (const dataset of this.#repo.datasets()) {
      for (let after = ''; ;) {
        signal?.throwIfAborted()
        const page = this.#repo.members({ snapshotId: id, dataset: dataset.id, after, limit: rowsPerPage })
        for (const { path, fileSha256, race, gender, ageYears, ageBin, identity } of page)
          digest.add([dataset.name, path, fileSha256, race, gender, ageYears, ageBin, identity])
        const last = page.at(-1)
        if (last === undefined || page.length < rowsPerPage) break
        after = last.path
        await yieldToEvents()
      }
    }
    return { subject: `Snapshot ${id} (${name})`, expected: hash, found: digest.read(), advice }
  }
}
