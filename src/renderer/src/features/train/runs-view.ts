import { formatCount, formatDuration, formatShare } from '#shared/domain/format.ts'
import { formatBytes, formatFigure } from '#renderer/components/format.ts'
import type { JobState } from '#shared/contract/job.contract.ts'
import type { RunDetail, RunSummary } from '#shared/contract/run.contract.ts'

export const runStateWords: Readonly<Record<JobState, string>> = {
  queued: 'Waiting',
  running: 'Training',
  succeeded: 'Finished',
  failed: 'Failed',
  cancelled: 'Stopped',
  paused: 'Paused',
  interrupted: 'Interrupted',
}

/** The runs that a search leaves, newest first; every word must stand in the name, tags, notes or state. */
export function filterRuns(
  runs: readonly RunSummary[],
  filter: { readonly text: string; readonly showsArchived: boolean },
): RunSummary[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean)
  return runs
    .filter((run) => filter.showsArchived || !run.archived)
    .filter((run) => {
      const text = [run.name, ...run.tags, run.userNotes, runStateWords[run.state]].join(' ').toLowerCase()
      return words.every((word) => text.includes(word))
    })
    .sort((a, b) => b.id - a.id)
}

/** What a picture of a run's curves comes from. */
export const describeRunSource = ({
  name,
  configHash,
  splitHash,
}: Pick<RunSummary, 'name' | 'configHash' | 'splitHash'>): string =>
  `Run ${name} (configuration ${configHash.slice(0, 16)}…) on the split ${splitHash.slice(0, 16)}…`

export interface RunEnd {
  readonly tone: 'plain' | 'good' | 'bad'
  readonly title: string
  readonly text: string
}

type Ending = Pick<
  RunDetail,
  'state' | 'config' | 'epochsDone' | 'bestEpoch' | 'error' | 'steps' | 'queuePosition' | 'modelId' | 'freed'
>

/** How a run stands or ended, and what that means. */
export function describeRunEnd(run: Ending): RunEnd {
  const epochs = `${run.epochsDone} of ${run.config.epochs} epochs`
  switch (run.state) {
    case 'queued':
      return {
        tone: 'plain',
        title: 'Waiting',
        text:
          run.queuePosition === null || run.queuePosition === 1
            ? 'Next in the queue.'
            : `Number ${run.queuePosition} in the queue.`,
      }
    case 'running':
      return { tone: 'plain', title: 'Training', text: `${epochs} done.` }
    case 'succeeded':
      return describeSuccess(run, epochs)
    case 'failed':
      return {
        tone: 'bad',
        title: 'Failed',
        text: `After ${epochs}: ${run.error ?? 'no reason was recorded.'}`,
      }
    case 'cancelled':
      return { tone: 'plain', title: 'Stopped', text: describeStop(run, epochs) }
    case 'paused':
      return { tone: 'plain', title: 'Paused', text: describeStop(run, epochs) }
    case 'interrupted':
      return {
        tone: 'plain',
        title: 'Interrupted',
        text: `Evenhand ended after ${epochs}. ${describeGoingOn(run)}`,
      }
    default:
      return run.state satisfies never
  }
}

function describeSuccess(run: Ending, epochs: string): RunEnd {
  const best =
    run.bestEpoch === null ? '' : ` The weights of epoch ${run.bestEpoch} validated best and are kept.`
  const { patience } = run.config
  if (run.epochsDone < run.config.epochs) {
    const why = patience === null ? '' : `: no better epoch in ${patience}`
    return {
      tone: 'good',
      title: 'Finished early',
      text: `Ended at epoch ${run.epochsDone} of ${run.config.epochs}${why}.${best}`,
    }
  }
  return { tone: 'good', title: 'Finished', text: `${epochs} done.${best}` }
}

function describeStop(run: Ending, epochs: string): string {
  const step = run.steps.at(-1)?.step
  const where = step === undefined ? `After ${epochs}` : `After step ${formatCount(step)}, ${epochs} done`
  return `${where}. ${describeGoingOn(run)}`
}

const describeGoingOn = ({ freed }: Pick<Ending, 'freed'>): string =>
  freed === null
    ? 'It can go on from its last checkpoint.'
    : `Its checkpoints were deleted on request (${formatBytes(freed.bytes)}): it cannot go on.`

export function canResumeRun({
  state,
  freed = null,
}: Pick<RunSummary, 'state'> & Partial<Pick<RunSummary, 'freed'>>): boolean {
  if (freed !== null) return false
  return state === 'failed' || state === 'cancelled' || state === 'paused' || state === 'interrupted'
}

/** A run that ended without a model, but with an epoch that could be one. */
export function canKeepBest(
  run: Pick<RunSummary, 'state' | 'modelId' | 'bestEpoch'> & Partial<Pick<RunSummary, 'freed'>>,
): boolean {
  return canResumeRun(run) && run.modelId === null && run.bestEpoch !== null
}

export interface Speed {
  readonly imagesPerSecond: string
  /** Share of the time in which training waited for images. */
  readonly feederWait: string
  readonly secondsPerEpoch: string
  readonly elapsed: string
  readonly memory: string | null
}

export function describeSpeed(
  run: Pick<RunDetail, 'epochs' | 'seconds' | 'imagesPerSecond' | 'peakMemoryBytes'>,
): Speed {
  const seconds = run.epochs.reduce((sum, record) => sum + record.seconds, 0)
  const waited = run.epochs.reduce((sum, record) => sum + record.feederWaitSeconds, 0)
  const memory = Math.max(run.peakMemoryBytes ?? 0, ...run.epochs.map((record) => record.memoryBytes ?? 0))
  return {
    imagesPerSecond: run.imagesPerSecond === null ? '–' : formatFigure(run.imagesPerSecond),
    feederWait: seconds === 0 ? '–' : formatShare(waited / seconds),
    secondsPerEpoch: run.epochs.length === 0 ? '–' : formatDuration(seconds / run.epochs.length),
    elapsed: formatDuration(run.seconds),
    memory: memory === 0 ? null : formatBytes(memory),
  }
}

/** Tags as typed, "pilot, race": without blanks and doubles. */
export function readTags(text: string): string[] {
  const tags = text.split(',').map((tag) => tag.trim())
  return [...new Set(tags.filter((tag) => tag !== ''))]
}
