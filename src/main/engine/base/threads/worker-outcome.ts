import * as z from 'zod'
import { AppError, failure, type Failure } from '#shared/contract/errors.ts'

/** What a worker answers: an AppError would lose its code on the way between threads. */
export type WorkerOutcome<Value> =
  { readonly isOk: true; readonly value: Value } | { readonly isOk: false; readonly error: Failure }

/** Worker side: runs `work` and packs its answer or its failure. */
export async function packOutcome<Value>(work: () => Promise<Value> | Value): Promise<WorkerOutcome<Value>> {
  try {
    return { isOk: true, value: await work() }
  } catch (error) {
    return { isOk: false, error: packFailure(error) }
  }
}

/** An error as data; anything but an AppError becomes INTERNAL with its stack, which only the log will show. */
function packFailure(error: unknown): Failure {
  if (error instanceof AppError)
    return { code: error.code, message: error.message, details: { ...error.details } }
  return {
    code: 'INTERNAL',
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    details: {},
  }
}

/** Engine side: an INTERNAL failure comes back as a plain error, so that its text stays in the log. */
function unpackFailure(packed: unknown): Error {
  const { code, message, details } = failure.parse(packed)
  return code === 'INTERNAL' ? new Error(message) : new AppError(code, message, { details })
}

const answered = z.discriminatedUnion('isOk', [
  z.object({ isOk: z.literal(true), value: z.unknown() }),
  z.object({ isOk: z.literal(false), error: z.unknown() }),
])

/** Engine side: reads the answer by a schema, or throws the failure. */
export function unpackOutcome<Schema extends z.ZodType>(schema: Schema, answer: unknown): z.output<Schema> {
  const outcome = answered.parse(answer)
  if (!outcome.isOk) throw unpackFailure(outcome.error)
  return schema.parse(outcome.value)
}
