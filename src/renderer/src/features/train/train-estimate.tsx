import { Skeleton } from '@mantine/core'
import { keepPreviousData, skipToken, useQuery } from '@tanstack/react-query'
import { describeQuickLook } from '#shared/derived/describe-quick-look.ts'
import { formatCount, formatDuration } from '#shared/domain/format.ts'
import { formatBytes } from '#renderer/components/format.ts'
import { NoteList } from '#renderer/components/note-list.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { RunEstimate } from '#shared/contract/run.contract.ts'
import type { TrainConfigInput } from '#shared/contract/train-config.contract.ts'
import styles from './train-form.module.css'

export interface EstimateView {
  readonly estimate: RunEstimate | null
  readonly isPending: boolean
  readonly error: unknown
}

/** What the engine says about a run before it starts; the last answer stays while the next is on its way. */
export function useEstimate(config: TrainConfigInput | null): EstimateView {
  const api = useApi()
  const { data, isPending, error } = useQuery(
    api.run.estimate.queryOptions({
      input: config ?? skipToken,
      placeholderData: keepPreviousData,
    }),
  )
  return { estimate: data ?? null, isPending: isPending && config !== null, error }
}

/** "About 24 min · 1.4 GB memory · 230 MB disk". */
export function describeEstimate(estimate: RunEstimate): string {
  return [
    estimate.seconds === null ? 'Time not known yet' : `About ${formatDuration(estimate.seconds)}`,
    estimate.memoryBytes === null ? '' : `${formatBytes(estimate.memoryBytes)} memory`,
    `${formatBytes(estimate.diskBytes)} disk`,
  ]
    .filter(Boolean)
    .join(' · ')
}

export function EstimatePanel({ estimate, isPending, error }: EstimateView) {
  if (error !== null) return <ErrorState error={error} compact />
  if (estimate === null) return isPending ? <Skeleton h={36} /> : null
  return (
    <section className={styles['estimate']} aria-label="Estimate">
      <strong>{describeEstimate(estimate)}</strong>
      <p>
        {formatCount(estimate.images.train)} images to learn from, {formatCount(estimate.images.validation)}{' '}
        to validate, {formatCount(estimate.steps)} steps. {estimate.basis}
      </p>
      <NoteList label="Quick look" notes={describeQuickLook(estimate)} />
      <NoteList label="Before starting" notes={estimate.notes} />
    </section>
  )
}
