import * as z from 'zod'
import { imageStatuses, type ImageStatus } from '#shared/domain/image-states.ts'
import { labelSchemeNames } from '#shared/domain/label-schemes.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { nextNumber } from '#engine/base/db/next-number.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { booleanColumn, createRowDecoder } from '#engine/base/db/row-decoder.ts'
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

interface Revision {
  readonly imageId: number
  /** The act that changes it. */
  readonly revision: number
}

/** Columns of an image that change after its import. */
export class ImageStateRepo {
  readonly #states: Query<ImageState>
  readonly #setStatus: Command
  readonly #setSuspect: Command
  readonly #setCategory: Readonly<Record<Exclude<Task, 'age'>, Command>>
  readonly #setAge: Command
  readonly #setRevision: Command
  readonly #setMtime: Command
  readonly #insertLabelEvent: Command

  constructor(db: Db) {
    this.#states = db.prepareQuery(
      `SELECT i.id AS image_id, d.label_scheme AS scheme, i.status, i.is_identity_suspect, i.revision, i.race, i.gender,
              i.age_years, i.age_bin
       FROM json_each(:ids) wanted
       JOIN image i ON i.id = wanted.value
       JOIN dataset d ON d.id = i.dataset_id`,
      decodeState,
    )
    const set = (assignment: string) =>
      db.prepareCommand(`UPDATE image SET ${assignment}, revision = :revision WHERE id = :imageId`)
    this.#setStatus = set('status = :status')
    this.#setSuspect = set('is_identity_suspect = :isSuspect')
    this.#setCategory = { race: set('race = :value'), gender: set('gender = :value') }
    this.#setAge = set('age_years = :ageYears, age_bin = :ageBin')
    this.#setRevision = db.prepareCommand('UPDATE image SET revision = :revision WHERE id = :imageId')
    this.#setMtime = db.prepareCommand('UPDATE image SET mtime_ms = :mtimeMs WHERE id = :imageId')
    this.#insertLabelEvent = db.prepareCommand(
      `INSERT INTO label_event (id, image_id, task, value, source, actor, at)
       VALUES (${nextNumber('label_event')}, :imageId, :task, :value, 'person', :actor, :at)`,
    )
  }

  /** In no order; ids that are not in the catalogue are missing. */
  read(ids: readonly number[]): ImageState[] {
    return this.#states.all({ ids: JSON.stringify(ids) })
  }

  setStatus(image: Revision & { readonly status: ImageStatus }): void {
    this.#setStatus.run({ ...image })
  }

  setSuspect({ isSuspect, ...image }: Revision & { readonly isSuspect: boolean }): void {
    this.#setSuspect.run({ ...image, isSuspect: isSuspect ? 1 : 0 })
  }

  setCategory(task: Exclude<Task, 'age'>, image: Revision & { readonly value: string | null }): void {
    this.#setCategory[task].run({ ...image })
  }

  setAge(image: Revision & AgeLabel): void {
    this.#setAge.run({ ...image })
  }

  setRevision(image: Revision): void {
    this.#setRevision.run({ ...image })
  }

  setMtime(imageId: number, mtimeMs: number): void {
    this.#setMtime.run({ imageId, mtimeMs })
  }

  insertLabelEvent(event: {
    readonly imageId: number
    readonly task: Task
    readonly value: string | null
    readonly actor: string
    readonly at: string
  }): void {
    this.#insertLabelEvent.run({ ...event })
  }
}
