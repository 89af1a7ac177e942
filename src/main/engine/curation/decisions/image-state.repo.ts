import * as z from 'zod'
import { imageStatuses } from '#shared/domain/image-states.ts'
import { labelSchemeNames } from '#shared/domain/label-schemes.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { booleanColumn, createRowDecoder } from '#engine/base/db/row-decoder.ts'
import { readAge, noAge } from '#engine/curation/decisions/domain/age-label.ts'
import type { FieldChange, ImageState, ReviewState } from '#engine/curation/decisions/domain/plan-decision.ts'

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
const decodeReview = createRowDecoder({
  imageId: z.int(),
  checkId: z.int(),
  state: z.enum(['kept', 'relabelled']),
})
const decodeId = createRowDecoder({ imageId: z.int() })

export interface AppliedBy {
  readonly actId: number
  readonly actor: string
  readonly at: string
}

/** What holds of an image now, and the one place where a decision changes it. */
export class ImageStateRepo {
  readonly #states: Query<ReturnType<typeof decodeState>>
  readonly #reviews: Query<ReturnType<typeof decodeReview>>
  readonly #group: Query<{ imageId: number }>
  readonly #setStatus: Command
  readonly #setSuspect: Command
  readonly #setRace: Command
  readonly #setGender: Command
  readonly #setAge: Command
  readonly #setRevision: Command
  readonly #putReview: Command
  readonly #deleteReview: Command
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
    this.#reviews = db.prepareQuery(
      'SELECT image_id, check_id, state FROM review WHERE image_id IN (SELECT value FROM json_each(:ids))',
      decodeReview,
    )
    this.#group = db.prepareQuery(
      'SELECT image_id FROM check_score WHERE check_id = :checkCode AND group_id = :groupId ORDER BY image_id',
      decodeId,
    )
    const set = (assignment: string) =>
      db.prepareCommand(`UPDATE image SET ${assignment}, revision = :actId WHERE id = :imageId`)
    this.#setStatus = set('status = :to')
    this.#setSuspect = set('is_identity_suspect = :to')
    this.#setRace = set('race = :to')
    this.#setGender = set('gender = :to')
    this.#setAge = set('age_years = :ageYears, age_bin = :ageBin')
    this.#setRevision = db.prepareCommand('UPDATE image SET revision = :actId WHERE id = :imageId')
    this.#putReview = db.prepareCommand(
      'INSERT OR REPLACE INTO review (image_id, check_id, state) VALUES (:imageId, :checkCode, :to)',
    )
    this.#deleteReview = db.prepareCommand(
      'DELETE FROM review WHERE image_id = :imageId AND check_id = :checkCode',
    )
    this.#insertLabelEvent = db.prepareCommand(
      `INSERT INTO label_event (image_id, task, value, source, actor, at)
       VALUES (:imageId, :task, :to, 'person', :actor, :at)`,
    )
  }

  /** By image id; ids that are not in the catalogue are missing. */
  read(ids: readonly number[]): Map<number, ImageState> {
    const values = { ids: JSON.stringify(ids) }
    const reviews = new Map<number, Map<number, ReviewState>>()
    for (const { imageId, checkId, state } of this.#reviews.all(values)) {
      const ofImage = reviews.get(imageId) ?? new Map<number, ReviewState>()
      reviews.set(imageId, ofImage.set(checkId, state))
    }
    return new Map(
      this.#states
        .all(values)
        .map((row) => [row.imageId, { ...row, reviews: reviews.get(row.imageId) ?? new Map() }]),
    )
  }

  /** Members of a group of a check, in the order of their ids. */
  groupMembers(checkCode: number, groupId: number): number[] {
    return this.#group.all({ checkCode, groupId }).map(({ imageId }) => imageId)
  }

  apply({ imageId, field, checkCode, to }: FieldChange, { actId, actor, at }: AppliedBy): void {
    switch (field) {
      case 'status':
        this.#setStatus.run({ imageId, to, actId })
        return
      case 'suspect':
        this.#setSuspect.run({ imageId, to: to === null ? 0 : 1, actId })
        return
      case 'review':
        if (to === null) this.#deleteReview.run({ imageId, checkCode })
        else this.#putReview.run({ imageId, checkCode, to })
        this.#setRevision.run({ imageId, actId })
        return
      case 'race':
        this.#setRace.run({ imageId, to, actId })
        break
      case 'gender':
        this.#setGender.run({ imageId, to, actId })
        break
      case 'age': {
        const age = to === null ? noAge : readAge(to)
        if (age === null) throw new RangeError(`${to} is no age`)
        this.#setAge.run({ imageId, ageYears: age.ageYears, ageBin: age.ageBin, actId })
        break
      }
      default:
        return field satisfies never
    }
    this.#insertLabelEvent.run({ imageId, task: field, to, actor, at })
  }
}
