import { formatCount } from '#shared/domain/format.ts'
import { pluralise } from '#renderer/components/format.ts'
import { countStops } from '#renderer/components/queue-count.ts'
import type { CheckSummary } from '#shared/contract/check.contract.ts'
import type { JobKind, JobSnapshot } from '#shared/contract/job.contract.ts'
import type { ProjectSummary } from '#shared/contract/project.contract.ts'

export interface LoopStep {
  readonly key: 'import' | 'curate' | 'split' | 'train' | 'evaluate' | 'export'
  readonly title: string
  /** What the step has made so far, or what it is for. */
  readonly note: string
  readonly state: 'done' | 'running' | 'next' | 'later'
  readonly action: string
  readonly to: '/' | '/curate' | '/splits' | '/train' | '/evaluate' | '/models'
}

const kindsOfStep: Readonly<Record<LoopStep['key'], readonly JobKind[]>> = {
  import: ['import', 'sample'],
  curate: ['scan'],
  split: ['split'],
  train: ['train'],
  evaluate: ['evaluate'],
  export: ['export'],
}

type StepText = Omit<LoopStep, 'state'> & { readonly isDone: boolean }

/** How far the queues of the checks are decided. */
export interface CurationState {
  readonly isScanned: boolean
  /** Decisions that wait in all queues, one for each image or group of copies. */
  readonly open: number
  /** Queues that hold them. */
  readonly queues: number
}

export function summariseQueues(checks: readonly CheckSummary[] | undefined): CurationState | null {
  if (checks === undefined) return null
  const open = checks.filter((check) => check.open > 0)
  return {
    isScanned: checks.some(({ state }) => state !== 'not-checked'),
    open: open.reduce((sum, check) => sum + countStops(check), 0),
    queues: open.length,
  }
}

function describeCuration(curation: CurationState | null): string {
  if (curation?.isScanned !== true) return 'Look for images that do not belong; a scan flags, and you decide.'
  if (curation.open === 0) return 'Nothing is open in any queue.'
  return `${formatCount(curation.open)} open in ${pluralise(curation.queues, 'queue')}`
}

function describeSteps({ counts }: ProjectSummary, curation: CurationState | null): StepText[] {
  return [
    {
      key: 'import',
      title: 'Import images',
      note:
        counts.images > 0
          ? `${formatCount(counts.images)} images in ${pluralise(counts.datasets, 'data set')}${counts.removed > 0 ? `, ${formatCount(counts.removed)} of them removed` : ''}`
          : 'Bring in folders of labelled faces; the files stay where they are.',
      action: counts.images > 0 ? 'Import more' : 'Import',
      to: '/',
      isDone: counts.images > 0,
    },
    {
      key: 'curate',
      title: 'Curate',
      note: describeCuration(curation),
      action: curation?.isScanned === true ? 'Open the queues' : 'Scan the images',
      to: '/curate',
      isDone: curation?.isScanned === true && curation.open === 0,
    },
    {
      key: 'split',
      title: 'Split into train, validation and test',
      note:
        counts.splits > 0
          ? pluralise(counts.splits, 'split')
          : 'Stratified by labels; no identity and no duplicate crosses two parts.',
      action: counts.splits > 0 ? 'See splits' : 'Make a split',
      to: '/splits',
      isDone: counts.splits > 0,
    },
    {
      key: 'train',
      title: 'Train a model',
      note:
        counts.models > 0
          ? `${pluralise(counts.runs, 'run')}, ${pluralise(counts.models, 'model')}`
          : 'A ResNet with three heads: race, gender and age.',
      action: counts.models > 0 ? 'See runs' : 'Train',
      to: '/train',
      isDone: counts.models > 0,
    },
    {
      key: 'evaluate',
      title: 'Evaluate per group',
      note:
        counts.evaluations > 0
          ? pluralise(counts.evaluations, 'evaluation')
          : 'Accuracy with intervals for every group, and the confusions behind it.',
      action: counts.evaluations > 0 ? 'See results' : 'Evaluate',
      to: '/evaluate',
      isDone: counts.evaluations > 0,
    },
    {
      key: 'export',
      title: 'Export as ONNX',
      note:
        counts.exports > 0
          ? `${pluralise(counts.exports, 'export')} with a measured parity`
          : 'One file for other programs, compared with the trainer on real images.',
      action: counts.exports > 0 ? 'See exports' : 'Export',
      to: '/models',
      isDone: counts.exports > 0,
    },
  ]
}

/** The loop as a checklist: the first step not done is the next one; nobody has to curate before going on. */
export function describeLoop(
  project: ProjectSummary,
  activeJobs: readonly JobSnapshot[],
  curation: CurationState | null,
): LoopStep[] {
  const steps = describeSteps(project, curation)
  const nextKey = steps.find(({ isDone, key }) => !isDone && key !== 'curate')?.key
  const hasImages = project.counts.images > 0
  return steps.map(({ isDone, ...step }) => {
    const isRunning = activeJobs.some((job) => kindsOfStep[step.key].includes(job.kind))
    if (isRunning) return { ...step, state: 'running' }
    if (isDone) return { ...step, state: 'done' }
    const isOpen = step.key === 'curate' ? hasImages : step.key === nextKey
    return { ...step, state: isOpen ? 'next' : 'later' }
  })
}
