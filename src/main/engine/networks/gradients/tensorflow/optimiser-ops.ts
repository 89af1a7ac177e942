import type { OptimiserOptions } from '#engine/networks/architecture/training-engine.ts'
import type { Tensor, TensorLibrary } from './tensor-library.ts'

/** One parameter and what its optimiser holds; the moments it does not use are null. */
export interface ParameterTensors {
  readonly weight: Tensor
  readonly m: Tensor | null
  readonly v: Tensor | null
}

export interface UpdateOptions {
  readonly optimiser: OptimiserOptions
  readonly learningRate: number
  /** This step's number, from 1. */
  readonly step: number
  readonly isDecayed: boolean
}

/** `previous * beta + value * share`; `previous` of 0 where there is none yet. */
function blend(
  tf: TensorLibrary,
  previous: Tensor | null,
  options: { beta: number; value: Tensor; share: number },
): Tensor {
  const part = tf.mul(options.value, options.share)
  return previous === null ? part : tf.add(tf.mul(previous, options.beta), part)
}

function updateSgd(
  tf: TensorLibrary,
  { weight, m }: ParameterTensors,
  options: {
    gradient: Tensor
    optimiser: Extract<OptimiserOptions, { kind: 'sgd' }>
    learningRate: number
  },
): ParameterTensors {
  const { gradient, optimiser, learningRate } = options
  const { momentum, nesterov } = optimiser
  const velocity = momentum === 0 ? null : blend(tf, m, { beta: momentum, value: gradient, share: 1 })
  const direction =
    velocity === null ? gradient : nesterov ? tf.add(gradient, tf.mul(velocity, momentum)) : velocity
  return { weight: tf.sub(weight, tf.mul(direction, learningRate)), m: velocity, v: null }
}

/** Kingma & Ba 2015, algorithm 1; the bias corrections are moved into the step size, in float64. */
function updateAdam(
  tf: TensorLibrary,
  { weight, m, v }: ParameterTensors,
  options: {
    gradient: Tensor
    optimiser: Exclude<OptimiserOptions, { kind: 'sgd' }>
    learningRate: number
    step: number
  },
): ParameterTensors {
  const { gradient, optimiser, learningRate, step } = options
  const { beta1, beta2, epsilon } = optimiser
  const root = Math.sqrt(1 - beta2 ** step)
  const nextM = blend(tf, m, { beta: beta1, value: gradient, share: 1 - beta1 })
  const nextV = blend(tf, v, { beta: beta2, value: tf.square(gradient), share: 1 - beta2 })
  const direction = tf.div(nextM, tf.add(tf.sqrt(nextV), epsilon * root))
  const stepSize = (learningRate * root) / (1 - beta1 ** step)
  return { weight: tf.sub(weight, tf.mul(direction, stepSize)), m: nextM, v: nextV }
}

/** One step of one parameter, as PyTorch's `SGD`, `Adam` and `AdamW` have it. */
export function updateParameter(
  tf: TensorLibrary,
  tensors: ParameterTensors,
  options: UpdateOptions & { gradient: Tensor },
): ParameterTensors {
  const { optimiser, learningRate, step, isDecayed, gradient } = options
  const decay = isDecayed ? optimiser.weightDecay : 0
  if (optimiser.kind === 'adamw') {
    const weight = decay === 0 ? tensors.weight : tf.mul(tensors.weight, 1 - learningRate * decay)
    return updateAdam(tf, { ...tensors, weight }, { gradient, optimiser, learningRate, step })
  }
  const decayed = decay === 0 ? gradient : tf.add(gradient, tf.mul(tensors.weight, decay))
  return optimiser.kind === 'sgd'
    ? updateSgd(tf, tensors, { gradient: decayed, optimiser, learningRate })
    : updateAdam(tf, tensors, { gradient: decayed, optimiser, learningRate, step })
}
