import { Button } from '@mantine/core'
import { IconPlugConnectedX } from '@tabler/icons-react'
import type { ConnectionState } from '#renderer/engine/client.ts'
import { useConnectionState } from '#renderer/engine/use-connection.ts'
import styles from './frame.module.css'

function describeConnection(state: ConnectionState): string | null {
  switch (state) {
    case 'connecting':
    case 'open':
      return null
    case 'lost':
      return 'The connection to the engine is lost. Trying again; what you see may be out of date.'
    case 'refused':
      return 'This browser is signed out: its sign-in has ended, or Evenhand was started anew.'
    case 'closed':
      return 'The connection to the engine is closed. Open the window again to go on.'
    default:
      return state satisfies never
  }
}

export function ConnectionNotice() {
  const state = useConnectionState()
  const text = describeConnection(state)
  return (
    <output>
      {text !== null && (
        <div className={styles['notice']}>
          <IconPlugConnectedX size={14} aria-hidden />
          {text}
          {/* The screen that says how stands where the server does not know the browser. */}
          {state === 'refused' && (
            <Button size="compact-xs" variant="default" onClick={() => globalThis.location.reload()}>
              Sign in again
            </Button>
          )}
        </div>
      )}
    </output>
  )
}
