/**
 * One optimiser step of one parameter, in place, as `torch.optim` defines it. Values are read and stored in float32 and
 * computed in float64 between.
 */
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
function followAdam(options: AdamOptions, { learningRate, step, gradientScale }: Schedule): UpdateRule {
  const { beta1, beta2, kind } = options
  const root = Math.sqrt(1 - beta2 ** step)
  const stepSize = (learningRate * root) / (1 - beta1 ** step)
  const epsilon = options.epsilon * root
  const [share1, share2] = [1 - beta1, 1 - beta2]
  return ({ weight, gradient, moments: [first, second], isDecayed }) => {
    if (first === undefined || second === undefined) throw new Error('Adam lacks a moment')
    const decay = isDecayed ? options.weightDecay : 0
    const penalty = kind === 'adam' ? decay : 0
    const kept = kind === 'adamw' ? 1 - learningRate * decay : 1
    for (let at = 0; at < weight.length; at++) {
      const value = weight[at] ?? 0
      const slope = (gradient[at] ?? 0) * gradientScale + value * penalty
      const mean = (first[at] ?? 0) * beta1 + slope * share1
      const spread = (second[at] ?? 0) * beta2 + slope * slope * share2
      first[at] = mean
      second[at] = spread
      weight[at] = value * kept - (mean / (Math.sqrt(spread) + epsilon)) * stepSize
    }
  }
}

export function followOptimiser(options: OptimiserOptions, schedule: Schedule): UpdateRule {
  return options.kind === 'sgd' ? followSgd(options, schedule) : followAdam(options, schedule)
}

/** `average + (1 - decay) * (value - average)`, which stays at a value that stands still. */
export function moveAverage(average: Float32Array, value: Float32Array, decay: number): void {
  const share = 1 - decay
  for (let at = 0; at < average.length; at++) {
    const before = average[at] ?? 0
    average[at] = before + ((value[at] ?? 0) - before) * share
  }
}

/** Euclidean norm over all tensors together; four sums side by side, since each addition waits for the one before it. */
export function measureNorm(tensors: Iterable<Float32Array>): number {
  let total = 0
  for (const tensor of tensors) {
    let [a, b, c, d] = [0, 0, 0, 0]
    for (let at = 0; at < tensor.length; at += 4) {
      a += (tensor[at] ?? 0) ** 2
      b += (tensor[at + 1] ?? 0) ** 2
      c += (tensor[at + 2] ?? 0) ** 2
      d += (tensor[at + 3] ?? 0) ** 2
    }
    total += a + b + c + d
  }
  return Math.sqrt(total)
}
