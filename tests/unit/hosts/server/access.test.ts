import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isAllowedHost, isForeignRequest, isSameSecret } from '../../../../src/main/hosts/server/access.ts'

describe('the host name', () => {
  it.each(['127.0.0.1', '127.0.0.1:8321', '[::1]:8321', 'localhost:1', 'LOCALHOST', '192.168.1.7:80'])(
    '%s is served',
    (host) => expect(isAllowedHost(host, [])).toBe(true),
  )

  it.each([
    undefined,
    '',
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example:8321',
    '127.0.0.1:8321:1',
    'a b',
    'user@localhost',
  ])('%s is refused', (host) => expect(isAllowedHost(host, [])).toBe(false))

  it('is served when the user allowed it', () => {
    expect(isAllowedHost('Lab-7.local:8321', ['lab-7.local'])).toBe(true)
  })
})

describe('a request from another page', () => {
  it.each([
    [{ host: '127.0.0.1:8321', origin: 'http://127.0.0.1:8321' }, false],
    [{ host: '127.0.0.1:8321' }, false],
    [{ host: '127.0.0.1:8321', origin: 'null' }, true],
    [{ host: '127.0.0.1:8321', origin: 'http://127.0.0.1:9000' }, true],
    [{ host: '127.0.0.1:8321', origin: 'https://evil.example' }, true],
    [{ host: '127.0.0.1:8321', 'sec-fetch-site': 'cross-site' }, true],
    [{ host: '127.0.0.1:8321', 'sec-fetch-site': 'same-site' }, true],
    [{ host: '127.0.0.1:8321', 'sec-fetch-site': 'none' }, false],
  ])('%o is foreign: %s', (headers, isForeign) => {
    expect(isForeignRequest(headers)).toBe(isForeign)
  })
})

describe('secrets', () => {
  it('of any length are compared by content', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => isSameSecret(a, b) === (a === b)))
  })
})
