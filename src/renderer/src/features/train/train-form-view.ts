import type * as z from 'zod'
import type { RunSummary } from '#shared/contract/run.contract.ts'
import { trainConfig } from '#shared/contract/train-config.contract.ts'

type TrainConfigInput = z.input<typeof trainConfig>

export interface TrainForm {
  readonly splitId: number | null
  readonly name: string
  readonly arch: 'resnet18' | 'resnet34'
  readonly inputSize: number
  readonly epochs: number
  readonly batchSize: number
  readonly learningRate: number
  readonly weightDecay: number
  readonly schedule: 'constant' | 'step' | 'cosine' | 'one-cycle'
  readonly flip: boolean
  readonly crop: boolean
  readonly seed: number
}

export const emptyTrainForm: TrainForm = {
  splitId: null,
  name: '',
  arch: 'resnet18',
  inputSize: 64,
  epochs: 18,
  batchSize: 64,
  learningRate: 0.002,
  weightDecay: 0.01,
  schedule: 'one-cycle',
  flip: true,
  crop: true,
  seed: 1,
}

export type TrainRequest =
  { readonly ok: true; readonly config: TrainConfigInput } | { readonly ok: false; readonly problem: string }

const fieldWords: Readonly<Record<string, string>> = {
  splitId: 'Split',
  inputSize: 'Input size',
  epochs: 'Epochs',
  batchSize: 'Batch size',
  learningRate: 'Learning rate',
  weightDecay: 'Weight decay',
  seed: 'Seed',
}

/** The run as the engine takes it, or the first thing that stands in the way. */
export function toTrainRequest(form: TrainForm): TrainRequest {
  if (form.splitId === null) return { ok: false, problem: 'Choose the split to train on.' }
  const { name, flip, crop, ...rest } = form
  const parsed = trainConfig.safeParse({
    ...rest,
    augmentation: { flip, crop: crop ? 'pad' : 'none' },
    ...(name.trim() === '' ? {} : { name: name.trim() }),
  })
  if (parsed.success) return { ok: true, config: parsed.data }
  const [issue] = parsed.error.issues
  const field = fieldWords[String(issue?.path[0])] ?? 'The form'
  return { ok: false, problem: `${field}: ${issue?.message ?? 'not usable'}.` }
}

/** The form of an earlier run, to start from. */
export function formOfRun(run: RunSummary): TrainForm {
  const { config } = run
  return {
    splitId: config.splitId,
    name: '',
    arch: config.arch,
    inputSize: config.inputSize,
    epochs: config.epochs,
    batchSize: config.batchSize,
    learningRate: config.learningRate,
    weightDecay: config.weightDecay,
    schedule: config.schedule,
    flip: config.augmentation.flip,
    crop: config.augmentation.crop !== 'none',
    seed: config.seed,
  }
}
