import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '#shared/contract/errors.ts'
import { toAppError, type ErrorLog } from '../call-errors.ts'
import { problemContentType, toProblem } from '../web/problem.ts'

/** A refusal whose status is finer than the codes of the contract. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal'
  readonly status: number
  readonly error: AppError

  constructor(status: number, error: AppError) {
    super(error.message)
    this.status = status
    this.error = error
  }
}

export const unauthorised = (): HttpRefusal =>
  new HttpRefusal(
    401,
    new AppError(
      'PRECONDITION',
      'This needs a sign-in: open the address that Evenhand printed at its start, or send its token as "Authorization: Bearer TOKEN". /predict and /model also take the configured key as "X-API-Key: KEY".',
    ),
  )

export const forbidden = (message: string): HttpRefusal =>
  new HttpRefusal(403, new AppError('PRECONDITION', message))

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
}

/** The framework says what is wrong; what to do stands here. */
function explainFastifyError({ code, message }: FastifyError): string {
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return 'The request is larger than this server takes. Send fewer or smaller images, as multipart/form-data.'
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return 'This type of content is not read here. Send application/json, or images as multipart/form-data.'
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return 'The body is no valid JSON. Correct it, or send another content-type.'
    default:
      return message === 'Forbidden' ? 'This path is not served; /openapi.json lists what is.' : message
  }
}

function classify(error: unknown, log: ErrorLog): { error: AppError; status: number | undefined } {
  if (error instanceof HttpRefusal) return { error: error.error, status: error.status }
  if (isFastifyError(error) && error.statusCode !== undefined && error.statusCode < 500) {
    const code = error.statusCode === 429 ? 'UNAVAILABLE' : 'INVALID_INPUT'
    return {
      error: new AppError(code, explainFastifyError(error), { cause: error }),
      status: error.statusCode,
    }
  }
  return { error: toAppError(error, log), status: undefined }
}

export function createErrorHandler(log: ErrorLog) {
  return (error: unknown, _request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const failure = classify(error, log)
    const problem = toProblem(failure.error, failure.status)
    if (problem.status === 503) void reply.header('retry-after', '1')
    return reply.status(problem.status).type(problemContentType).send(problem)
  }
}

/** The same answer on a connection that never became a request. */
export function endWithProblem(stream: Duplex, { status, error }: HttpRefusal): void {
  const body = JSON.stringify(toProblem(error, status))
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`,
    'Connection: close',
    `Content-Type: ${problemContentType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  // A client that keeps its own side open must not keep ours.
  stream.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => stream.destroy())
}
