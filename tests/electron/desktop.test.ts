import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'

interface Message {
  readonly report?: Record<string, never>
  readonly failure?: string
}

let report: Record<string, never>
let exit: { code: number | null; signal: string | null }

/** Runs the built main bundle in a Node process of its own, with a stand-in for the module `electron`. */
beforeAll(async () => {
  const child = fork(join(import.meta.dirname, '../../out/main/index.js'), {
    execArgv: ['--import', join(import.meta.dirname, 'fixtures/register-stand-in.ts')],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit')
  const messages: Message[] = []
  child.on('message', (message: Message) => messages.push(message))
  const [code, signal] = (await exited) as [number | null, string | null]
  exit = { code, signal }
  const failure = messages.find((message) => message.failure !== undefined)?.failure
  if (failure !== undefined) throw new Error(failure)
  report = messages.find((message) => message.report !== undefined)?.report ?? {}
}, 120_000)

describe('the built main process', () => {
  it('opens one sandboxed, isolated window without Node', () => {
    expect(report).toMatchObject({
      isSandboxEnabled: true,
      isShown: true,
      loadedUrl: 'evenhand://app/',
      webPreferences: {
        preload: 'preload/index.cjs',
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        nodeIntegrationInWorker: false,
        nodeIntegrationInSubFrames: false,
        webSecurity: true,
        allowRunningInsecureContent: false,
        experimentalFeatures: false,
        webviewTag: false,
        navigateOnDragDrop: false,
        spellcheck: false,
        devTools: false,
      },
    })
  })

  it('serves its page from a scheme of its own that is standard and secure and bypasses no policy', () => {
    expect(report['privilegedSchemes']).toEqual([
      {
        scheme: 'evenhand',
        privileges: {
          standard: true,
          secure: true,
          supportFetchAPI: true,
          corsEnabled: true,
          stream: true,
          codeCache: true,
        },
      },
    ])
  })

  it('answers real calls from its own page over a message port, errors with their code included', () => {
    expect(report).toMatchObject({
      host: 'electron',
      project: { name: 'Faces', isRight: true },
      missing: { code: 'NOT_FOUND', isDefined: true },
    })
  })

  it('ends a port on what is no call, and goes on answering the others', () => {
    expect(report['unreadable']).toEqual(Array.from({ length: 6 }, () => 'closed'))
    expect(report['isStillAnswering']).toBe('electron')
  })

  it('gives no port to a page from elsewhere', () => {
    expect(report['strangerPort']).toBe('nothing')
  })

  it('grants no permission', () => {
    expect(report['permissions']).toEqual({ request: false, check: false, device: false })
  })

  it('begins with an empty cache, in which earlier versions kept pictures', () => {
    expect(report['cacheClearings']).toBe(1)
  })

  it('lets the window reach nothing but itself', () => {
    expect(report['requests']).toEqual({
      'evenhand://app/index.html': { cancel: false },
      'blob:evenhand://app/1': { cancel: false },
      'https://example.org/x': { cancel: true },
      'http://127.0.0.1/': { cancel: true },
      'file:///etc/passwd': { cancel: true },
    })
  })

  it('stays on its page and opens no window; only a listed https address goes to the browser', () => {
    expect(report['navigation']).toEqual({
      own: false,
      foreign: true,
      lookAlike: true,
      redirect: true,
      webview: true,
    })
    expect(report['windowOpen']).toEqual([{ action: 'deny' }, { action: 'deny' }])
    expect(report['opened']).toEqual(['https://doi.org/10.1000/1'])
  })

  it('checks the sender and the input of every native call', () => {
    expect(report['native']).toEqual({
      pickFolder: { value: '/picked' },
      pickFolderMalformed: true,
      pickFolderByStranger: { error: 'Refused: not the window of Evenhand' },
      pathOfFile: '/dropped/faces',
      revealInside: true,
      revealOutside: true,
      openForeign: true,
      openScheme: true,
    })
  })

  it('serves the window with a policy that allows no eval and no foreign script, and no file outside it', () => {
    const { index, traversal, unknown, malformed, media, noImage } = report['responses'] as unknown as Record<
      string,
      { status: number; contentType: string; policy: string; body: string }
    >
    expect(index).toMatchObject({ status: 200, contentType: 'text/html; charset=utf-8' })
    expect(index?.policy).toContain("default-src 'none'; script-src 'self';")
    expect(index?.policy).not.toContain('unsafe-eval')
    expect(traversal?.status).toBe(404)
    expect(unknown?.status).toBe(404)
    expect(malformed?.status).toBe(404)
    expect(media).toMatchObject({ status: 400, contentType: 'application/problem+json' })
    expect(noImage).toMatchObject({ status: 400 })
  })

  it('ends by itself after closing the engine', () => {
    expect(exit).toEqual({ code: 0, signal: null })
  })
})
