import * as z from 'zod'
import { runId, timestamp, type RunId } from '#shared/contract/base.contract.ts'
import { sweepId, sweepPlan, type SweepId, type SweepPlan } from '#shared/contract/sweep.contract.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder, jsonColumn } from '#engine/base/db/row-decoder.ts'

const decodeSweep = createRowDecoder({
  id: sweepId,
  name: z.string(),
  plan: jsonColumn(sweepPlan),
  createdAt: timestamp,
})
export type SweepRow = ReturnType<typeof decodeSweep>

const decodeMember = createRowDecoder({ id: runId, sweepId })

export class SweepRepo {
  readonly #insert: Command
  readonly #selectAll: Query<SweepRow>
  readonly #select: Query<SweepRow>
  readonly #selectMembers: Query<ReturnType<typeof decodeMember>>

  constructor(db: Db) {
    this.#insert = db.prepareCommand(
      'INSERT INTO sweep (name, plan, created_at) VALUES (:name, :plan, :createdAt)',
    )
    this.#selectAll = db.prepareQuery('SELECT * FROM sweep ORDER BY id DESC', decodeSweep)
    this.#select = db.prepareQuery('SELECT * FROM sweep WHERE id = :sweepId', decodeSweep)
    this.#selectMembers = db.prepareQuery(
      'SELECT id, sweep_id FROM run WHERE sweep_id IS NOT NULL ORDER BY id',
      decodeMember,
    )
  }

  insert({ plan, ...sweep }: { name: string; plan: SweepPlan; createdAt: string }): SweepId {
    return sweepId.parse(this.#insert.run({ ...sweep, plan: JSON.stringify(plan) }).lastId)
  }

  find(id: SweepId): SweepRow | undefined {
    return this.#select.get({ sweepId: id })
  }

  /** Newest first. */
  list(): SweepRow[] {
    return this.#selectAll.all()
  }

  /** The runs of every sweep in the order they were made. */
  listRuns(): Map<SweepId, RunId[]> {
    const grouped = Map.groupBy(this.#selectMembers.all(), (member) => member.sweepId)
    return new Map([...grouped].map(([id, members]) => [id, members.map((member) => member.id)]))
  }
}
