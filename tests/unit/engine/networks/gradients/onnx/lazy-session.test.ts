import { expect, it } from 'vitest'
import type { InferenceSession } from '#engine/base/runtime/inference-session.ts'
import { createLazySession } from '#engine/networks/gradients/onnx/lazy-session.ts'

function createNotedSession(notes: string[], name: string): InferenceSession {
  return {
    inputNames: [],
    outputNames: [name],
    computedBy: { library: 'stand-in', arithmetic: 'float32', instead: null },
    run: () => Promise.resolve({}),
    dispose: () => {
      notes.push(`close ${name}`)
      return Promise.resolve()
    },
  }
}

it('a session that could not be opened once is opened by the next use, and closing says nothing of it', async () => {
  const notes: string[] = []
  let tries = 0
  const lazy = createLazySession(() => {
    tries += 1
    return tries === 1
      ? Promise.reject(new Error('out of memory'))
      : Promise.resolve(createNotedSession(notes, `session ${tries}`))
  })
  await expect(lazy.get()).rejects.toThrow('out of memory')
  await expect(lazy.close()).resolves.toBeUndefined()
  await expect(lazy.get()).resolves.toMatchObject({ outputNames: ['session 2'] })
  await lazy.close()
  expect(notes).toEqual(['close session 2'])
})

it('a session is made anew once its version has passed', async () => {
  const notes: string[] = []
  let version = 1
  const lazy = createLazySession(
    () => Promise.resolve(createNotedSession(notes, `session ${version}`)),
    () => version,
  )
  await lazy.get()
  version = 2
  await lazy.closeStale()
  await lazy.closeStale()
  expect(notes).toEqual(['close session 1'])
  expect((await lazy.get()).outputNames).toEqual(['session 2'])
})
