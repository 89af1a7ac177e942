import { listBuffers, listParameters } from '#engine/networks/architecture/resnet.ts'
import {
  listAveraged,
  listLossParameters,
  listTrainedParameters,
  nameMoments,
} from '#engine/networks/gradients/onnx/training-plan.ts'
import type { TrainingPlan } from '#engine/networks/gradients/onnx/training-plan.ts'
import type { NamedTensor, OptimiserState, StateDict } from '#engine/networks/architecture/training-engine.ts'
import type { TensorState } from './network-ops.ts'
import type { Tensor, TensorLibrary } from './tensor-library.ts'

/** Names of averages begin with it. */
export const averagePrefix = 'ema/'

export interface StateEntry {
  readonly name: string
  readonly shape: readonly number[]
}

/** What a session holds, by name and in torchvision's shapes. */
export interface StateSpec {
  /** Parameters and running statistics of the network, then the loss's own parameters. */
  readonly weights: readonly StateEntry[]
  /** Moments and averages, as `m/<param>`, `v/<param>` and `ema/<name>`. */
  readonly moments: readonly StateEntry[]
}

/** Everything that a session of this plan holds. */
export function describeState(plan: TrainingPlan): StateSpec {
  const { network, optimiser } = plan
  const pick = ({ name, shape }: StateEntry): StateEntry => ({ name, shape })
  return {
    weights: [...listParameters(network), ...listBuffers(network), ...listLossParameters(plan)].map(pick),
    moments: [
      ...listTrainedParameters(plan).flatMap(({ name, shape }) =>
        nameMoments(optimiser, name).map((moment) => ({ name: moment, shape })),
      ),
      ...listAveraged(plan).map(({ name, shape }) => ({ name: averagePrefix + name, shape })),
    ],
  }
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1)

function pickTensor(source: StateDict, { name, shape }: StateEntry): NamedTensor {
  const tensor = source.get(name)
  if (tensor === undefined) throw new RangeError(`The weights lack ${name}`)
  if (tensor.shape.join() !== shape.join() || tensor.data.length !== sizeOf(shape))
    throw new RangeError(
      `${name} has the shape [${tensor.shape.join(', ')}] where the network wants [${shape.join(', ')}]`,
    )
  return tensor
}

/**
 * The tensors that a session starts from, in the order of {@link describeState}: an absent log-variance is 0, absent
 * averages are the weights, moments without an optimiser's state are 0. Throws a RangeError naming what is missing or
 * misshapen.
 */
export function completeState(
  spec: StateSpec,
  { weights, optimiser }: { weights: StateDict; optimiser?: OptimiserState },
): { weights: StateDict; optimiser: OptimiserState } {
  const zeros = ({ shape }: StateEntry): NamedTensor => ({ shape, data: new Float32Array(sizeOf(shape)) })
  const complete = new Map(
    spec.weights.map((entry): [string, NamedTensor] => [
      entry.name,
      entry.name.startsWith('loss.') && !weights.has(entry.name) ? zeros(entry) : pickTensor(weights, entry),
    ]),
  )
  const stored = optimiser?.moments
  const findMoment = (entry: StateEntry): NamedTensor => {
    if (entry.name.startsWith(averagePrefix) && stored?.has(entry.name) !== true)
      return pickTensor(complete, { ...entry, name: entry.name.slice(averagePrefix.length) })
    return stored === undefined ? zeros(entry) : pickTensor(stored, entry)
  }
  return {
    weights: complete,
    optimiser: {
      step: optimiser?.step ?? 0,
      moments: new Map(spec.moments.map((entry) => [entry.name, findMoment(entry)])),
    },
  }
}

const isConvolution = (shape: readonly number[]): boolean => shape.length === 4

/** From torchvision's layout to TensorFlow's: a convolution's `[out, in, height, width]` turns round. */
export function importTensor(tf: TensorLibrary, { shape, data }: NamedTensor): Tensor {
  return isConvolution(shape)
    ? tf.tidy(() => tf.transpose(tf.tensor(data, shape), [2, 3, 1, 0]))
    : tf.tensor(data, shape)
}

/** The reverse of {@link importTensor}. */
export function exportTensor(tf: TensorLibrary, tensor: Tensor): NamedTensor {
  const turned = isConvolution(tensor.shape) ? tf.tidy(() => tf.transpose(tensor, [3, 2, 0, 1])) : undefined
  const read = turned ?? tensor
  const named = { shape: [...read.shape], data: Float32Array.from(read.dataSync()) }
  turned?.dispose()
  return named
}

export function exportState(tf: TensorLibrary, state: TensorState, names: Iterable<string>): StateDict {
  return new Map(
    [...names].map((name) => {
      const tensor = state.get(name)
      if (tensor === undefined) throw new Error(`The state lacks ${name}`)
      return [name, exportTensor(tf, tensor)]
    }),
  )
}
