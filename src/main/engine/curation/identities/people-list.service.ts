import type { ImageId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { Person, PersonId, PersonTiles } from '#shared/contract/identity.contract.ts'
import type { ImageTile } from '#shared/contract/image.contract.ts'
import { describePeople } from './describe-people.ts'
import type { OpenProposals } from './open-proposals.ts'
import type { PeopleService } from './people.service.ts'
import type { PersonRepo } from './person.repo.ts'

interface PeopleListDeps {
  readonly persons: Pick<PersonRepo, 'listSeveral' | 'listMembers' | 'countOf' | 'count'>
  readonly people: Pick<PeopleService, 'listStanding'>
  readonly open: Pick<OpenProposals, 'list'>
  readonly images: {
    /** In the order given. */
    readTiles(ids: readonly ImageId[]): ImageTile[]
  }
}

type Doubt = Pick<PersonTiles, 'doubt' | 'reasons'>

const tilesInList = 8
const tilesOfOne = 500

interface PeoplePage {
  readonly total: number
  readonly people: PersonTiles[]
  readonly next: number | null
}

/** People with several images, for those who look through them. */
export class PeopleListService {
  readonly #deps: PeopleListDeps

  constructor(deps: PeopleListDeps) {
    this.#deps = deps
  }

  page({
    which,
    after,
    limit,
  }: {
    readonly which: 'doubtful' | 'all'
    readonly after: number
    readonly limit: number
  }): PeoplePage {
    const doubts = this.#listDoubts()
    return which === 'all'
      ? this.#pageAll({ after, limit }, doubts)
      : this.#pageDoubtful({ after, limit }, doubts)
  }

  /** Throws NOT_FOUND. */
  find(id: PersonId): PersonTiles {
    const [person] = describePeople(this.#deps.persons.listMembers(id), this.#deps.people.listStanding())
    if (person !== undefined && this.#deps.persons.countOf(id) > 0)
      return this.#show(person, this.#listDoubts(), tilesOfOne)
    throw new AppError('NOT_FOUND', `There is no person ${id} any more.`, { details: { personId: id } })
  }

  #pageAll(page: { after: number; limit: number }, doubts: ReadonlyMap<PersonId, Doubt>): PeoplePage {
    const { persons, people } = this.#deps
    const found = describePeople(persons.listSeveral(page), people.listStanding())
    return {
      total: persons.count().several,
      people: found.map((person) => this.#show(person, doubts, tilesInList)),
      next: found.length < page.limit ? null : (found.at(-1)?.identityId ?? null),
    }
  }

  /** Those with one image that a merge asks about stand beside them in the pair, and not here. */
  #pageDoubtful(
    { after, limit }: { after: number; limit: number },
    doubts: ReadonlyMap<PersonId, Doubt>,
  ): PeoplePage {
    const { persons, people } = this.#deps
    const standing = people.listStanding()
    const several = [...doubts.keys()].filter((id) => persons.countOf(id) > 1)
    const shown = several.slice(after, after + limit).flatMap((id) => {
      const found = describePeople(persons.listMembers(id), standing)
      return found.map((person) => this.#show(person, doubts, tilesInList))
    })
    const next = after + limit
    return { total: several.length, people: shown, next: next < several.length ? next : null }
  }

  /** Each person that an open pair asks about, the most doubtful first. */
  #listDoubts(): Map<PersonId, Doubt> {
    const doubts = new Map<PersonId, Doubt>()
    for (const { proposal, people } of this.#deps.open.list())
      for (const id of people)
        if (!doubts.has(id)) doubts.set(id, { doubt: proposal.doubt, reasons: proposal.reasons })
    return doubts
  }

  #show(
    { identityId, images, origin }: Person,
    doubts: ReadonlyMap<PersonId, Doubt>,
    most: number,
  ): PersonTiles {
    // Some to spare, since removed ones are left out.
    const tiles = this.#deps.images.readTiles(images.slice(0, 2 * most))
    return {
      identityId,
      origin,
      count: this.#deps.persons.countOf(identityId),
      tiles: tiles.filter(({ status }) => status !== 'removed').slice(0, most),
      ...(doubts.get(identityId) ?? { doubt: null, reasons: [] }),
    }
  }
}
