/** Steps from gradients, whatever computed them. */
import type {
  StateDict,
  StepOptions,
  StepResult,
  TrainBatch,
  TrainingSession,
} from '#engine/networks/architecture/training-engine.ts'
import type { GradientBuffers } from './gradient-buffers.ts'
import type { StoredState } from './stored-state.ts'
import type { TensorBuffers } from './tensor-buffers.ts'
import type { TrainingPlan } from './training-plan.ts'
import { followOptimiser, measureNorm } from './update-rule.ts'

export interface GradientSource {
  readonly plan: TrainingPlan
  readonly state: StoredState
  readonly buffers: GradientBuffers
  /** Fills the gradients of one batch and the next running statistics, which count only once they are moved. */
  runBackward(
    batch: TrainBatch,
    lossWeights: StepOptions['lossWeights'],
  ): Promise<Omit<StepResult, 'gradientNorm'>>
}

async function accumulate(
  source: GradientSource,
  batch: TrainBatch,
  { lossWeights }: StepOptions,
): Promise<StepResult> {
  const { state, buffers } = source
  const losses = await source.runBackward(batch, lossWeights)
  if (buffers.heldBatches() === 0) buffers.hold()
  else buffers.add()
  state.moveStatistics()
  return { ...losses, gradientNorm: null }
}

/** Keeps the divisor from 0, as `torch.nn.utils.clip_grad_norm_` has it. */
const clipEpsilon = 1e-6

const measureGradients = ({ arrays }: StoredState, gradients: TensorBuffers): number =>
  measureNorm(
    Array.from(gradients.values(), ({ data }) => data),
    arrays,
  )

/** Moves what is trained along the mean gradient of `batches` and gives that gradient's norm before it is clipped. */
function moveWeights(
  { plan, state, buffers }: GradientSource,
  batches: number,
  learningRate: number,
): number {
  const { optimiser, clipNorm } = plan
  const gradients = buffers.forStep()
  const norm = measureGradients(state, gradients) / batches
  const clip = clipNorm === null ? 1 : Math.min(1, clipNorm / (norm + clipEpsilon))
  const schedule = { learningRate, step: state.step() + 1, gradientScale: clip / batches }
  const update = followOptimiser(optimiser, schedule, state.arrays)
  for (const { name, ...tensors } of state.trained()) {
    const gradient = gradients.get(name)?.data
    if (gradient === undefined) throw new Error(`${name} has no gradient`)
    update({ ...tensors, gradient })
  }
  return norm
}

async function step(
  source: GradientSource,
  batch: TrainBatch,
  { learningRate, lossWeights }: StepOptions,
): Promise<StepResult> {
  const { state, buffers } = source
  const losses = await source.runBackward(batch, lossWeights)
  if (buffers.heldBatches() > 0) buffers.add()
  state.moveStatistics()
  const gradientNorm = moveWeights(source, Math.max(1, buffers.heldBatches()), learningRate)
  buffers.discardHeld()
  state.completeStep()
  return { ...losses, gradientNorm }
}

async function computeGradients(
  source: GradientSource,
  batch: TrainBatch,
): Promise<{ result: StepResult; gradients: StateDict }> {
  const { state, buffers } = source
  const losses = await source.runBackward(batch, undefined)
  const gradients: StateDict = new Map(
    Array.from(buffers.latest(), ([name, { data }]) => [name, state.restore(name, data)]),
  )
  return {
    result: { ...losses, gradientNorm: measureGradients(state, buffers.latest()) },
    gradients,
  }
}

/** The calls of a session that train. */
export const trainFrom = (
  source: GradientSource,
): Pick<TrainingSession, 'accumulate' | 'step' | 'gradients'> => ({
  accumulate: (batch, options) => accumulate(source, batch, options),
  step: (batch, options) => step(source, batch, options),
  gradients: (batch) => computeGradients(source, batch),
})
