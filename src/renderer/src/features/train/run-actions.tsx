import { Button, Menu } from '@mantine/core'
import { IconDots, IconPlayerPause, IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { askFirst } from '#renderer/components/ask-first.tsx'
import { showFailure } from '#renderer/components/notices.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { askBeforeStop } from '#renderer/components/use-stop-job.ts'
import { useJobs } from '#renderer/engine/use-jobs.ts'
import { isJobActive } from '#renderer/engine/engine-events.ts'
import type { RunDetail } from '#shared/contract/run.contract.ts'
import { canKeepBest, canResumeRun } from './runs-view.ts'
import styles from './train.module.css'

export interface RunActionsProps {
  readonly run: RunDetail
  readonly onReuse: () => void
}

export function RunActions({ run, onReuse }: RunActionsProps) {
  const api = useApi()
  const pause = useMutation(api.run.pause.mutationOptions({ onError: showFailure }))
  const stop = useMutation(api.run.stop.mutationOptions({ onError: showFailure }))
  const resume = useMutation(api.run.resume.mutationOptions({ onError: showFailure }))
  const archive = useMutation(api.run.archive.mutationOptions({ onError: showFailure }))
  const runId = run.id
  const { jobs } = useJobs()
  const askAndStop = async () => {
    const job = jobs.find(({ id }) => id === run.jobId)
    const question = job === undefined ? null : askBeforeStop(job, Date.now())
    if (question === null || (await askFirst(question))) stop.mutate({ runId })
  }
  const isActive = isJobActive(run.state)
  return (
    <>
      {isActive && (
        <>
          <Button
            variant="default"
            leftSection={<IconPlayerPause size={14} aria-hidden />}
            loading={pause.isPending}
            onClick={() => pause.mutate({ runId })}
          >
            Pause
          </Button>
          <Button
            variant="default"
            leftSection={<IconPlayerStop size={14} aria-hidden />}
            loading={stop.isPending}
            onClick={() => void askAndStop()}
          >
            Stop
          </Button>
        </>
      )}
      {canResumeRun(run) && (
        <Button
          leftSection={<IconPlayerPlay size={14} aria-hidden />}
          loading={resume.isPending}
          onClick={() => resume.mutate({ runId })}
        >
          Resume
        </Button>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" aria-label="More about this run" px={6}>
            <IconDots size={16} aria-hidden />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={onReuse}>Use its settings in the form</Menu.Item>
          {!isActive && (
            <Menu.Item onClick={() => archive.mutate({ runId, archived: !run.archived })}>
              {run.archived ? 'Take back from the archive' : 'Archive'}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
    </>
  )
}

/** What to do with a run that has ended. */
export function RunNextSteps({ run }: { readonly run: RunDetail }) {
  const api = useApi()
  const keep = useMutation(api.run.keep.mutationOptions({ onError: showFailure }))
  if (run.modelId !== null && !isJobActive(run.state)) {
    return (
      <nav className={styles['next']} aria-label="Next steps">
        <Link to="/evaluate" className={styles['link']}>
          Evaluate
        </Link>
        <Link to="/models" search={{ model: run.modelId }} className={styles['link']}>
          Export
        </Link>
      </nav>
    )
  }
  if (!canKeepBest(run)) return null
  return (
    <div className={styles['next']}>
      <Button
        variant="default"
        loading={keep.isPending}
        onClick={() => keep.mutate({ runId: run.id })}
      >{`Keep epoch ${run.bestEpoch ?? ''} as the model`}</Button>
    </div>
  )
}
