import type { ImageStatus } from '#shared/domain/image-states.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { noAge, readAge } from './domain/age-label.ts'
import type { ImageState, ImageStateRepo } from './image-state.repo.ts'

interface ChangedBy {
  /** Becomes the image's revision. */
  readonly actId: number
  readonly actor: string
  readonly at: string
}

/** What holds of an image now, and the one place where it changes after its import. */
export class ImageStateService {
  readonly #states: ImageStateRepo

  constructor(deps: { states: ImageStateRepo }) {
    this.#states = deps.states
  }

  /** By image id; ids that are not in the catalogue are missing. */
  read(ids: readonly number[]): Map<number, ImageState> {
    return new Map(this.#states.read(ids).map((state) => [state.imageId, state]))
  }

  setStatus(imageIds: readonly number[], status: ImageStatus, { actId }: ChangedBy): void {
    this.#states.setStatus(imageIds, { status, revision: actId })
  }

  markSuspect(imageIds: readonly number[], isSuspect: boolean, { actId }: ChangedBy): void {
    this.#states.setSuspect(imageIds, { isSuspect, revision: actId })
  }

  /** The history of labels keeps what stood before. @param label its value as text; null takes the label away */
  relabel(
    imageIds: readonly number[],
    { task, value }: { task: Task; value: string | null },
    { actId: revision, actor, at }: ChangedBy,
  ): void {
    if (task === 'age') {
      const age = value === null ? noAge : readAge(value)
      if (age === null) throw new RangeError(`${value} is no age`)
      this.#states.setAge(imageIds, { ...age, revision })
    } else {
      this.#states.setCategory(task, imageIds, { value, revision })
    }
    this.#states.insertLabelEvents(imageIds, { task, label: value, actor, at })
  }

  /** For a change that stands elsewhere, as a review. */
  raiseRevision(imageIds: readonly number[], { actId }: ChangedBy): void {
    this.#states.setRevision(imageIds, { revision: actId })
  }

  /** The file was found as it was imported, with another time. */
  noteMtime(imageId: number, mtimeMs: number): void {
    this.#states.setMtime(imageId, mtimeMs)
  }
}
