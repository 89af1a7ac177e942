import type { IncomingHttpHeaders } from 'node:http'
import { describe, expect, it } from 'vitest'
import { Gate, isOf } from '../../../../src/main/hosts/server/gate.ts'
import { HttpRefusal } from '../../../../src/main/hosts/server/http-errors.ts'
import { defaultServerLimits, type ServerLimits } from '../../../../src/main/hosts/server/server-options.ts'
import { SignIns } from '../../../../src/main/hosts/server/sign-ins.ts'

const apiKey = 'a key that somebody chose'

function createGate(limits: Partial<ServerLimits> = {}, key: string | null = apiKey) {
  const clock = { now: 0 }
  const now = () => clock.now
  const signIns = new SignIns({ now })
  const gate = new Gate({
    signIns,
    cookieName: () => 'evenhand-1',
    apiKey: key,
    allowedHosts: [],
    limits: { ...defaultServerLimits, ...limits },
    now,
  })
  return { clock, gate, signIns }
}

const knock = (headers: IncomingHttpHeaders, address = '127.0.0.1') => ({ headers, address })
const bearer = (secret: string) => knock({ authorization: `Bearer ${secret}` })

/** The status of a refusal, or who was let in. */
function outcomeOf(admit: () => { readonly kind: string }): number | string {
  try {
    return admit().kind
  } catch (error) {
    if (error instanceof HttpRefusal) return error.status
    throw error
  }
}

describe('the window’s procedures', () => {
  it('open with a session’s cookie or the token, and with nothing else', () => {
    const { gate, signIns } = createGate()
    const secret = signIns.open()
    const admit = (headers: IncomingHttpHeaders) => outcomeOf(() => gate.admitWindow(knock(headers)))
    expect(admit({ cookie: `a=b; evenhand-1=${secret}` })).toBe('session')
    expect(admit({ authorization: `Bearer ${signIns.token}` })).toBe('token')
    expect(admit({ cookie: `evenhand-2=${secret}` })).toBe(401)
    expect(admit({ cookie: `evenhand-1=${signIns.token}` })).toBe(401)
    expect(admit({ authorization: `Bearer ${secret}` })).toBe(401)
    expect(admit({ authorization: `Bearer ${apiKey}` })).toBe(401)
    expect(admit({ 'x-api-key': apiKey })).toBe(401)
    expect(admit({})).toBe(401)
  })

  it('are closed to other pages whatever they show', () => {
    const { gate, signIns } = createGate()
    const headers = { authorization: `Bearer ${signIns.token}`, host: 'h', origin: 'https://evil.example' }
    expect(outcomeOf(() => gate.admitWindow(knock(headers)))).toBe(403)
  })
})

describe('predictions', () => {
  it('open with the key too, in either header', () => {
    const { gate, signIns } = createGate()
    expect(outcomeOf(() => gate.admitPrediction(knock({ 'x-api-key': apiKey })))).toBe('key')
    expect(outcomeOf(() => gate.admitPrediction(bearer(apiKey)))).toBe('key')
    expect(outcomeOf(() => gate.admitPrediction(bearer(signIns.token)))).toBe('token')
    expect(outcomeOf(() => gate.admitPrediction(knock({ 'x-api-key': 'wrong' })))).toBe(401)
  })

  it('without a configured key open with none', () => {
    const { gate } = createGate({}, null)
    expect(outcomeOf(() => gate.admitPrediction(knock({ 'x-api-key': '' })))).toBe(401)
    expect(outcomeOf(() => gate.admitPrediction(knock({ 'x-api-key': 'null' })))).toBe(401)
  })
})

