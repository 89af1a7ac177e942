import {
  getRouter,
  implement,
  isProcedure,
  ORPCError,
  ValidationError,
  type AnyProcedure,
  type AnyRouter,
  type Router,
} from '@orpc/server'
import type { AnyContractProcedure } from '@orpc/contract'
import type { Contract } from '#shared/contract/contract.ts'
import { errorTable, readFailure } from '#shared/contract/errors.ts'
import { describeFailure } from '#engine/base/kernel/describe-failure.ts'
import type { Logger } from '#engine/base/kernel/logger.ts'
import { createInvalidInput } from '#engine/base/kernel/parse-input.ts'
import { findBrokenText } from '#engine/base/kernel/broken-text.ts'
import { procedures, type AnyHandler } from './handlers.ts'

/** Procedures need no per-call context: hosts authenticate before they hand a call over. */
export type EngineContext = Record<never, never>
type Implemented<Part> = Part extends AnyContractProcedure ? Router<Part, EngineContext> : never
export type EngineRouter = {
  [Noun in keyof Contract]: { [Verb in keyof Contract[Noun]]: Implemented<Contract[Noun][Verb]> }
}

/** oRPC's own failure of reading an input, in our words; output that does not fit stays an internal error. */
function readProtocolError(error: unknown): unknown {
  if (!(error instanceof ORPCError)) return readFailure(error) ?? error
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
  const { code, message, details } = describeFailure(readProtocolError(error), logger, {
    procedure: path.join('.'),
  })
  return new ORPCError(code, { status: errorTable[code].httpStatus, message, data: { ...details } })
}

/** A text that UTF-8 cannot say would be stored as another one: a name that is free here and taken there. */
function refuseBrokenTexts(input: unknown): void {
  const path = findBrokenText(input)
  if (path === null) return
  const message = 'holds half of a character (an unpaired surrogate), which cannot be stored; type it anew'
  throw createInvalidInput('The input', [{ path, message }])
}

interface RouterDeps {
  readonly logger: Logger
  /** What answers a procedure at the time of a call; throws where nothing can, as when no project is open. */
  readonly find: (name: string) => AnyHandler | undefined
}

const isEngineRouter = (router: AnyRouter): router is EngineRouter =>
  procedures.every(({ noun, verb }) => isProcedure(getRouter(router, [noun, verb])))

/** Reading the input and the answer comes after the mapping of failures, so that their failures are mapped too. */
const mappedFirst = { initialInputValidationIndex: 1, initialOutputValidationIndex: 1 } as const

/** Every procedure of the contract: inputs and answers are read by its schemas, and its failures are mapped. */
export function createRouter({ logger, find }: RouterDeps): EngineRouter {
  const router: Record<string, Record<string, AnyProcedure>> = {}
  for (const { noun, verb, procedure } of procedures) {
    const implemented = implement(procedure, mappedFirst)
      .use(async ({ next, path }) => {
        try {
          return await next()
        } catch (error) {
          throw toWireError(error, logger, path)
        }
      })
      .handler(({ input, signal }) => {
        const handler = find(`${noun}.${verb}`)
        if (handler === undefined) throw new Error(`Nothing answers ${noun}.${verb}`)
        refuseBrokenTexts(input)
        return handler(input, signal ?? new AbortController().signal)
      })
    router[noun] = { ...router[noun], [verb]: implemented }
  }
  if (!isEngineRouter(router)) throw new Error('The router lacks procedures of the contract')
  return router
}
