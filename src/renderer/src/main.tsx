import './app/zod-without-eval.ts'
import './app/mantine-styles.ts'
import './app/tokens.css'
import './components/data-table.css'
import { MantineProvider } from '@mantine/core'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'
import { SignedOut } from './app/signed-out.tsx'
import { theme } from './app/theme.ts'
import { ErrorState } from './components/states.tsx'
import { EngineConnection } from './engine/client.ts'
import { openHost } from './host/open-host.ts'

const rootElement = document.querySelector('#root')
if (rootElement === null) throw new Error('index.html has no #root')
const root = createRoot(rootElement)

try {
  const host = await openHost()
  root.render(
    <StrictMode>
      {host === null ? (
        <MantineProvider theme={theme} defaultColorScheme="auto">
          <SignedOut onSignedIn={() => globalThis.location.reload()} />
        </MantineProvider>
      ) : (
        <App host={host} line={new EngineConnection(host.transport)} />
      )}
    </StrictMode>,
  )
} catch (error) {
  root.render(
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <main style={{ maxWidth: 560, margin: '15vh auto', padding: 16 }}>
        <ErrorState error={error} />
      </main>
    </MantineProvider>,
  )
}
