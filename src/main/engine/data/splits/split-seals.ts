import type { SplitId } from '#shared/contract/base.contract.ts'
import { assertUnchanged, type ChangedThing } from '#engine/base/integrity/refuse-changed.ts'
import type { VerifiedOnce } from '#engine/base/integrity/verified-once.ts'
import { toCanonicalJson } from '#engine/base/kernel/hash.ts'
import { MemberHash } from '#engine/data/members/hash-members.ts'
import { inContentOrder } from '#engine/data/members/in-content-order.ts'
import { toHashedHeader, toHashedRow } from './split-hash.ts'
import type { SealedSplit, SealedSplitMember, SplitSealRepo } from './split-seal.repo.ts'

const advice =
  'Its images, parts or labels are not those it was made with. Put a copy of the catalogue back (evenhand backup list), or make a new split; nothing was computed with it.'

/** Holds splits against their hashes where they are used. */
export class SplitSeals {
  readonly #repo: SplitSealRepo
  readonly #verified: VerifiedOnce

  constructor(deps: { repo: SplitSealRepo; verified: VerifiedOnce }) {
    this.#repo = deps.repo
    this.#verified = deps.verified
  }

  /** Throws CONFLICT naming a split that is no longer what was sealed; one that is not there passes. */
  async verify(id: SplitId, signal?: AbortSignal): Promise<void> {
    await this.#verified.check(`split ${id}`, async () => {
      const split = this.#repo.find(id)
      if (split !== undefined) assertUnchanged(await this.inspect(split, signal))
    })
  }

  list(): SealedSplit[] {
    return this.#repo.list()
  }

  /** The images of a split in the order of their content, held against its hash. Throws as `verify` does. */
  async listMembers(id: SplitId, signal?: AbortSignal): Promise<SealedSplitMember[]> {
    await this.verify(id, signal)
    const members: SealedSplitMember[] = []
    for await (const row of inContentOrder((page) => this.#repo.members(id, page), signal)) members.push(row)
    return members
  }

  /** What a split hashes to now, beside what it is sealed by. */
  async inspect(split: SealedSplit, signal?: AbortSignal): Promise<ChangedThing> {
    const { id, name, hash, summary } = split
    const digest = new MemberHash(toHashedHeader(split))
    const parts = new Map<string, { images: number; groups: Set<string> }>()
    for await (const row of inContentOrder((page) => this.#repo.members(id, page), signal)) {
      const { groupKey, part } = row
      digest.add(toHashedRow(row))
      const count = parts.get(part) ?? { images: 0, groups: new Set() }
      count.images += 1
      count.groups.add(groupKey)
      parts.set(part, count)
    }
    const subject = `Split ${id} (${name})`
    const found = digest.read()
    if (found !== hash) return { subject, expected: hash, found, advice }
    const counted = Object.fromEntries(
      Object.keys(summary.parts).map((part) => {
        const { images = 0, groups = new Set() } = parts.get(part) ?? {}
        return [part, { images, groups: groups.size }]
      }),
    )
    const [told, held] = [toCanonicalJson(summary.parts), toCanonicalJson(counted)]
    return told === held
      ? { subject, expected: hash, found, advice }
      : { subject: `The size of the parts of split ${id} (${name})`, expected: told, found: held, advice }
  }
}
