import type { EmbeddingStoreService } from '#engine/curation/vectors/embedding-store.service.ts'
import { faceSpace } from '#engine/networks/faces/face-detection.ts'
import { squaredDistance } from '#engine/curation/vectors/nearest.ts'
import {
  listStanding,
  replayActs,
  type MeasureImages,
} from '#engine/curation/identities/domain/replay-acts.ts'
import type { ActRow, IdentityActRepo } from './identity-act.repo.ts'
import type { IdentityRunRepo } from './identity-run.repo.ts'
import type { PersonRepo } from './person.repo.ts'

interface PeopleServiceDeps {
  readonly persons: PersonRepo
  readonly runs: IdentityRunRepo
  readonly acts: IdentityActRepo
  readonly embeddings: Pick<EmbeddingStoreService, 'findVector'>
}

/** Who is the same person: the clusters of the newest run with the acts of people laid over them. */
export class PeopleService {
  readonly #deps: PeopleServiceDeps

  constructor(deps: PeopleServiceDeps) {
    this.#deps = deps
  }

  /** Acts that nobody has taken back, oldest first. */
  listStanding(): ActRow[] {
    return listStanding(this.#deps.acts.list())
  }

  /** Works the people of some images out anew, and of all that hang together with them. To be called in a transaction. */
  settle(images: readonly number[]): void {
    const { persons } = this.#deps
    const { clusters, acts } = this.#collect(images)
    const people = replayActs(clusters, acts, this.#measure())
    const rows = new Map<number, number | null>()
    for (const image of [...clusters.keys(), ...images, ...acts.flatMap((act) => act.images)])
      if (persons.hasImage(image) && !this.#hasLeft(image)) rows.set(image, people.get(image) ?? null)
    persons.put(rows)
  }

  /** Takes the clusters of the newest run for the people, and lays all acts over them. To be called in a transaction. */
  takeRun(runId: number): void {
    this.#deps.persons.takeClusters(runId)
    this.settle(this.listStanding().flatMap(({ images }) => images))
  }

  /** Removed before the newest run, which therefore has no place for it. One removed since keeps its person, should it return. */
  #hasLeft(image: number): boolean {
    const { persons } = this.#deps
    return persons.isRemoved(image) && persons.personOf(image) === undefined
  }

  /** The clusters that images lie in, and whatever acts tie to those, with the standing acts upon them. */
  #collect(images: readonly number[]): { clusters: Map<number, number>; acts: ActRow[] } {
    const { persons, runs } = this.#deps
    const runId = runs.findNewest()?.id ?? 0
    const byImage = Map.groupBy(
      this.listStanding().flatMap((act) => act.images.map((image) => ({ image, act }))),
      ({ image }) => image as number,
    )
    const clusters = new Map<number, number>()
    const isSeen = new Set<number>()
    const acts = new Set<ActRow>()
    const waiting = [...images]
    for (let image = waiting.pop(); image !== undefined; image = waiting.pop()) {
      if (isSeen.has(image)) continue
      isSeen.add(image)
      const cluster = persons.clusterOf(runId, image)
      if (cluster !== undefined && !clusters.has(image))
        for (const member of persons.listCluster(runId, cluster)) {
          clusters.set(member, cluster)
          waiting.push(member)
        }
      for (const { act } of byImage.get(image) ?? []) {
        if (acts.has(act)) continue
        acts.add(act)
        waiting.push(...act.images)
      }
    }
    return { clusters, acts: [...acts].toSorted((a, b) => a.position - b.position) }
  }

  #measure(): MeasureImages {
    const known = new Map<number, Float32Array | null>()
    const vectorOf = (image: number): Float32Array | null => {
      const vector = known.get(image) ?? this.#deps.embeddings.findVector(faceSpace, image)
      known.set(image, vector)
      return vector
    }
    return (one, other) => {
      const [a, b] = [vectorOf(one), vectorOf(other)]
      return a === null || b === null ? null : Math.sqrt(squaredDistance(a, b))
    }
  }
}
