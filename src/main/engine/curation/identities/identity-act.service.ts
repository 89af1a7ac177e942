import type { ImageId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type {
  IdentityAct,
  IdentityActId,
  IdentityActRequest,
  IdentityActResult,
  Person,
  PersonId,
} from '#shared/contract/identity.contract.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import type { Db } from '#engine/base/db/db.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import { ChainVerifier, type ChainVerdict } from '#engine/base/ledger/domain/chain.ts'
import type { Ledger } from '#engine/base/ledger/ledger.ts'
import type { ActContent, ActRow, IdentityActRepo } from './identity-act.repo.ts'
import { describePeople } from './describe-people.ts'
import { listUndone } from '#engine/curation/identities/domain/replay-acts.ts'
import type { OpenProposals } from './open-proposals.ts'
import type { PeopleService } from './people.service.ts'
import type { PersonRepo } from './person.repo.ts'

interface IdentityActServiceDeps {
  readonly db: Db
  readonly persons: PersonRepo
  readonly acts: IdentityActRepo
  readonly people: PeopleService
  readonly open: Pick<OpenProposals, 'require'>
  readonly ledger: Ledger
  readonly now: Clock
  readonly publishChange: (topics: readonly Topic[]) => void
}

type Said = Pick<ActContent, 'kind' | 'images' | 'others' | 'origin'>
type Given = Exclude<IdentityActRequest, { kind: 'merge' }> | { kind: 'merge'; people: readonly PersonId[] }

const linesPerPage = 500

/** What people say of who is the same person: acts that are kept for good, chained, and taken back by an act. */
export class IdentityActService {
  readonly #deps: IdentityActServiceDeps

  constructor(deps: IdentityActServiceDeps) {
    this.#deps = deps
  }

  /**
   * Throws NOT_FOUND for an image or a person that is not there, INVALID_INPUT for images said twice or a split that leaves
   * nobody, CONFLICT for what stands so already and for a proposal that does not want an answer any more.
   */
  act(request: Given, actor: string): IdentityActResult {
    return this.#write(this.#plan(request), actor)
  }

  /** Throws NOT_FOUND for an act that is not there, CONFLICT for one that is taken back, PRECONDITION where there is none. */
  undo(actId: IdentityActId | undefined, actor: string): IdentityActResult {
    const standing = this.#deps.people.listStanding()
    const act =
      actId === undefined ? standing.findLast((one) => one.actor === actor) : this.#deps.acts.find(actId)
    if (act === undefined) {
      throw actId === undefined
        ? new AppError('PRECONDITION', `${actor} has said nothing of identities that could be taken back.`)
        : new AppError('NOT_FOUND', `There is no act ${actId} on identities.`, { details: { actId } })
    }
    if (listUndone(this.#deps.acts.list()).has(act.position)) {
      throw new AppError('CONFLICT', `Act ${act.position} is taken back already.`, {
        details: { actId: act.position },
      })
    }
    return this.#write({ kind: 'undo', images: act.images, others: [], origin: act.position }, actor)
  }

  /** Newest first. */
  list(limit: number): IdentityAct[] {
    const acts = this.#deps.acts.list()
    const undone = listUndone(acts)
    return acts
      .slice(-limit)
      .toReversed()
      .map((act) => describeAct(act, undone))
  }

  /** Pairs that people have said to be of two, and images said to show no face, as far as nobody took that back. */
  listSaid(): { apart: [number, number][]; faceless: number[] } {
    const standing = this.#deps.people.listStanding()
    const apart = standing
      .filter(({ kind }) => kind === 'not-same')
      .map(({ images: [one = 0, other = 0] }): [number, number] => [one, other])
    const faceless = standing.filter(({ kind }) => kind === 'not-a-face').flatMap(({ images }) => images)
    return { apart, faceless }
  }

  /** Reads the whole chain. */
  verify(): ChainVerdict {
    const verifier = new ChainVerifier(this.#deps.ledger.name)
    for (let after = 0; ;) {
      const page = this.#deps.acts.readLines({ after, limit: linesPerPage })
      for (const line of page) verifier.add(line)
      const last = page.at(-1)
      if (last === undefined || page.length < linesPerPage) break
      after = last.position
    }
    return verifier.finish(this.#deps.ledger.head())
  }

  #plan(request: Given): Said {
    if (request.kind === 'merge') {
      // All of them: the merge must hold over a new run also where one of the images has left.
      const images = request.people.flatMap((id) => this.#members(id))
      return this.#check({ kind: 'merge', images, others: [], origin: null }, 'new')
    }
    const { kind } = request
    const images: ImageId[] = [...request.images]
    const proposalId = request.kind === 'split' ? undefined : request.proposalId
    if (proposalId !== undefined) this.#deps.open.require(proposalId, images)
    const others = kind === 'split' ? this.#listStaying(images) : []
    return this.#check(
      { kind, images, others, origin: null },
      // Whoever is asked whether a pair was joined rightly may say so.
      proposalId === undefined ? 'new' : 'answer',
    )
  }

  #check(said: Said, why: 'new' | 'answer'): Said {
    const { persons } = this.#deps
    const { kind, images, others } = said
    const missing = images.find((image) => !persons.hasImage(image))
    if (missing !== undefined) {
      throw new AppError('NOT_FOUND', `There is no image ${missing}.`, { details: { imageId: missing } })
    }
    if (new Set(images).size < images.length) {
      throw new AppError('INVALID_INPUT', 'An image or a person is named twice. Name each once.')
    }
    const people = images.map((image) => persons.personOf(image))
    const isOne = people[0] !== undefined && people.every((one) => one === people[0])
    if ((kind === 'same' || kind === 'merge') && isOne && why === 'new')
      throw standsSo('The images are of one person already.')
    // Of no person are also images that nobody has looked at: where nobody was inferred, or no face was described.
    if (kind === 'not-a-face' && people.every((one) => one === undefined) && this.#areFaceless(images))
      throw standsSo('The images are said to show no face already.')
    if (kind === 'split' && others.length === 0) {
      throw new AppError(
        'INVALID_INPUT',
        'A split takes some images of a person away and leaves others. Name fewer of them.',
      )
    }
    return said
  }

  #areFaceless(images: readonly ImageId[]): boolean {
    const faceless = new Set(this.listSaid().faceless)
    return images.every((image) => faceless.has(image))
  }

  /** Images of the same people that a split does not name. */
  #listStaying(images: readonly ImageId[]): ImageId[] {
    const leaving = new Set<number>(images)
    const people = new Set(images.flatMap((image) => this.#deps.persons.personOf(image) ?? []))
    return [...people].flatMap((id) => this.#members(id)).filter((image) => !leaving.has(image))
  }

  /** Throws NOT_FOUND. */
  #members(id: PersonId): ImageId[] {
    const members = this.#deps.persons.listMembers(id)
    if (members.length > 0) return members.map(({ imageId }) => imageId)
    throw new AppError('NOT_FOUND', `There is no person ${id}. List them: evenhand identities list`, {
      details: { personId: id },
    })
  }

  #write(said: Said, actor: string): IdentityActResult {
    const { db, acts, people, ledger, now, persons, publishChange } = this.#deps
    const position = db.transact(() => {
      const content: ActContent = { ...said, actor, at: formatTimestamp(now()) }
      const line = ledger.append({ open: content })
      acts.insert(
        line,
        said.images.filter((image) => persons.hasImage(image)),
      )
      people.settle(said.images)
      return line.position
    })
    publishChange(['identities'])
    const act = acts.find(position)
    if (act === undefined) throw new Error(`Act ${position} was not stored`)
    // Nothing can have been said of the newest yet.
    return { act: describeAct(act, new Set()), people: this.#listPeople([...said.images, ...said.others]) }
  }

  #listPeople(images: readonly number[]): Person[] {
    const { persons } = this.#deps
    const ids = new Set(images.flatMap((image) => persons.personOf(image) ?? []))
    const members = [...ids].toSorted((a, b) => a - b).flatMap((id) => persons.listMembers(id))
    return describePeople(members, this.#deps.people.listStanding())
  }
}

function describeAct(act: ActRow, undone: ReadonlySet<number>): IdentityAct {
  const { position, kind, images, others, origin, actor, at } = act
  return { actId: position, kind, images, others, origin, actor, at, isUndone: undone.has(position) }
}

const standsSo = (message: string): AppError => new AppError('CONFLICT', message)
