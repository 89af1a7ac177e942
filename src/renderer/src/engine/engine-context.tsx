import { createTanstackQueryUtils } from '@orpc/tanstack-query'
import type { RouterUtils } from '@orpc/tanstack-query'
import { createContext, use, useMemo, type ReactNode } from 'react'
import type { Host } from '#renderer/host/host.ts'
import type { EngineClient, EngineConnection } from './client.ts'

export type EngineApi = RouterUtils<EngineClient>

/** What the window needs of a connection; the tests hand in one without a transport. */
export type EngineLine = Pick<EngineConnection, 'client' | 'state' | 'onStateChange' | 'followEvents'>

interface EngineContextValue {
  readonly line: EngineLine
  readonly api: EngineApi
  readonly host: Host
}

const EngineContext = createContext<EngineContextValue | null>(null)

export function createEngineApi(client: EngineClient): EngineApi {
  return createTanstackQueryUtils(client)
}

export interface EngineProviderProps {
  readonly line: EngineLine
  readonly host: Host
  readonly children: ReactNode
}

export function EngineProvider({ line, host, children }: EngineProviderProps) {
  const value = useMemo(() => ({ line, host, api: createEngineApi(line.client) }), [line, host])
  return <EngineContext value={value}>{children}</EngineContext>
}

function useEngineContext(): EngineContextValue {
  const value = use(EngineContext)
  if (value === null) throw new Error('This component stands outside EngineProvider')
  return value
}

/** Query and mutation options of every procedure, keyed by procedure and input. */
export function useApi(): EngineApi {
  return useEngineContext().api
}

export function useHost(): Host {
  return useEngineContext().host
}

export function useEngineLine(): EngineLine {
  return useEngineContext().line
}
