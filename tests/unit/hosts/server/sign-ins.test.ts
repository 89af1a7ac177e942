import { describe, expect, it } from 'vitest'
import { SignIns } from '../../../../src/main/hosts/server/sign-ins.ts'

const minute = 60_000
const hour = 60 * minute

function createSignIns() {
  const clock = { now: 1_000_000 }
  const signIns = new SignIns({ now: () => clock.now })
  const ended: (number | 'token')[] = []
  signIns.onEnd((session) => ended.push(session === 'token' ? session : session.id))
  return { clock, signIns, ended }
}

const codeOf = (signIns: SignIns): string => signIns.issueCode().code

describe('a code', () => {
  it('opens one session, once, and says that it was used', () => {
    const { signIns } = createSignIns()
    let uses = 0
    const { code } = signIns.issueCode(() => uses++)
    const secret = signIns.redeem(code)
    expect(secret).toMatch(/^[\w-]{43}$/)
    expect(signIns.use(secret ?? '')).toMatchObject({ id: 1 })
    expect([signIns.redeem(code), uses]).toEqual([null, 1])
  })

  it('is worth nothing after ten minutes, and another is', () => {
    const { clock, signIns } = createSignIns()
    const old = codeOf(signIns)
    clock.now += 10 * minute - 1
    const young = codeOf(signIns)
    clock.now += 1
    expect([signIns.redeem(old), typeof signIns.redeem(young)]).toEqual([null, 'string'])
  })

  it('is neither the token nor a session, and neither of them is a code', () => {
    const { signIns } = createSignIns()
    const code = codeOf(signIns)
    const secret = signIns.open()
    expect(signIns.isToken(code) || signIns.isToken(secret)).toBe(false)
    expect([signIns.use(code), signIns.use(signIns.token)]).toEqual([null, null])
    expect([signIns.redeem(secret), signIns.redeem(signIns.token), signIns.redeem('')]).toEqual([
      null,
      null,
      null,
    ])
  })

  it('makes place for newer ones', () => {
    const { signIns } = createSignIns()
    const codes = Array.from({ length: 33 }, () => codeOf(signIns))
    expect(signIns.redeem(codes[0] ?? '')).toBeNull()
    expect(signIns.redeem(codes[1] ?? '')).not.toBeNull()
  })
})

describe('a session', () => {
  it('ends after twelve hours in which nobody used it', () => {
    const { clock, signIns, ended } = createSignIns()
    const used = signIns.open()
    const unused = signIns.open()
    clock.now += 11 * hour
    expect(signIns.use(used)).not.toBeNull()
    clock.now += 1 * hour
    expect([signIns.use(used)?.id, signIns.use(unused)]).toEqual([1, null])
    expect(ended).toEqual([2])
  })

  it('lives on under an open window, but no longer than a week', () => {
    const { clock, signIns, ended } = createSignIns()
    const session = signIns.use(signIns.open())
    if (session === null) throw new Error('no session')
    for (let hours = 1; hours < 7 * 24; hours++) {
      clock.now += hour
      signIns.touch(session)
      signIns.sweep()
    }
    expect(ended).toEqual([])
    clock.now += hour
    signIns.sweep()
    expect(ended).toEqual([1])
  })

  it('ends when its browser signs out, and no other does', () => {
    const { signIns, ended } = createSignIns()
    const [own, other] = [signIns.open(), signIns.open()]
    const session = signIns.use(own)
    if (session === null) throw new Error('no session')
    signIns.signOut(session)
    expect([signIns.use(own), signIns.use(other)?.id, ended]).toEqual([null, 2, [1]])
  })
})

describe('a renewed token', () => {
  it('ends the old one, every session but the one that asked, and every code', () => {
    const { signIns, ended } = createSignIns()
    const old = signIns.token
    const [own, other] = [signIns.open(), signIns.open()]
    const code = codeOf(signIns)
    const token = signIns.renew(signIns.use(own))
    expect([signIns.isToken(old), signIns.isToken(token), signIns.token === token]).toEqual([
      false,
      true,
      true,
    ])
    expect([signIns.use(own)?.id, signIns.use(other), signIns.redeem(code)]).toEqual([1, null, null])
    expect(ended).toEqual([2, 'token'])
  })
})
