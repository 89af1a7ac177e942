import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import type { AppError } from '#shared/contract/errors.ts'
import { answerUncaught, withAnswer } from '../../../src/main/hosts/answer-uncaught.ts'
import { mapCallErrors } from '../../../src/main/hosts/call-errors.ts'
import { installLastResort } from '../../../src/main/hosts/last-resort.ts'

function install({ servesAlways = true } = {}) {
  const emitter = new EventEmitter()
  const logged: unknown[] = []
  const ends: AppError[] = []
  const clock = { now: 0 }
  const lastResort = installLastResort({
    emitter,
    servesAlways,
    log: ({ error }) => logged.push(error),
    end: (failure) => ends.push(failure),
    now: () => clock.now,
  })
  return { emitter, logged, ends, clock, lastResort }
}

describe('a failure that nobody caught', () => {
  it.each(['uncaughtException', 'unhandledRejection'])(
    'is logged and survived while serving (%s)',
    (event) => {
      const { emitter, logged, ends } = install()
      const error = new Error('late')
      emitter.emit(event, error)
      expect([logged, ends]).toEqual([[error], []])
    },
  )

  it('ends a program that serves nobody, or no more', async () => {
    const { emitter, ends, lastResort } = install({ servesAlways: false })
    await lastResort.keepServing(async () => emitter.emit('uncaughtException', new Error('while serving')))
    expect(ends).toEqual([])
    emitter.emit('uncaughtException', new Error('late'))
    expect(ends).toMatchObject([
      { code: 'INTERNAL', message: expect.stringMatching(/log reference [0-9a-f]{8}/) },
    ])
  })

  it('ends a serving program when it comes again and again, but not when time lies between', () => {
    const { emitter, ends, clock } = install()
    for (let count = 0; count < 60; count++) {
      clock.now += 5_000
      emitter.emit('uncaughtException', new Error('now and then'))
    }
    expect(ends).toEqual([])
    for (let count = 0; count < 21; count++) emitter.emit('uncaughtException', new Error('in a circle'))
    expect(ends.length).toBeGreaterThan(0)
  })

  it('is the answer of the call whose work it was', async () => {
    const { emitter } = install()
    const asked = answerUncaught(
      () =>
        new Promise<void>(() => {
          // A listener's throw reaches the process with the context in which it was set up.
          setTimeout(() => emitter.emit('uncaughtException', new Error('late')), 1)
        }),
    )
    await expect(asked).rejects.toMatchObject({ code: 'INTERNAL' })
    const heard: unknown[] = []
    withAnswer(
      (error) => heard.push(error),
      () => emitter.emit('unhandledRejection', 'no error at all'),
    )
    expect(heard).toMatchObject([{ code: 'INTERNAL' }])
  })

  it('is the answer of a procedure, over every transport', async () => {
    const { emitter } = install()
    const next = () =>
      new Promise<void>(() => {
        setTimeout(() => emitter.emit('uncaughtException', new Error('late')), 1)
      })
    await expect(mapCallErrors(() => undefined)({ next })).rejects.toMatchObject({
      code: 'INTERNAL',
      data: { reference: expect.stringMatching(/^[0-9a-f]{8}$/) },
    })
  })

  it('is nobody’s when the last resort was taken away', () => {
    const { emitter, lastResort } = install()
    lastResort[Symbol.dispose]()
    expect(emitter.listenerCount('uncaughtException') + emitter.listenerCount('unhandledRejection')).toBe(0)
  })
})
