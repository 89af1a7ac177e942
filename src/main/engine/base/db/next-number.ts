/**
 * Tables whose rows can go while their numbers stay elsewhere: in tombstones, in the access log, in exported files, in what a
 * check says it has seen. A number that came back would speak of another thing.
 */
export const numberedTables = ['dataset', 'decision', 'identity', 'image', 'label_event'] as const

/** The `id` of a new row, as SQL: larger than that of any row that the table has or had. */
export const nextNumber = (table: (typeof numberedTables)[number]): string =>
  `(SELECT 1 + max(coalesce((SELECT max(id) FROM ${table}), 0),
     coalesce((SELECT last FROM number_given WHERE name = '${table}'), 0)))`
