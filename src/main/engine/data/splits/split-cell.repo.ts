import * as z from 'zod'
import { partName } from '#shared/contract/split.contract.ts'
import type { Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder } from '#engine/base/db/row-decoder.ts'

const label = z.string().nullable()
const decodeCell = createRowDecoder({
  race: label,
  gender: label,
  age: label,
  part: partName,
  images: z.int(),
})
export type CellRow = ReturnType<typeof decodeCell>

const decodeGroups = createRowDecoder({ race: label, gender: label, age: label, groups: z.int() })
export type GroupRow = ReturnType<typeof decodeGroups>

const decodeMove = createRowDecoder({
  from: partName.nullable(),
  to: partName.nullable(),
  images: z.int(),
  relabelled: z.int(),
})
export type MoveRow = ReturnType<typeof decodeMove>

/** Splits counted by their cells and against each other; read in a worker, because it is every image of them. */
export class SplitCellRepo {
  readonly #cells: Query<CellRow>
  readonly #groups: Query<GroupRow>
  readonly #moves: Query<MoveRow>

  constructor(db: Db) {
    this.#cells = db.prepareQuery(
      `SELECT race, gender, age_bin AS age, part, count(*) AS images
       FROM split_member WHERE split_id = :splitId GROUP BY race, gender, age_bin, part`,
      decodeCell,
    )
    this.#groups = db.prepareQuery(
      `SELECT race, gender, age_bin AS age, count(DISTINCT group_key) AS groups
       FROM split_member WHERE split_id = :splitId GROUP BY race, gender, age_bin`,
      decodeGroups,
    )
    this.#moves = db.prepareQuery(
      `SELECT a.part AS "from", b.part AS "to", count(*) AS images,
              coalesce(sum(a.part IS NOT NULL AND b.part IS NOT NULL AND
                (a.race IS NOT b.race OR a.gender IS NOT b.gender OR a.age_bin IS NOT b.age_bin
                 OR a.age_years IS NOT b.age_years)), 0) AS relabelled
       FROM (SELECT * FROM split_member WHERE split_id = :splitId) a
       FULL JOIN (SELECT * FROM split_member WHERE split_id = :otherId) b ON b.image_id = a.image_id
       GROUP BY 1, 2 ORDER BY 1, 2`,
      decodeMove,
    )
  }

  readCells(splitId: number): { readonly cells: CellRow[]; readonly groups: GroupRow[] } {
    return { cells: this.#cells.all({ splitId }), groups: this.#groups.all({ splitId }) }
  }

  readMoves(splitId: number, otherId: number): MoveRow[] {
    return this.#moves.all({ splitId, otherId })
  }
}
