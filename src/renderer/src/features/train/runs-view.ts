import { formatDuration, formatShare } from '#shared/domain/format.ts'
import { formatFigure } from '#renderer/components/format.ts'
import type { RunDetail, RunSummary } from '#shared/contract/run.contract.ts'
import type { TrainConfig } from '#shared/contract/train-config.contract.ts'
import type { JobState } from '#shared/contract/job.contract.ts'

export interface RunColumn {
  readonly key: string
  readonly title: string
  readonly read: (config: TrainConfig) => string
}

/** The settings that can differ between runs, as the table shows them. */
export const runColumns: readonly RunColumn[] = [
  {
    key: 'arch',
    title: 'Backbone',
    read: (config) => (config.arch === 'resnet18' ? 'ResNet-18' : 'ResNet-34'),
  },
  { key: 'inputSize', title: 'Input', read: (config) => `${config.inputSize} px` },
  { key: 'batchSize', title: 'Batch', read: (config) => String(config.batchSize) },
  { key: 'learningRate', title: 'Rate', read: (config) => formatFigure(config.learningRate) },
  { key: 'weightDecay', title: 'Decay', read: (config) => formatFigure(config.weightDecay) },
  { key: 'schedule', title: 'Schedule', read: (config) => config.schedule },
  {
    key: 'augmentation',
    title: 'Augment',
    read: ({ augmentation }) =>
      [augmentation.flip ? 'flip' : '', augmentation.crop ? 'crop' : ''].filter(Boolean).join(', ') || 'none',
  },
  { key: 'seed', title: 'Seed', read: (config) => String(config.seed) },
]

/** The columns in which a run's settings are not those of the run it is compared with. */
export function differingColumns(run: TrainConfig, reference: TrainConfig): Set<string> {
  return new Set(runColumns.filter(({ read }) => read(run) !== read(reference)).map(({ key }) => key))
}

export const runStateWords: Readonly<Record<JobState, string>> = {
  queued: 'Waiting for its turn',
  running: 'Training',
  succeeded: 'Finished',
  failed: 'Failed',
  cancelled: 'Stopped',
  paused: 'Paused',
  interrupted: 'Interrupted',
}

/** How a run stands, in one sentence. */
export function describeRunState(run: RunSummary): string {
  const epochs = `${run.epochsDone} of ${run.config.epochs} epochs`
  switch (run.state) {
    case 'queued':
      return 'Waiting for the job before it.'
    case 'running':
      return `Training: ${epochs} done.`
    case 'succeeded':
      return run.bestEpoch === null
        ? `Finished after ${epochs}.`
        : `Finished after ${epochs}; the weights of epoch ${run.bestEpoch} validated best and are kept.`
    case 'failed':
      return `Failed after ${epochs}: ${run.error ?? 'no reason was recorded'}`
    case 'cancelled':
      return `Stopped after ${epochs}. It can go on from its last checkpoint.`
    case 'paused':
      return `Paused after ${epochs}. It can go on from its last checkpoint.`
    case 'interrupted':
      return `Interrupted after ${epochs}, as Evenhand ended meanwhile. It can go on from its last checkpoint.`
    default:
      return run.state satisfies never
  }
}

export function canResumeRun(run: RunSummary): boolean {
  return (['failed', 'cancelled', 'paused', 'interrupted'] satisfies JobState[]).some(
    (state) => state === run.state,
  )
}

export interface Speed {
  readonly imagesPerSecond: string
  /** Share of the time in which training waited for images. */
  readonly feederWait: string
  readonly secondsPerEpoch: string
  readonly elapsed: string
}

export function describeSpeed(run: Pick<RunDetail, 'epochs' | 'seconds' | 'imagesPerSecond'>): Speed {
  const seconds = run.epochs.reduce((sum, record) => sum + record.seconds, 0)
  const waited = run.epochs.reduce((sum, record) => sum + record.feederWaitSeconds, 0)
  return {
    imagesPerSecond: run.imagesPerSecond === null ? '–' : formatFigure(run.imagesPerSecond),
    feederWait: seconds === 0 ? '–' : formatShare(waited / seconds),
    secondsPerEpoch: run.epochs.length === 0 ? '–' : formatDuration(seconds / run.epochs.length),
    elapsed: formatDuration(run.seconds),
  }
}
