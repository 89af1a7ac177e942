import * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import { imageSort, type ImageSort } from '#shared/contract/image.contract.ts'

const cursorSchema = z.object({
  sort: imageSort,
  direction: z.enum(['ascending', 'descending']),
  key: z.union([z.string(), z.number()]),
  id: z.int().positive(),
})
export type PageCursor = z.infer<typeof cursorSchema>

/** Opaque to callers: the last row's place in the order, as base64url. */
export const writeCursor = (cursor: PageCursor): string =>
  Buffer.from(JSON.stringify(cursor), 'utf8').toString('base64url')

function refuse(): never {
  throw new AppError('INVALID_INPUT', 'This cursor belongs to another query. Start again without a cursor.', {
    details: { field: 'cursor' },
  })
}

/** @throws AppError INVALID_INPUT when it is no cursor, or one of another order. */
export function readCursor(
  text: string,
  { sort, direction }: { sort: ImageSort; direction: PageCursor['direction'] },
): PageCursor {
  let decoded: unknown
  try {
    decoded = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    return refuse()
  }
  const cursor = cursorSchema.safeParse(decoded)
  if (!cursor.success || cursor.data.sort !== sort || cursor.data.direction !== direction) return refuse()
  return cursor.data
}
