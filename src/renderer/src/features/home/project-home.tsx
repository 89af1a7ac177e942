import { Button } from '@mantine/core'
import { IconFolderPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useLocation, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { askFirst, type Question } from '#renderer/components/ask-first.tsx'
import { pluralise } from '#renderer/components/format.ts'
import { OvertakenNote } from '#renderer/components/overtaken-note.tsx'
import { Panel } from '#renderer/components/panel.tsx'
import { Page } from '#renderer/components/screen.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { useJobs } from '#renderer/engine/use-jobs.ts'
import type { JobId } from '#shared/contract/base.contract.ts'
import type { JobSnapshot } from '#shared/contract/job.contract.ts'
import type { ProjectSummary } from '#shared/contract/project.contract.ts'
import { CurationPanel } from './curation-panel.tsx'
import { DatasetTable } from './dataset-table.tsx'
import styles from './home.module.css'
import { ImportDialog } from './import-dialog.tsx'
import { ImportProgress } from './import-progress.tsx'
import { LoopChecklist } from './loop-checklist.tsx'
import { describeLoop, summariseQueues } from './loop-view.ts'
import { useOpenProject } from './use-open-project.ts'

export interface ProjectHomeProps {
  readonly project: ProjectSummary
}

export function ProjectHome({ project }: ProjectHomeProps) {
  const { running, waiting } = useJobs()
  const { dialog } = useSearch({ from: '/' })
  const { droppedFolder } = useLocation({ select: ({ state }) => state })
  const navigate = useNavigate()
  const { close } = useOpenProject()
  const active = [...running, ...waiting]
  const askAndClose = async () => {
    if (active.length === 0 || (await askFirst(askBeforeClose(active)))) close.mutate({})
  }
  const [importJob, setImportJob] = useState<JobId | null>(null)
  const setDialog = (next: 'import' | undefined) => void navigate({ to: '/', search: { dialog: next } })
  const api = useApi()
  const checks = useQuery(api.check.list.queryOptions({ enabled: project.counts.images > 0 }))
  const steps = describeLoop(project, active, summariseQueues(checks.data))
  return (
    <Page>
      <div className={styles['head']}>
        <div>
          <h2 className={styles['projectName']}>{project.name}</h2>
          <span className={styles['folder']}>{project.folder}</span>
        </div>
        <Button variant="default" loading={close.isPending} onClick={() => void askAndClose()}>
          Close project
        </Button>
      </div>
      <div className={styles['columns']}>
        <Panel title="The loop" padded={false}>
          <OvertakenSplit />
          <LoopChecklist steps={steps} onImport={() => setDialog('import')} />
        </Panel>
        <Panel
          title="Data sets"
          padded={false}
          actions={
            <Button
              variant="default"
              leftSection={<IconFolderPlus size={14} aria-hidden />}
              onClick={() => setDialog('import')}
            >
              Import
            </Button>
          }
        >
          {importJob !== null && <ImportProgress jobId={importJob} onDismiss={() => setImportJob(null)} />}
          <DatasetTable onImport={() => setDialog('import')} />
        </Panel>
      </div>
      {project.counts.images > 0 && <CurationPanel />}
      <ImportDialog
        key={droppedFolder?.id}
        dropped={droppedFolder}
        isOpen={dialog === 'import'}
        onClose={() => setDialog(undefined)}
        onStarted={setImportJob}
      />
    </Page>
  )
}

function askBeforeClose(active: readonly JobSnapshot[]): Question {
  const running = active.filter(({ state }) => state === 'running').map(({ title }) => title)
  const waiting = active.length - running.length
  const what = [
    ...(running.length === 0 ? [] : [`${running.join(' and ')} would be stopped`]),
    ...(waiting === 0 ? [] : [`${pluralise(waiting, 'job')} would not begin`]),
  ].join(', and ')
  return {
    title: 'Close the project?',
    text: `${what}. Resume goes on with them after the project is opened again.`,
    yes: 'Close it',
  }
}

/** The newest split is the one that the next run would be trained on. */
function OvertakenSplit() {
  const api = useApi()
  const navigate = useNavigate()
  const splits = useQuery(api.split.list.queryOptions())
  const newest = splits.data?.toSorted((a, b) => b.splitId - a.splitId)[0]
  if (newest === undefined) return null
  return (
    <div className={styles['overtaken']}>
      <OvertakenNote
        key={newest.splitId}
        split={newest}
        use={{
          title: 'Show the new split',
          run: (made) => void navigate({ to: '/splits', search: { split: made } }),
        }}
      />
    </div>
  )
}
