import { useNavigate, useSearch } from '@tanstack/react-router'
import { NeedsProject } from '#renderer/components/screen.tsx'
import { ActsPanel } from './acts-panel.tsx'
import styles from './history-screen.module.css'
import { SnapshotDialog } from './snapshot-dialog.tsx'
import { SnapshotsPanel } from './snapshots-panel.tsx'

export function HistoryScreen() {
  return (
    <NeedsProject>
      <History />
    </NeedsProject>
  )
}

/** Who decided what, each act with its undo, and the states of the catalogue that were kept. */
function History() {
  const { snapshot, dialog } = useSearch({ from: '/history' })
  const navigate = useNavigate({ from: '/history' })
  const close = () => void navigate({ search: { snapshot }, replace: true })
  return (
    <div className={styles['history']}>
      <ActsPanel />
      <SnapshotsPanel
        chosen={snapshot ?? null}
        onChoose={(id) => void navigate({ search: { snapshot: id } })}
        onNew={() => void navigate({ search: { snapshot, dialog: 'snapshot' } })}
      />
      {dialog === 'snapshot' && <SnapshotDialog onClose={close} />}
    </div>
  )
}
