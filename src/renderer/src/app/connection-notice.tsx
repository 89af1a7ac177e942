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
      return 'Evenhand was restarted and no longer knows this window. Open the address it printed when it started.'
    case 'closed':
      return 'The connection to the engine is closed. Open the window again to go on.'
    default:
      return state satisfies never
  }
}

export function ConnectionNotice() {
  const text = describeConnection(useConnectionState())
  return (
    <output>
      {text !== null && (
        <div className={styles['notice']}>
          <IconPlugConnectedX size={14} aria-hidden />
          {text}
        </div>
      )}
    </output>
  )
}
