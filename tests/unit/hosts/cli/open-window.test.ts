import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openWindow } from '../../../../src/main/hosts/cli/open-window.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const origin = 'http://127.0.0.1:1'

async function open({ isOpened = true } = {}) {
  const notes: string[] = []
  const uses: (() => void)[] = []
  const removed: number[] = []
  const stop = new AbortController()
  await openWindow({
    server: {
      origin,
      port: 1,
      offerSignIn: () => {
        const { promise: used, resolve } = Promise.withResolvers<void>()
        uses.push(resolve)
        const code = `code-${uses.length}`
        return { code, url: `${origin}/#code=${code}`, used }
      },
    },
    records: {
      writeSignInPage: async (_server, code) => `file:///page-with-${code}`,
      removeSignInPage: async (port) => void removed.push(port),
    },
    signal: stop.signal,
    note: (text) => notes.push(text),
    openBrowser: async (page) => ({
      isOpened,
      line: isOpened ? `Opened ${page}.` : 'No browser could be started.',
    }),
  })
  return { notes, removed, stop, use: (at: number) => uses[at]?.() }
}

const byHand = `Open this address in one: ${origin}/#code=code-2`

describe('the window that is to open', () => {
  it('gets its code by a file, which goes once it was used', async () => {
    const { notes, removed, use } = await open()
    use(0)
    await vi.advanceTimersByTimeAsync(60_000)
    expect([notes, removed]).toEqual([['Opened file:///page-with-code-1.'], [1]])
  })

  it('that nobody sees after a while has another way in, told once', async () => {
    const { notes } = await open()
    await vi.advanceTimersByTimeAsync(19_999)
    expect(notes).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(100_000)
    expect(notes.slice(1)).toEqual([`No browser has shown the window so far. ${byHand}`])
  })

  it.each([
    ['was opened by hand', (opened: Awaited<ReturnType<typeof open>>) => opened.use(1)],
    ['is given up with the server', (opened: Awaited<ReturnType<typeof open>>) => opened.stop.abort()],
  ])('is not spoken of any more when it %s', async (_what, act) => {
    const opened = await open()
    act(opened)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(opened.notes).toHaveLength(1)
  })

  it('for which there is no browser is told at once where to open it', async () => {
    const { notes } = await open({ isOpened: false })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(notes).toEqual([
      `No browser could be started. Open this address in a browser: ${origin}/#code=code-2`,
    ])
  })
})