describe('guessing', () => {
  it('a key is refused after so many wrong ones, even the right one, until time has passed', () => {
    const { clock, gate } = createGate({ guessesPerMinute: 3 })
    const guess = (key: string) => outcomeOf(() => gate.admitPrediction(knock({ 'x-api-key': key })))
    expect(['a', 'b', 'c', 'd', apiKey].map(guess)).toEqual([401, 401, 401, 429, 429])
    clock.now += 20_000
    expect(guess(apiKey)).toBe('key')
  })

  it('counts for its own address, and never against who has signed in or holds the token', () => {
    const { gate, signIns } = createGate({ guessesPerMinute: 1 })
    const secret = signIns.open()
    for (let count = 0; count < 5; count++) outcomeOf(() => gate.admitPrediction(bearer('wrong')))
    expect(outcomeOf(() => gate.admitPrediction(knock({ 'x-api-key': apiKey }, '10.0.0.2')))).toBe('key')
    expect(outcomeOf(() => gate.admitPrediction(knock({ cookie: `evenhand-1=${secret}` })))).toBe('session')
    expect(outcomeOf(() => gate.admitWindow(bearer(signIns.token)))).toBe('token')
  })

  it('of tokens and codes counts as well, and a right code is let in', () => {
    const { gate, signIns } = createGate({ guessesPerMinute: 2 })
    const enter = (given: { code: string } | { token: string } | null) =>
      outcomeOf(() => {
        gate.admitCode(knock({}), given)
        return { kind: 'in' }
      })
    expect(outcomeOf(() => gate.admitWindow(bearer('wrong')))).toBe(401)
    expect([enter({ code: 'wrong' }), enter({ token: 'wrong' }), enter(null)]).toEqual([401, 429, 429])
    expect(enter({ code: signIns.issueCode().code })).toBe('in')
  })

  it('is not what a window does whose sign-in has ended', () => {
    const { gate } = createGate({ guessesPerMinute: 1 })
    const ask = () => outcomeOf(() => gate.admitWindow(knock({ cookie: 'evenhand-1=old' })))
    expect([ask(), ask(), ask()]).toEqual([401, 401, 401])
    expect(outcomeOf(() => gate.admitPrediction(knock({ 'x-api-key': apiKey })))).toBe('key')
  })
})

describe('each share', () => {
  it('is used up by its own requests alone', () => {
    const { gate, signIns } = createGate({
      openPerMinute: 1,
      requestsPerMinute: 1,
      mediaPerMinute: 1,
      predictPerMinute: 1,
    })
    const window = knock({ cookie: `evenhand-1=${signIns.open()}` })
    const open = () => {
      gate.admitAnybody(knock({}))
      return { kind: 'anybody' }
    }
    expect([outcomeOf(open), outcomeOf(open)]).toEqual(['anybody', 429])
    const procedure = () => gate.admitWindow(window)
    expect([outcomeOf(procedure), outcomeOf(procedure)]).toEqual(['session', 429])
    const picture = () => gate.admitWindow(window, 'media')
    expect([outcomeOf(picture), outcomeOf(picture)]).toEqual(['session', 429])
    const key = () => gate.admitPrediction(knock({ 'x-api-key': apiKey }))
    expect([outcomeOf(key), outcomeOf(key)]).toEqual(['key', 429])
    const own = () => gate.admitPrediction(window)
    expect([outcomeOf(own), outcomeOf(own)]).toEqual(['session', 429])
  })

  it('of one browser is not another’s', () => {
    const { gate, signIns } = createGate({ requestsPerMinute: 1 })
    const ask = (secret: string) =>
      outcomeOf(() => gate.admitWindow(knock({ cookie: `evenhand-1=${secret}` })))
    const [one, other] = [signIns.open(), signIns.open()]
    expect([ask(one), ask(one), ask(other)]).toEqual(['session', 429, 'session'])
  })
})

describe('what ends', () => {
  it('concerns who came in by it', () => {
    const session = { id: 1, expiresAt: 0, usedAt: 0 }
    expect(isOf({ kind: 'session', session }, session)).toBe(true)
    expect(isOf({ kind: 'session', session }, { ...session, id: 2 })).toBe(false)
    expect([isOf({ kind: 'token' }, 'token'), isOf({ kind: 'session', session }, 'token')]).toEqual([
      true,
      false,
    ])
    expect(isOf({ kind: 'key' }, 'token')).toBe(false)
  })
})
