import type * as z from 'zod'

/** Parts of a bundle by their path. */
export type BundleParts = ReadonlyMap<string, Uint8Array>

/** Reads a part by its schema; null where it is not there, or is none of its format, which is told as a check. */
export type PartReader = <Schema extends z.ZodType>(path: string, schema: Schema) => z.output<Schema> | null
