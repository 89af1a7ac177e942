import { ORPCError } from '@orpc/client'
import { describe, expect, it } from 'vitest'
import { AppError, longestMessage, readFailure } from '#shared/contract/errors.ts'

const tell = (error: unknown) => {
  const known = readFailure(error)
  return known === null ? null : { code: known.code, message: known.message, details: known.details }
}

describe('a failure', () => {
  it('that was thrown here comes back as it is', () => {
    const error = new AppError('NOT_FOUND', 'There is no image 3.', { details: { imageId: 3 } })
    expect(readFailure(error)).toBe(error)
  })

  it('says no more than a person reads, however much it quotes', () => {
    expect(new AppError('INVALID_INPUT', `No "${'a'.repeat(1_000_000)}".`).message).toHaveLength(
      longestMessage + 3,
    )
  })

  it.each([
    [
      'keeps its code, its words and its facts over a wire',
      new ORPCError('CONFLICT', { message: 'The name is taken.', data: { name: 'A', times: 2 } }),
      { code: 'CONFLICT', message: 'The name is taken.', details: { name: 'A', times: 2 } },
    ],
    [
      'carries no facts that are not plain',
      new ORPCError('CONFLICT', { message: 'The name is taken.', data: { nested: { stack: 'secret' } } }),
      { code: 'CONFLICT', message: 'The name is taken.', details: {} },
    ],
    [
      "of a message that could not be read is the sender's",
      new ORPCError('BAD_REQUEST', { message: 'Malformed request.' }),
      { code: 'INVALID_INPUT', message: 'Malformed request.', details: {} },
    ],
    [
      'of an aborted signal is a cancellation',
      AbortSignal.abort().reason,
      { code: 'CANCELLED', message: 'The call was cancelled.', details: {} },
    ],
    ['that nobody foresaw is none', new TypeError('x is undefined'), null],
    ['of the system is none', Object.assign(new Error('no such file'), { code: 'ENOENT' }), null],
    ['of a protocol in codes of its own is none', new ORPCError('TOO_MANY_REQUESTS'), null],
    ['that is no error is none', { code: 'CONFLICT', message: 'made up' }, null],
  ])('%s', (_, error: unknown, expected) => {
    expect(tell(error)).toEqual(expected)
  })
})
