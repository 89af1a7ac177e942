import { QueryClient } from '@tanstack/react-query'

/** The engine is always at hand and tells what changed, so nothing is polled, retried or tied to the network. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { networkMode: 'always', retry: false, refetchOnWindowFocus: false, staleTime: 60_000 },
      mutations: { networkMode: 'always', retry: false },
    },
  })
}
