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

  setStatus(imageId: number, status: ImageStatus, { actId }: ChangedBy): void {
    this.#states.setStatus({ imageId, status, revision: actId })
  }

  markSuspect(imageId: number, isSuspect: boolean, { actId }: ChangedBy): void {
    this.#states.setSuspect({ imageId, isSuspect, revision: actId })
  }

  /** The history of labels keeps what stood before. @param label its value as text; null takes the label away */
  relabel(imageId: number, { task, value }: { task: Task; value: string | null }, by: ChangedBy): void {
    const image = { imageId, revision: by.actId }
    if (task === 'age') {
      const age = value === null ? noAge : readAge(value)
      if (age === null) throw new RangeError(`${value} is no age`)
      this.#states.setAge({ ...image, ...age })
    } else {
      this.#states.setCategory(task, { ...image, value })
    }
    this.#states.insertLabelEvent({ imageId, task, value, actor: by.actor, at: by.at })
  }

  /** For a change that stands elsewhere, as a review. */
  raiseRevision(imageId: number, { actId }: ChangedBy): void {
    this.#states.setRevision({ imageId, revision: actId })
  }

  /** The file was found as it was imported, with another time. */
  noteMtime(imageId: number, mtimeMs: number): void {
    this.#states.setMtime(imageId, mtimeMs)
  }
}
