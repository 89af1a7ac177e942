import { implement, ORPCError, ValidationError, type ImplementerInternalWithMiddlewares } from '@orpc/server'
import { contract, type Contract } from '#shared/contract/contract.ts'
import { errorTable, AppError } from '#shared/contract/errors.ts'
import { describeFailure } from './describe-failure.ts'
import type { Logger } from './logger.ts'
import { createInvalidInput } from './parse-input.ts'

/** oRPC's own failure of reading an input, in our words; output that does not fit stays an internal error. */
function readProtocolError(error: unknown): unknown {
  if (!(error instanceof ORPCError)) return error
  const { cause } = error
  if (error.code === 'BAD_REQUEST' && cause instanceof ValidationError) {
    return createInvalidInput('The input', cause.issues)
  }
  return cause instanceof ValidationError
    ? new Error(`The answer does not fit the contract: ${JSON.stringify(cause.issues)}`, { cause: error })
    : error
}

/** The one place where a failure becomes the typed error that every transport passes on. */
function toWireError(error: unknown, logger: Logger, path: readonly string[]): ORPCError<string, unknown> {
  const readable = readProtocolError(error)
  const isAbort = readable instanceof Error && readable.name === 'AbortError'
  const { code, message, details } = describeFailure(
    isAbort ? new AppError('CANCELLED', 'The call was cancelled.') : readable,
    logger,
    { procedure: path.join('.') },
  )
  return new ORPCError(code, { status: errorTable[code].httpStatus, message, data: { ...details } })
}

type NoContext = Record<never, never>
/** Named, since the whole contract written out is longer than the compiler will write into a declaration. */
export type EngineImplementer = ImplementerInternalWithMiddlewares<Contract, NoContext, NoContext>

/** Where handlers start: `os.split.list.handler(...)` is typed by the contract, and its failures are mapped. */
export function createImplementer(logger: Logger): EngineImplementer {
  return implement(contract).use(async ({ next, path }) => {
    try {
      return await next()
    } catch (error) {
      throw toWireError(error, logger, path)
    }
  })
}
