import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useSyncExternalStore } from 'react'
import type { ConnectionState } from './client.ts'
import { useApi, useEngineLine } from './engine-context.tsx'
import { createEventSink } from './engine-events.ts'

export function useConnectionState(): ConnectionState {
  const line = useEngineLine()
  return useSyncExternalStore(
    (listener) => line.onStateChange(listener),
    () => line.state,
  )
}

/** Follows the engine for as long as the window stands; used once, by the frame. */
export function useEngineEvents(onFailure: (error: unknown) => void): void {
  const line = useEngineLine()
  const api = useApi()
  const queryClient = useQueryClient()
  useEffect(() => {
    const sink = createEventSink(queryClient, api)
    const controller = new AbortController()
    line.followEvents(sink, controller.signal).catch((error: unknown) => {
      if (!controller.signal.aborted) onFailure(error)
    })
    return () => {
      controller.abort()
      sink.dispose()
    }
  }, [line, api, queryClient, onFailure])
}
