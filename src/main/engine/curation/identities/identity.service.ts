import type { ImageId, JobId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type {
  IdentityFacts,
  IdentityProposal,
  IdentitySummary,
  Person,
  ProposalId,
} from '#shared/contract/identity.contract.ts'
import type { ImageTile } from '#shared/contract/image.contract.ts'
import type { JobRunner } from '#engine/base/jobs/job.ts'
import type { VectorSource } from '#engine/curation/vectors/vector-source.ts'
import { faceSpace } from '#engine/networks/faces/face-detection.ts'
import { describePeople } from './describe-people.ts'
import { hashSaid } from './hash-said.ts'
import type { IdentityActService } from './identity-act.service.ts'
import type { IdentityRunRepo } from './identity-run.repo.ts'
import { inferVersion } from './infer-task.ts'
import type { PeopleService } from './people.service.ts'
import type { PersonRepo } from './person.repo.ts'
import { requireFaceSpace } from './require-face-space.ts'

interface IdentityServiceDeps {
  readonly runs: IdentityRunRepo
  readonly persons: PersonRepo
  readonly people: PeopleService
  readonly acts: Pick<IdentityActService, 'listSaid'>
  readonly vectors: Pick<VectorSource, 'listSpaces'>
  readonly jobs: Pick<JobRunner, 'enqueue'>
  readonly images: {
    /** In the order given. */
    readTiles(ids: readonly ImageId[]): ImageTile[]
  }
}

/** Pictures beside each one of a pair. */
const shownBeside = 6

/** Who is the same person, as it stands, and what is left for people to say. */
export class IdentityService {
  readonly #deps: IdentityServiceDeps

  constructor(deps: IdentityServiceDeps) {
    this.#deps = deps
  }

  /** Throws PRECONDITION where no face is described. */
  propose(): { jobId: JobId } {
    requireFaceSpace(this.#deps.vectors)
    return { jobId: this.#deps.jobs.enqueue('identities', {}).id }
  }

  summary(): IdentitySummary {
    const { runs, persons, vectors } = this.#deps
    const run = runs.findNewest()
    const space = vectors.listSpaces().find(({ name }) => name === faceSpace)
    return {
      facts: run?.facts ?? null,
      madeAt: run?.at ?? null,
      isStale:
        run !== undefined &&
        (run.facts.version !== inferVersion ||
          run.facts.revision !== space?.revision ||
          this.#isSaidOtherwise(run.facts)),
      ...persons.count(),
      proposals: run === undefined ? 0 : runs.listProposals(run.id).length,
      open: this.#listOpen().length,
    }
  }

  /** Open ones, the most doubtful first. */
  listProposals(limit: number): IdentityProposal[] {
    return this.#listOpen().slice(0, limit)
  }

  /** Throws NOT_FOUND. */
  findEvidence(id: ProposalId): {
    proposal: IdentityProposal
    sides: [ImageTile[], ImageTile[]]
    counts: [number, number]
  } {
    const proposal = this.#deps.runs.findProposal(id)
    if (proposal === undefined) {
      throw new AppError('NOT_FOUND', `There is no proposal ${id}. A new run makes new ones.`, {
        details: { proposalId: id },
      })
    }
    const [one, other] = proposal.images
    const [first, second] = [this.#listBeside(one, other), this.#listBeside(other, one)]
    return {
      proposal,
      sides: [this.#readTiles(one, first), this.#readTiles(other, second)],
      counts: [first.length + 1, second.length + 1],
    }
  }

  /** People with several images. */
  listPeople(page: { readonly after: number; readonly limit: number }): Person[] {
    return describePeople(this.#deps.persons.listSeveral(page), this.#deps.people.listStanding())
  }

  #isSaidOtherwise({ said }: IdentityFacts): boolean {
    return said !== undefined && said !== hashSaid(this.#deps.acts.listSaid())
  }

  /** The other images of somebody, without the one that is asked about. */
  #listBeside(image: ImageId, without: ImageId): ImageId[] {
    const { persons } = this.#deps
    const person = persons.personOf(image)
    const members = person === undefined ? [] : persons.listMembers(person)
    return members.map(({ imageId }) => imageId).filter((one) => one !== image && one !== without)
  }

  #readTiles(image: ImageId, beside: readonly ImageId[]): ImageTile[] {
    return this.#deps.images.readTiles([image, ...beside.slice(0, shownBeside)])
  }

  /** Those that nobody has answered, neither by the pair itself nor by what became of its people. */
  #listOpen(): IdentityProposal[] {
    const { runs, persons, people } = this.#deps
    const run = runs.findNewest()
    if (run === undefined) return []
    const answered = new Set<string>()
    for (const { kind, images } of people.listStanding()) {
      if (kind !== 'same' && kind !== 'not-same') continue
      const [one = 0, other = 0] = images
      answered.add(namePair(one, other))
    }
    return runs.listProposals(run.id).filter(({ kind, images: [one, other] }) => {
      if (answered.has(namePair(one, other))) return false
      const [a, b] = [persons.personOf(one), persons.personOf(other)]
      if (a === undefined || b === undefined) return false
      return kind === 'merge' ? a !== b : a === b
    })
  }
}

const namePair = (one: number, other: number): string => `${Math.min(one, other)}-${Math.max(one, other)}`
