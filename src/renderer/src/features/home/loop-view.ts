import { formatCount } from '#shared/domain/format.ts'
import { pluralise } from '#renderer/components/format.ts'
import type { JobKind, JobSnapshot } from '#shared/contract/job.contract.ts'
import type { ProjectSummary } from '#shared/contract/project.contract.ts'

export interface LoopStep {
  readonly key: 'import' | 'split' | 'train' | 'evaluate' | 'export'
  readonly title: string
  /** What the step has made so far, or what it is for. */
  readonly note: string
  readonly state: 'done' | 'running' | 'next' | 'later'
  readonly action: string
  readonly to: '/' | '/splits' | '/train' | '/evaluate' | '/models'
}

const kindsOfStep: Readonly<Record<LoopStep['key'], readonly JobKind[]>> = {
  import: ['import', 'sample'],
  split: ['split'],
  train: ['train'],
  evaluate: ['evaluate'],
  export: ['export'],
}

type StepText = Omit<LoopStep, 'state'> & { readonly isDone: boolean }

function describeSteps({ counts }: ProjectSummary): StepText[] {
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

/** The loop as a checklist: the first step not done is the next one. */
export function describeLoop(project: ProjectSummary, activeJobs: readonly JobSnapshot[]): LoopStep[] {
  const steps = describeSteps(project)
  const nextKey = steps.find((step) => !step.isDone)?.key
  return steps.map(({ isDone, ...step }) => {
    const isRunning = activeJobs.some((job) => kindsOfStep[step.key].includes(job.kind))
    if (isRunning) return { ...step, state: 'running' }
    if (isDone) return { ...step, state: 'done' }
    return { ...step, state: step.key === nextKey ? 'next' : 'later' }
  })
}
