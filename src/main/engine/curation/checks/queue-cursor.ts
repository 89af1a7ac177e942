import * as z from 'zod'
import { checkId } from '#shared/contract/check.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { CheckId } from '#shared/domain/checks.ts'

const cursorSchema = z.object({ check: checkId, score: z.number(), id: z.int() })

/** Opaque to callers: the last finding's place in its queue. */
export const writeQueueCursor = (cursor: z.infer<typeof cursorSchema>): string =>
  Buffer.from(JSON.stringify(cursor), 'utf8').toString('base64url')

function refuse(): never {
  throw new AppError('INVALID_INPUT', 'This cursor belongs to another queue. Start again without a cursor.', {
    details: { field: 'cursor' },
  })
}

/** @throws AppError INVALID_INPUT when it is no cursor, or one of another check. */
export function readQueueCursor(text: string, check: CheckId): { score: number; id: number } {
  let decoded: unknown
  try {
    decoded = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    return refuse()
  }
  const cursor = cursorSchema.safeParse(decoded)
  if (!cursor.success || cursor.data.check !== check) return refuse()
  return { score: cursor.data.score, id: cursor.data.id }
}
