import { describe, expect, it } from 'vitest'
import { findOrAsk, remember, rememberEach } from '#engine/base/kernel/remember.ts'

/** Fails as often as it is told to, then answers with how often it was asked. */
function createSource(failures: number) {
  let asked = 0
  const ask = (): Promise<number> => {
    asked += 1
    return asked <= failures ? Promise.reject(new Error(`failure ${asked}`)) : Promise.resolve(asked)
  }
  return { ask, asked: () => asked }
}

describe('an answer that is remembered', () => {
  it('is asked for once, however many wait for it', async () => {
    const source = createSource(0)
    const find = remember(source.ask)
    expect(await Promise.all([find(), find()])).toEqual([1, 1])
    expect(await find()).toBe(1)
    expect(source.asked()).toBe(1)
  })

  it('is asked for anew after a failure, which all who waited are told', async () => {
    const source = createSource(1)
    const find = remember(source.ask)
    const both = await Promise.allSettled([find(), find()])
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(source.asked()).toBe(1)
    expect(await find()).toBe(2)
  })

  it('is kept for each key by itself', async () => {
    const find = rememberEach((key: string) =>
      key === 'bad' ? Promise.reject(new Error(key)) : Promise.resolve({ key }),
    )
    const good = await find('good')
    await expect(find('bad')).rejects.toThrow('bad')
    expect(await find('good')).toBe(good)
  })

  it('is not lost to the late failure of an earlier question', async () => {
    const known = new Map<string, Promise<number>>()
    const { promise, reject } = Promise.withResolvers<number>()
    const first = findOrAsk(known, 'a', () => promise)
    known.delete('a')
    const second = findOrAsk(known, 'a', () => Promise.resolve(2))
    reject(new Error('late'))
    await expect(first).rejects.toThrow('late')
    expect(known.get('a')).toBe(second)
  })
})
