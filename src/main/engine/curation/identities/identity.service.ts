import type { ImageId, JobId } from '#shared/contract/base.contract.ts'
import type {
  IdentityFacts,
  IdentityProposal,
  IdentitySummary,
  Person,
  ProposalId,
} from '#shared/contract/identity.contract.ts'
import type { ImageTile } from '#shared/contract/image.contract.ts'
import { countYearsApart } from '#shared/domain/age-range.ts'
import type { Interval } from '#shared/domain/intervals.ts'
import type { JobRunner } from '#engine/base/jobs/job.ts'
import type { VectorSource } from '#engine/curation/vectors/vector-source.ts'
import { faceSpace } from '#engine/networks/faces/face-detection.ts'
import { describePeople } from './describe-people.ts'
import { hashSaid } from './hash-said.ts'
import type { IdentityActService } from './identity-act.service.ts'
import type { IdentityRunRepo } from './identity-run.repo.ts'
import { inferVersion } from './infer-task.ts'
import type { OpenProposals } from './open-proposals.ts'
import type { PeopleService } from './people.service.ts'
import type { PersonRepo } from './person.repo.ts'
import { requireFaceSpace } from './require-face-space.ts'

interface IdentityServiceDeps {
  readonly runs: IdentityRunRepo
  readonly persons: PersonRepo
  readonly people: PeopleService
  readonly acts: Pick<IdentityActService, 'listSaid'>
  readonly open: OpenProposals
  readonly vectors: Pick<VectorSource, 'listSpaces'>
  readonly jobs: Pick<JobRunner, 'enqueue'>
  readonly images: {
    /** In the order given. */
    readTiles(ids: readonly ImageId[]): ImageTile[]
  }
}

export interface ProposalEvidence {
  readonly proposal: IdentityProposal
  readonly isOpen: boolean
  readonly yearsApart: Interval | null
  readonly sides: [ImageTile[], ImageTile[]]
  readonly counts: [number, number]
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

  /** What the people were inferred by; null before the first run. */
  findFacts(): IdentityFacts | null {
    return this.#deps.runs.findNewest()?.facts ?? null
  }

  summary(): IdentitySummary {
    const { runs, persons, vectors, open } = this.#deps
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
      described: space?.images ?? 0,
      proposals: run === undefined ? 0 : runs.listProposals(run.id).length,
      open: open.list().length,
    }
  }

  /** Open ones, the most doubtful first. */
  listProposals(limit: number): IdentityProposal[] {
    return this.#deps.open
      .list()
      .slice(0, limit)
      .map(({ proposal }) => proposal)
  }

  /** Throws NOT_FOUND. */
  findEvidence(id: ProposalId): ProposalEvidence {
    const { proposal, isOpen } = this.#deps.open.find(id)
    const [one, other] = proposal.images
    const [first, second] = [this.#listBeside(one, other), this.#listBeside(other, one)]
    const sides: [ImageTile[], ImageTile[]] = [this.#readTiles(one, first), this.#readTiles(other, second)]
    const [[left], [right]] = sides
    return {
      proposal,
      isOpen,
      yearsApart: left === undefined || right === undefined ? null : countYearsApart(left, right),
      sides,
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
}
