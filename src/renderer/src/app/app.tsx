import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClientProvider } from '@tanstack/react-query'
import { createHashHistory, RouterProvider, type RouterHistory } from '@tanstack/react-router'
import { useState } from 'react'
import { EngineProvider, type EngineLine } from '#renderer/engine/engine-context.tsx'
import { createQueryClient } from '#renderer/engine/query-client.ts'
import type { Host } from '#renderer/host/host.ts'
import { createWindowRouter } from './router.tsx'
import { theme } from './theme.ts'

export interface AppProps {
  readonly line: EngineLine
  readonly host: Host
  /** The address bar's hash unless a test says otherwise. */
  readonly history?: RouterHistory
}

export function App({ line, host, history }: AppProps) {
  const [queryClient] = useState(createQueryClient)
  const [router] = useState(() => createWindowRouter(history ?? createHashHistory()))
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <EngineProvider line={line} host={host}>
          <Notifications position="bottom-right" limit={4} autoClose={6000} notificationMaxHeight="60vh" />
          <RouterProvider router={router} />
        </EngineProvider>
      </QueryClientProvider>
    </MantineProvider>
  )
}
