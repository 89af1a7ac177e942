import * as z from 'zod'

/** Reads one row as SQLite gives it; throws when it does not fit. */
export type RowDecoder<Row> = (row: unknown) => Row

export const toSnakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/**
 * The one place where `snake_case` columns become `camelCase` fields: `{ ageYears }` reads `age_years`.
 * Columns that the shape does not name are left out; a named column that is missing or does not fit throws.
 */
export function createRowDecoder<Shape extends z.ZodRawShape>(
  shape: Shape,
): RowDecoder<z.output<z.ZodObject<Shape>>> {
  const schema = z.object(shape)
  const columns = Object.keys(shape).map((field) => [field, toSnakeCase(field)] as const)
  return (row) => {
    if (typeof row !== 'object' || row === null) throw new TypeError('A row must be an object')
    const target: Record<string, unknown> = {}
    for (const [field, column] of columns) target[field] = Reflect.get(row, column)
    return schema.parse(target)
  }
}

/** 0 and 1 as SQLite keeps truth. */
export const booleanColumn = z.union([z.literal(0), z.literal(1)]).transform((value) => value === 1)

/** JSON text read by a schema. */
export const jsonColumn = <S extends z.ZodType>(schema: S) =>
  z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema)

/** A decoder of a single number named `count`. */
export const decodeCount: RowDecoder<number> = (row) => z.object({ count: z.number() }).parse(row).count
