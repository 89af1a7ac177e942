import type { BoundValue, Db } from './db.ts'

/** Runs a statement about each of the rows with these ids, with the same values. */
export type RunForEach = (ids: readonly number[], values: Readonly<Record<string, BoundValue>>) => void

/**
 * One statement for many rows costs less than one for each: before every statement SQLite sets up what it may have to take
 * back, and keeps a copy of each page that it changes.
 * @param sql of the same meaning: `one` about the row `:id`, `many` about those in `json_each(:ids)`
 */
export function prepareForEach(db: Db, sql: { readonly one: string; readonly many: string }): RunForEach {
  const [one, many] = [db.prepareCommand(sql.one), db.prepareCommand(sql.many)]
  return (ids, values) => {
    const [id] = ids
    if (id === undefined) return
    if (ids.length === 1) one.run({ ...values, id })
    else many.run({ ...values, ids: JSON.stringify(ids) })
  }
}
