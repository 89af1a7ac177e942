import { Button, NativeSelect } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { orderModels } from '#shared/domain/order-models.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { isJobActive } from '#renderer/engine/engine-events.ts'
import { useJob, useJobs } from '#renderer/engine/use-jobs.ts'
import styles from './embed-choice.module.css'
import { JobProgress } from './job-progress.tsx'
import { ErrorState } from './states.tsx'

/** Where images cannot be compared yet: what makes them comparable, and its progress once it runs. */
export function EmbedChoice({ text }: { readonly text: string }) {
  const api = useApi()
  const models = useQuery(api.model.list.queryOptions())
  const start = useMutation(api.embedding.start.mutationOptions())
  const started = useJob(start.data?.jobId ?? null)
  const { jobs } = useJobs()
  const [chosen, setChosen] = useState<number | null>(null)
  const running = jobs.find(({ kind, state }) => (kind === 'embed' || kind === 'scan') && isJobActive(state))
  const ordered = orderModels(models.data ?? [])
  const model = ordered.find(({ id }) => id === chosen) ?? ordered[0]
  return (
    <div className={styles['choice']}>
      <p>{text}</p>
      {running !== undefined && <JobProgress job={running} />}
      {running === undefined && models.data !== undefined && model === undefined && (
        <p>Scan with the face checks, or train a model: either makes images comparable.</p>
      )}
      {running === undefined && models.data !== undefined && model !== undefined && (
        <>
          <p>Scan with the face checks, or embed the images with a trained model:</p>
          <div className={styles['row']}>
            <NativeSelect
              aria-label="Model to embed with"
              value={model.id}
              onChange={(event) => setChosen(Number(event.currentTarget.value))}
              data={ordered.map(({ id, name }) => ({ value: String(id), label: name }))}
            />
            <Button
              variant="default"
              loading={start.isPending}
              onClick={() => start.mutate({ modelId: model.id })}
            >
              Embed the images
            </Button>
          </div>
        </>
      )}
      {models.error !== null && <ErrorState error={models.error} compact />}
      {start.error !== null && <ErrorState error={start.error} compact />}
      {started?.state === 'failed' && started.error !== null && <p role="alert">{started.error.message}</p>}
    </div>
  )
}
