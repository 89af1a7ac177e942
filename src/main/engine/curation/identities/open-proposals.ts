import { AppError } from '#shared/contract/errors.ts'
import type { IdentityProposal, PersonId, ProposalId } from '#shared/contract/identity.contract.ts'
import { readProposalName } from '#shared/domain/proposal-key.ts'
import type { IdentityRunRepo } from './identity-run.repo.ts'
import type { PeopleService } from './people.service.ts'
import type { PersonRepo } from './person.repo.ts'

interface OpenProposalsDeps {
  readonly runs: Pick<IdentityRunRepo, 'findNewest' | 'listProposals' | 'findProposal'>
  readonly persons: Pick<PersonRepo, 'personOf'>
  readonly people: Pick<PeopleService, 'listStanding'>
}

/** An open pair with the people that its images are of. */
export interface OpenProposal {
  readonly proposal: IdentityProposal
  readonly people: readonly [PersonId, PersonId]
}

/** What the newest run leaves to people, as far as nobody has answered it. */
export class OpenProposals {
  readonly #deps: OpenProposalsDeps

  constructor(deps: OpenProposalsDeps) {
    this.#deps = deps
  }

  /** The most doubtful first. */
  list(): OpenProposal[] {
    const run = this.#deps.runs.findNewest()
    if (run === undefined) return []
    const answered = this.#listAnswered()
    return this.#deps.runs.listProposals(run.id).flatMap((proposal) => {
      const people = this.#findPeople(proposal, answered)
      return people === null ? [] : [{ proposal, people }]
    })
  }

  /** Throws NOT_FOUND for a number that the newest run does not have. */
  find(id: ProposalId): { proposal: IdentityProposal; isOpen: boolean } {
    const { runs } = this.#deps
    const run = runs.findNewest()
    const named = readProposalName(id)
    const proposal = run === undefined || named === null ? undefined : runs.findProposal(run.id, named)
    if (proposal === undefined) {
      throw new AppError(
        'NOT_FOUND',
        `There is no proposal ${id} in the newest run. List them: evenhand identities pairs`,
        { details: { proposalId: id } },
      )
    }
    return { proposal, isOpen: this.#findPeople(proposal, this.#listAnswered()) !== null }
  }

  /** Throws NOT_FOUND, INVALID_INPUT for images that it does not ask about, CONFLICT where it does not want an answer any more. */
  require(id: ProposalId, images: readonly number[]): void {
    const { proposal, isOpen } = this.find(id)
    const [one, other] = proposal.images
    const stranger = images.find((image) => image !== one && image !== other)
    if (stranger !== undefined) {
      throw new AppError(
        'INVALID_INPUT',
        `Proposal ${id} asks about images ${one} and ${other}, not ${stranger}.`,
      )
    }
    if (isOpen) return
    throw new AppError(
      'CONFLICT',
      `Proposal ${id} is settled already, by an answer or by what became of its people. Nothing was changed.`,
      { details: { proposalId: id } },
    )
  }

  /** Pairs that an act speaks of by themselves. */
  #listAnswered(): Set<string> {
    const answered = new Set<string>()
    for (const { kind, images } of this.#deps.people.listStanding()) {
      if (kind !== 'same' && kind !== 'not-same') continue
      const [one = 0, other = 0] = images
      answered.add(namePair(one, other))
    }
    return answered
  }

  /** Null where the pair is answered, by itself or by what became of its people. */
  #findPeople(
    { kind, images: [one, other] }: IdentityProposal,
    answered: ReadonlySet<string>,
  ): [PersonId, PersonId] | null {
    if (answered.has(namePair(one, other))) return null
    const { persons } = this.#deps
    const [a, b] = [persons.personOf(one), persons.personOf(other)]
    if (a === undefined || b === undefined) return null
    return (kind === 'merge') === (a !== b) ? [a, b] : null
  }
}

const namePair = (one: number, other: number): string => `${Math.min(one, other)}-${Math.max(one, other)}`
