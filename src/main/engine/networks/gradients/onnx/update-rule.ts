/**
 * One optimiser step of one parameter, in place, as `torch.optim` defines it. Values are read and stored in float32 and
 * computed in float64 between.
 */
import type { TrainingArrays } from './loops/update-loops.ts'
import type {
  AdamOptions,
  OptimiserOptions,
  SgdOptions,
} from '#engine/networks/architecture/training-engine.ts'

export interface ParameterUpdate {
  readonly weight: Float32Array
  readonly gradient: Float32Array
  /** As `nameMoments` lists them. */
  readonly moments: readonly Float32Array[]
  readonly isDecayed: boolean
}

export type UpdateRule = (update: ParameterUpdate) => void

interface Schedule {
  readonly learningRate: number
  /** Number of this step, from 1. */
  readonly step: number
  /** What gradients are multiplied by first. */
  readonly gradientScale: number
}

function followSgd(options: SgdOptions, { learningRate, gradientScale }: Schedule): UpdateRule {
  const { momentum, nesterov } = options
  return ({ weight, gradient, moments: [velocity], isDecayed }) => {
    const penalty = isDecayed ? options.weightDecay : 0
    for (let at = 0; at < weight.length; at++) {
      const value = weight[at] ?? 0
      let direction = (gradient[at] ?? 0) * gradientScale + value * penalty
      if (velocity !== undefined) {
        const moved = (velocity[at] ?? 0) * momentum + direction
        velocity[at] = moved
        direction = nesterov ? direction + moved * momentum : moved
      }
      weight[at] = value - direction * learningRate
    }
  }
}

/**
 * Adam (Kingma & Ba 2015, algorithm 1) and AdamW (Loshchilov & Hutter 2019, algorithm 2), with both bias corrections in
 * the step size and epsilon (Kingma & Ba, end of section 2).
 */
function followAdam(
  options: AdamOptions,
  { learningRate, step, gradientScale }: Schedule,
  arrays: Pick<TrainingArrays, 'stepAdam'>,
): UpdateRule {
  const { beta1, beta2, kind } = options
  const root = Math.sqrt(1 - beta2 ** step)
  const stepSize = (learningRate * root) / (1 - beta1 ** step)
  const epsilon = options.epsilon * root
  return ({ weight, gradient, moments: [first, second], isDecayed }) => {
    if (first === undefined || second === undefined) throw new Error('Adam lacks a moment')
    const decay = isDecayed ? options.weightDecay : 0
    const penalty = kind === 'adam' ? decay : 0
    const kept = kind === 'adamw' ? 1 - learningRate * decay : 1
    arrays.stepAdam(
      { weight, gradient, first, second },
      { gradientScale, penalty, kept, beta1, beta2, epsilon, stepSize },
    )
  }
}

/** @param arrays where the tensors lie */
export function followOptimiser(
  options: OptimiserOptions,
  schedule: Schedule,
  arrays: Pick<TrainingArrays, 'stepAdam'>,
): UpdateRule {
  return options.kind === 'sgd' ? followSgd(options, schedule) : followAdam(options, schedule, arrays)
}

/** `average + (1 - decay) * (value - average)`, which stays at a value that stands still. */
export function moveAverage(average: Float32Array, value: Float32Array, decay: number): void {
  const share = 1 - decay
  for (let at = 0; at < average.length; at++) {
    const before = average[at] ?? 0
    average[at] = before + ((value[at] ?? 0) - before) * share
  }
}

/** Euclidean norm over all tensors together, which lie in `arrays`. */
export function measureNorm(
  tensors: Iterable<Float32Array>,
  arrays: Pick<TrainingArrays, 'sumSquares'>,
): number {
  let total = 0
  for (const tensor of tensors) total += arrays.sumSquares(tensor)
  return Math.sqrt(total)
}
