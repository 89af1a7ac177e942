import { Button } from '@mantine/core'
import { IconFolderPlus } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { Panel } from '#renderer/components/panel.tsx'
import { Page } from '#renderer/components/screen.tsx'
import { isJobActive } from '#renderer/engine/engine-events.ts'
import { useJobs } from '#renderer/engine/use-jobs.ts'
import type { JobId } from '#shared/contract/base.contract.ts'
import type { ProjectSummary } from '#shared/contract/project.contract.ts'
import { DatasetTable } from './dataset-table.tsx'
import styles from './home.module.css'
import { ImportDialog } from './import-dialog.tsx'
import { ImportProgress } from './import-progress.tsx'
import { LoopChecklist } from './loop-checklist.tsx'
import { describeLoop } from './loop-view.ts'
import { useOpenProject } from './use-open-project.ts'

export interface ProjectHomeProps {
  readonly project: ProjectSummary
}

export function ProjectHome({ project }: ProjectHomeProps) {
  const { jobs } = useJobs()
  const { dialog } = useSearch({ from: '/' })
  const navigate = useNavigate()
  const { close } = useOpenProject()
  const [importJob, setImportJob] = useState<JobId | null>(null)
  const setDialog = (next: 'import' | undefined) => void navigate({ to: '/', search: { dialog: next } })
  const steps = describeLoop(
    project,
    jobs.filter((job) => isJobActive(job.state)),
  )
  return (
    <Page>
      <div className={styles['head']}>
        <div>
          <h2 className={styles['projectName']}>{project.name}</h2>
          <span className={styles['folder']}>{project.folder}</span>
        </div>
        <Button variant="default" loading={close.isPending} onClick={() => close.mutate({})}>
          Close project
        </Button>
      </div>
      <div className={styles['columns']}>
        <Panel title="The loop" padded={false}>
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
      <ImportDialog
        isOpen={dialog === 'import'}
        onClose={() => setDialog(undefined)}
        onStarted={setImportJob}
      />
    </Page>
  )
}
