import type { Host } from './host.ts'
import { createHttpMedia } from './http-media.ts'

/**
 * Trades the token in the address (`#token=...`, which a browser never sends anywhere) for a cookie that
 * scripts cannot read, and takes it out of the address.
 * @returns whether the server knows this window.
 */
export async function signIn(): Promise<'granted' | 'refused' | 'unreachable'> {
  const token = /^#token=([\w-]+)$/.exec(window.location.hash)?.[1]
  if (token === undefined) return checkAccess()
  window.history.replaceState(null, '', window.location.pathname)
  try {
    const response = await fetch('/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    })
    return response.ok ? 'granted' : 'refused'
  } catch {
    return 'unreachable'
  }
}

async function checkAccess(): Promise<'granted' | 'refused' | 'unreachable'> {
  try {
    const response = await fetch('/session')
    return response.ok ? 'granted' : 'refused'
  } catch {
    return 'unreachable'
  }
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
    revealPath: null,
    openExternal: (url) => {
      window.open(url, '_blank', 'noopener,noreferrer')
      return Promise.resolve()
    },
    ...createHttpMedia(''),
  }
}
