import * as z from 'zod'
import type { MapGrouping } from '#shared/contract/map.contract.ts'
import { checks, type CheckId } from '#shared/domain/checks.ts'
import type { Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder } from '#engine/base/db/row-decoder.ts'

const decodeValue = createRowDecoder({ imageId: z.int(), value: z.string().nullable() })
export type MapValue = ReturnType<typeof decodeValue>

type LabelGrouping = Exclude<MapGrouping, CheckId>
const labelColumns: Readonly<Record<LabelGrouping, string>> = {
  race: 'race',
  gender: 'gender',
  age: 'age_bin',
}

const isLabel = (by: MapGrouping): by is LabelGrouping => by in labelColumns

/** By what the images of a map are told apart: a label as it is now, or whether a check flags them. */
export class MapGroupRepo {
  readonly #labels: Readonly<Record<LabelGrouping, Query<MapValue>>>
  readonly #flags: Query<MapValue>

  constructor(db: Db) {
    const prepare = (value: string, joined = '') =>
      db.prepareQuery(
        `SELECT image.id AS image_id, ${value} AS value
         FROM map_point CROSS JOIN image ON image.id = map_point.image_id ${joined}
         WHERE map_point.space_id = :spaceId AND map_point.image_id > :after AND image.status <> 'removed'
         ORDER BY map_point.image_id LIMIT :limit`,
        decodeValue,
      )
    this.#labels = {
      race: prepare(`image.${labelColumns.race}`),
      gender: prepare(`image.${labelColumns.gender}`),
      age: prepare(`image.${labelColumns.age}`),
    }
    this.#flags = prepare(
      `CASE WHEN score.is_flagged = 1 THEN 'flagged' ELSE 'not flagged' END`,
      'LEFT JOIN check_score score ON score.check_id = :checkId AND score.image_id = image.id',
    )
  }

  /** In ascending order of the images; removed ones are left out. */
  read(
    spaceId: number,
    { by, ...page }: { readonly by: MapGrouping; readonly after: number; readonly limit: number },
  ): MapValue[] {
    return isLabel(by)
      ? this.#labels[by].all({ spaceId, ...page })
      : this.#flags.all({ spaceId, checkId: checks[by].code, ...page })
  }
}
