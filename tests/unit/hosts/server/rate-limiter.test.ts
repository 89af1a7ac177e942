import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nameCaller, RateLimiter } from '../../../../src/main/hosts/server/rate-limiter.ts'

function createLimiter(perMinute: number) {
  const clock = { now: 0 }
  return { clock, limiter: new RateLimiter({ perMinute, now: () => clock.now }) }
}

describe('a limit of requests a minute', () => {
  it('lets so many through at once, then one whenever its time has come', () => {
    const { clock, limiter } = createLimiter(4)
    expect([1, 2, 3, 4, 5].map(() => limiter.take('a'))).toEqual([null, null, null, null, 15_000])
    clock.now += 14_999
    expect(limiter.take('a')).toBe(1)
    clock.now += 1
    expect([limiter.take('a'), limiter.take('a')]).toEqual([null, 15_000])
  })

  it('is each caller’s own', () => {
    const { limiter } = createLimiter(1)
    expect([limiter.take('a'), limiter.take('b'), limiter.take('a')]).toEqual([null, null, 60_000])
  })

  it('is not used up by asking when to come', () => {
    const { limiter } = createLimiter(1)
    for (let count = 0; count < 10; count++) expect(limiter.wait('a')).toBeNull()
    expect(limiter.take('a')).toBeNull()
    expect(limiter.wait('a')).toBe(60_000)
  })

  it('never lets more through than the time that passed allows', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.nat({ max: 5_000 }), { maxLength: 300 }),
        (perMinute, steps) => {
          const { clock, limiter } = createLimiter(perMinute)
          let passed = 0
          for (const step of steps) {
            clock.now += step
            if (limiter.take('a') === null) passed++
          }
          expect(passed).toBeLessThanOrEqual(perMinute + Math.ceil((clock.now * perMinute) / 60_000))
        },
      ),
    )
  })
})

describe('who a request comes from', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::ffff:192.168.1.7', '192.168.1.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2:ffff::1', '2001:db8:1:2'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::1', '0:0:0:0'],
    [undefined, 'unknown'],
  ])('%s is told apart as %s', (address, caller) => expect(nameCaller(address)).toBe(caller))
})
