import * as z from 'zod'
import { imageStatuses } from '#shared/domain/image-states.ts'
import { groupAlike, type AlikeChanges } from '#engine/curation/decisions/domain/group-alike.ts'
import type { FieldChange, ImageState } from '#engine/curation/decisions/domain/plan-decision.ts'
import type { ImageStateService } from '#engine/data/catalogue/image-state.service.ts'
import type { ReviewRepo } from './review.repo.ts'

const imageStatus = z.enum(imageStatuses)

/** What decisions can change, of images and of findings together. */
export class DecidedStateService {
  readonly #images: ImageStateService
  readonly #reviews: ReviewRepo

  constructor(deps: { images: ImageStateService; reviews: ReviewRepo }) {
    this.#images = deps.images
    this.#reviews = deps.reviews
  }

  /** By image id; ids that are not in the catalogue are missing. */
  read(ids: readonly number[]): Map<number, ImageState> {
    const reviews = this.#reviews.read(ids)
    const states = new Map<number, ImageState>()
    for (const [id, image] of this.#images.read(ids))
      states.set(id, { ...image, reviews: reviews.get(id) ?? new Map() })
    return states
  }

  /** By image that stays: the checks in whose group of it nothing else is left once the others have gone. */
  groupsLeft(
    ids: readonly number[],
    by: {
      readonly codes: readonly number[]
      readonly leaving: ReadonlySet<number>
      readonly staying: ReadonlySet<number>
    },
  ): Map<number, number[]> {
    const groups = new Map<number, Map<number, boolean>>()
    for (const { imageId, checkId, other, isRemoved } of this.#reviews.companions(ids, by.codes)) {
      const ofImage = groups.get(imageId) ?? new Map<number, boolean>()
      const isSettled = isRemoved || by.leaving.has(other) || by.staying.has(other)
      ofImage.set(checkId, (ofImage.get(checkId) ?? true) && isSettled)
      groups.set(imageId, ofImage)
    }
    return new Map(
      [...groups].map(([id, ofImage]) => [
        id,
        [...ofImage].flatMap(([code, isLeft]) => (isLeft ? [code] : [])),
      ]),
    )
  }

  /** Applies the changes of an act; to be called in the transaction that writes its decisions. */
  applyAll(
    changes: readonly FieldChange[],
    by: { readonly actId: number; readonly actor: string; readonly at: string },
  ): void {
    for (const alike of groupAlike(changes)) this.#apply(alike, by)
  }

  #apply(
    { imageIds, field, checkCode, to }: AlikeChanges,
    by: { readonly actId: number; readonly actor: string; readonly at: string },
  ): void {
    switch (field) {
      case 'status':
        return this.#images.setStatus(imageIds, imageStatus.parse(to), by)
      case 'suspect':
        return this.#images.markSuspect(imageIds, to !== null, by)
      case 'review':
        this.#reviews.put(imageIds, checkCode, to)
        return this.#images.raiseRevision(imageIds, by)
      case 'race':
      case 'gender':
      case 'age':
        return this.#images.relabel(imageIds, { task: field, value: to }, by)
      default:
        return field satisfies never
    }
  }
}
