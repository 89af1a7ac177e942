import { AppError } from '#shared/contract/errors.ts'
import type { Host } from './host.ts'
import { createHttpMedia } from './http-media.ts'

export type SignInOutcome = 'granted' | 'refused' | 'unreachable'

/** The code of an address such as `http://127.0.0.1:8321/#code=...`, or of what stands behind the `#` alone. */
function readCode(text: string): string | null {
  return /(?:^|#)code=([\w-]+)$/.exec(text.trim())?.[1] ?? null
}

async function ask(method: string, path: string, body?: unknown): Promise<SignInOutcome> {
  try {
    const content =
      body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const { ok, status } = await fetch(path, { method, ...content })
    if (ok) return 'granted'
    return status === 401 || status === 403 ? 'refused' : 'unreachable'
  } catch {
    return 'unreachable'
  }
}

const checkAccess = (): Promise<SignInOutcome> => ask('GET', '/session')

/** Trades a code for a cookie that scripts cannot read. @param text the code, or the address that holds it. */
export async function signInWith(text: string): Promise<SignInOutcome> {
  return ask('POST', '/session', { code: readCode(text) ?? text.trim() })
}

/**
 * Whether the server knows this window, by the code in its address (`#code=...`, which a browser never sends anywhere) or
 * since it signed in before. The code works once and is taken out of the address.
 */
export async function signIn(): Promise<SignInOutcome> {
  const code = readCode(window.location.hash)
  if (code === null) return checkAccess()
  window.history.replaceState(null, '', window.location.pathname)
  const outcome = await signInWith(code)
  // An address of before, in a browser that is signed in already, is no reason to refuse it.
  return outcome === 'refused' ? checkAccess() : outcome
}

/**
 * A new address in the tab of this window changes nothing but the part behind the `#`, so that no page is loaded: signs in
 * by it and comes back to where the window was.
 */
export function followNewAddresses(): void {
  let before = window.location.href
  const follow = (event: Event): void => {
    const code = readCode(window.location.hash)
    if (code === null) {
      before = window.location.href
      return
    }
    // No screen stands at this address.
    event.stopImmediatePropagation()
    window.history.replaceState(null, '', before)
    void signInWith(code).then(() => window.location.reload())
  }
  window.addEventListener('popstate', follow)
  window.addEventListener('hashchange', follow)
}

async function endSignIns(method: string, path: string): Promise<void> {
  if ((await ask(method, path)) === 'granted') return
  throw new AppError(
    'UNAVAILABLE',
    'The server did not answer. Try again, or stop it with Ctrl-C where it runs.',
  )
}

export function createBrowserHost(): Host {
  const { protocol, host } = window.location
  return {
    kind: 'browser',
    transport: {
      kind: 'websocket',
      url: `${protocol === 'https:' ? 'wss:' : 'ws:'}//${host}/rpc`,
      checkAccess,
    },
    pickFolder: null,
    pickFile: null,
    pathOfFile: null,
    revealPath: null,
    signIns: {
      endOwn: () => endSignIns('DELETE', '/session'),
      endOthers: () => endSignIns('POST', '/session/renew'),
    },
    openExternal: (url) => {
      window.open(url, '_blank', 'noopener,noreferrer')
      return Promise.resolve()
    },
    ...createHttpMedia(''),
  }
}
