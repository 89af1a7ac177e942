import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { AppError, errorTable, type ErrorCode } from '#shared/contract/errors.ts'
import { toAppError, type ErrorLog } from '../call-errors.ts'
import { problemContentType, toProblem } from '../web/problem.ts'

/** A refusal whose status is finer than the codes of the contract. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal'
  readonly status: number
  readonly error: AppError
  readonly retryAfterSeconds: number | null

  constructor(status: number, error: AppError, retryAfterSeconds: number | null = null) {
    super(error.message)
    this.status = status
    this.error = error
    this.retryAfterSeconds = retryAfterSeconds
  }
}

export const unauthorised = (): HttpRefusal =>
  new HttpRefusal(
    401,
    new AppError(
      'PRECONDITION',
      'This needs a sign-in: "evenhand sign-in" prints an address that signs a browser in. Programs send the token as "Authorization: Bearer TOKEN"; /predict and /model also take the configured key as "X-API-Key: KEY".',
    ),
  )

export const forbidden = (message: string): HttpRefusal =>
  new HttpRefusal(403, new AppError('PRECONDITION', message))

/** @param waitMs until the next request is within the limit. */
export function tooMany(waitMs: number): HttpRefusal {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000))
  const when = seconds === 1 ? '1 second' : `${seconds} seconds`
  return new HttpRefusal(
    429,
    new AppError('UNAVAILABLE', `Too many requests; try again in ${when}.`),
    seconds,
  )
}

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
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return 'The address cannot be read; /openapi.json lists what is served.'
    default:
      return message === 'Forbidden' ? 'This path is not served; /openapi.json lists what is.' : message
  }
}

function codeOf(status: number): ErrorCode {
  if (status === 404) return 'NOT_FOUND'
  return status === 429 ? 'UNAVAILABLE' : 'INVALID_INPUT'
}

/** Any failure as what HTTP answers to it. */
export function toRefusal(error: unknown, log: ErrorLog): HttpRefusal {
  if (error instanceof HttpRefusal) return error
  if (isFastifyError(error) && error.statusCode !== undefined && error.statusCode < 500) {
    const known = new AppError(codeOf(error.statusCode), explainFastifyError(error), { cause: error })
    return new HttpRefusal(error.statusCode, known)
  }
  const known = toAppError(error, log)
  const status = errorTable[known.code].httpStatus
  return new HttpRefusal(status, known, status === 503 ? 1 : null)
}

export function createErrorHandler(log: ErrorLog) {
  return (error: unknown, _request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const refusal = toRefusal(error, log)
    if (refusal.retryAfterSeconds !== null) void reply.header('retry-after', refusal.retryAfterSeconds)
    return reply
      .status(refusal.status)
      .type(problemContentType)
      .send(toProblem(refusal.error, refusal.status))
  }
}

/** What Node found wrong before there was a request. */
function explainConnectionError({ code }: NodeJS.ErrnoException): HttpRefusal {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return tooSlow()
    case 'HPE_HEADER_OVERFLOW':
      return new HttpRefusal(
        431,
        new AppError('INVALID_INPUT', 'The headers are larger than this server takes.'),
      )
    default:
      return new HttpRefusal(
        400,
        new AppError('INVALID_INPUT', `This is no request of HTTP/1.1 (${code ?? 'unreadable'}).`),
      )
  }
}

export const tooSlow = (): HttpRefusal =>
  new HttpRefusal(
    408,
    new AppError('CANCELLED', 'The request did not arrive in time. Send it again, in smaller parts.'),
  )

/** Answers what never became a request, and ends its connection. */
export function endConnection(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy()
  else endWithProblem(socket, explainConnectionError(error))
}

/** A problem document on a connection that has no request to answer. */
export function endWithProblem(stream: Duplex, { status, error, retryAfterSeconds }: HttpRefusal): void {
  const body = JSON.stringify(toProblem(error, status))
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`,
    'Connection: close',
    `Content-Type: ${problemContentType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(retryAfterSeconds === null ? [] : [`Retry-After: ${retryAfterSeconds}`]),
  ]
  // A client that keeps its own side open must not keep ours.
  stream.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => stream.destroy())
}
