import * as z from 'zod'
import { imageStatuses, type ImageStatus } from '#shared/domain/image-states.ts'
import { labelSchemeNames } from '#shared/domain/label-schemes.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { nextNumber } from '#engine/base/db/next-number.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { booleanColumn, createRowDecoder } from '#engine/base/db/row-decoder.ts'
import { prepareForEach, type RunForEach } from '#engine/base/db/run-for-each.ts'
import type { AgeLabel } from './domain/age-label.ts'

const decodeState = createRowDecoder({
  imageId: z.int(),
  scheme: z.enum(labelSchemeNames),
  status: z.enum(imageStatuses),
  isIdentitySuspect: booleanColumn,
  revision: z.int(),
  race: z.string().nullable(),
  gender: z.string().nullable(),
  ageYears: z.number().nullable(),
  ageBin: z.string().nullable(),
})
/** What people can change of an image, as it is now. */
export type ImageState = ReturnType<typeof decodeState>

const decodeNext = createRowDecoder({ next: z.int() })

interface Revision {
  /** The act that changes the images. */
  readonly revision: number
}

/** Columns of an image that change after its import. */
export class ImageStateRepo {
  readonly #states: Query<ImageState>
  readonly #setStatus: RunForEach
  readonly #setSuspect: RunForEach
  readonly #setCategory: Readonly<Record<Exclude<Task, 'age'>, RunForEach>>
  readonly #setAge: RunForEach
  readonly #setRevision: RunForEach
  readonly #setMtime: Command
  readonly #nextEvent: Query<{ next: number }>
  readonly #insertLabelEvents: RunForEach

  constructor(db: Db) {
    this.#states = db.prepareQuery(
      `SELECT i.id AS image_id, d.label_scheme AS scheme, i.status, i.is_identity_suspect, i.revision, i.race, i.gender,
              i.age_years, i.age_bin
       FROM json_each(:ids) wanted
       JOIN image i ON i.id = wanted.value
       JOIN dataset d ON d.id = i.dataset_id`,
      decodeState,
    )
    const set = (...assignments: readonly string[]): RunForEach => {
      const update = `UPDATE image SET ${[...assignments, 'revision = :revision'].join(', ')}`
      return prepareForEach(db, {
        one: `${update} WHERE id = :id`,
        many: `${update} WHERE id IN (SELECT value FROM json_each(:ids))`,
      })
    }
    this.#setStatus = set('status = :status')
    this.#setSuspect = set('is_identity_suspect = :isSuspect')
    this.#setCategory = { race: set('race = :value'), gender: set('gender = :value') }
    this.#setAge = set('age_years = :ageYears', 'age_bin = :ageBin')
    this.#setRevision = set()
    this.#setMtime = db.prepareCommand('UPDATE image SET mtime_ms = :mtimeMs WHERE id = :imageId')
    this.#nextEvent = db.prepareQuery(`SELECT ${nextNumber('label_event')} AS next`, decodeNext)
    const insertEvent = 'INSERT INTO label_event (id, image_id, task, value, source, actor, at)'
    this.#insertLabelEvents = prepareForEach(db, {
      one: `${insertEvent} VALUES (:next, :id, :task, :label, 'person', :actor, :at)`,
      many: `${insertEvent} SELECT :next + key, value, :task, :label, 'person', :actor, :at FROM json_each(:ids)`,
    })
  }

  /** In no order; ids that are not in the catalogue are missing. */
  read(ids: readonly number[]): ImageState[] {
    return this.#states.all({ ids: JSON.stringify(ids) })
  }

  setStatus(imageIds: readonly number[], state: Revision & { readonly status: ImageStatus }): void {
    this.#setStatus(imageIds, { ...state })
  }

  setSuspect(
    imageIds: readonly number[],
    { isSuspect, ...state }: Revision & { readonly isSuspect: boolean },
  ): void {
    this.#setSuspect(imageIds, { ...state, isSuspect: isSuspect ? 1 : 0 })
  }

  setCategory(
    task: Exclude<Task, 'age'>,
    imageIds: readonly number[],
    state: Revision & { readonly value: string | null },
  ): void {
    this.#setCategory[task](imageIds, { ...state })
  }

  setAge(imageIds: readonly number[], state: Revision & AgeLabel): void {
    this.#setAge(imageIds, { ...state })
  }

  setRevision(imageIds: readonly number[], state: Revision): void {
    this.#setRevision(imageIds, { ...state })
  }

  setMtime(imageId: number, mtimeMs: number): void {
    this.#setMtime.run({ imageId, mtimeMs })
  }

  /** One event for each of the images. */
  insertLabelEvents(
    imageIds: readonly number[],
    event: {
      readonly task: Task
      readonly label: string | null
      readonly actor: string
      readonly at: string
    },
  ): void {
    this.#insertLabelEvents(imageIds, { ...event, next: this.#nextEvent.get()?.next ?? 1 })
  }
}
