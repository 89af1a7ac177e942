import { isMoved } from '#engine/networks/architecture/resnet.ts'
import { listTrainedParameters, nameLogVariance } from '#engine/networks/gradients/onnx/training-plan.ts'
import type { TrainingPlan } from '#engine/networks/gradients/onnx/training-plan.ts'
import type {
  HeadLoss,
  HeadSpec,
  StepOptions,
  StepResult,
  TrainBatch,
} from '#engine/networks/architecture/training-engine.ts'
import { computeHeadLoss, isInYears } from './loss-ops.ts'
import { applyBackbone, applyHead, normaliseImages, takeTensor } from './network-ops.ts'
import type { TensorState } from './network-ops.ts'
import type { Tensor, TensorLibrary } from './tensor-library.ts'

export interface Pass {
  readonly result: StepResult
  /** By parameter, for the caller to dispose of. */
  readonly gradients: Map<string, Tensor>
  /** Running statistics after the batch; empty for a frozen backbone. */
  readonly statistics: Map<string, Tensor>
}

export interface PassOptions {
  readonly plan: TrainingPlan
  readonly state: TensorState
  readonly lossWeights?: StepOptions['lossWeights']
}

interface Term {
  /** What joins the combined loss. */
  readonly term: Tensor
  readonly loss: Tensor
  readonly weight: Tensor | number
}

/** One head's part of the combined loss, from the embedding `[batch, numbers]`. */
function computeTerm(
  tf: TensorLibrary,
  embedding: Tensor,
  options: PassOptions & { head: HeadSpec; batch: TrainBatch },
): Term {
  const { head, batch, plan, state, lossWeights } = options
  const { task } = head
  const headLoss = takeLoss(plan, head)
  const numbers = applyHead(tf, embedding, { task, state })
  const { loss, isLabelled } = computeHeadLoss(tf, numbers, { head, batch, loss: headLoss })
  tf.keep(loss)
  if (plan.combination === 'given') {
    const weight = lossWeights?.get(task) ?? 1
    return { term: tf.mul(loss, weight), loss, weight }
  }
  const logVariance = takeTensor(state, nameLogVariance(task))
  const weight = tf.keep(tf.mul(tf.exp(tf.mul(logVariance, -1)), isInYears(headLoss) ? 0.5 : 1))
  // A task without labels leaves its variance alone; times 0, as the loss must lead to every parameter.
  const penalty = tf.mul(logVariance, isLabelled ? 0.5 : 0)
  return { term: tf.add(tf.mul(loss, weight), penalty), loss, weight }
}

/** A scalar to report; disposes of it. -0 + 0 is 0: a task without labels costs nothing, not minus nothing. */
function takeScalar(value: Tensor | number): number {
  if (typeof value === 'number') return value
  const scalar = Number(value.dataSync()[0]) + 0
  value.dispose()
  return scalar
}

/** Forward and backward over one batch. */
export function runPass(tf: TensorLibrary, batch: TrainBatch, options: PassOptions): Pass {
  const { plan, state } = options
  const { network, trainable } = plan
  const { heads } = network
  const statistics = new Map<string, Tensor>()
  const names = listTrainedParameters(plan).map(({ name }) => name)
  const images = normaliseImages(tf, batch.images, network)
  const frozen =
    trainable === 'heads' ? tf.tidy(() => applyBackbone(tf, images, { network, state })) : undefined
  let terms: Term[] = []
  const combine = (...parameters: Tensor[]): Tensor => {
    const current = new Map(state)
    parameters.forEach((tensor, index) => current.set(names[index] ?? '', tensor))
    const embedding =
      frozen ??
      applyBackbone(tf, images, {
        network,
        state: current,
        nextStatistics: statistics,
        isMoved: (name) => isMoved(name, trainable),
      })
    terms = heads.map((head) => computeTerm(tf, embedding, { ...options, state: current, head, batch }))
    return terms.map(({ term }) => term).reduce((sum, term) => tf.add(sum, term))
  }
  const { value, grads } = tf.valueAndGrads(combine)(names.map((name) => takeTensor(state, name)))
  images.dispose()
  frozen?.dispose()
  const zip = (pick: (term: Term) => Tensor | number) =>
    new Map(heads.map(({ task }, index) => [task, takeScalar(pick(takeAt(terms, index)))]))
  return {
    result: {
      loss: takeScalar(value),
      losses: zip(({ loss }) => loss),
      lossWeights: zip(({ weight }) => weight),
      gradientNorm: null,
    },
    statistics,
    gradients: new Map(names.map((name, index) => [name, takeAt(grads, index)])),
  }
}

function takeLoss({ losses }: TrainingPlan, { task }: HeadSpec): HeadLoss {
  const loss = losses.get(task)
  if (loss === undefined) throw new Error(`The head ${task} has no loss`)
  return loss
}

function takeAt<Item>(items: readonly Item[], index: number): Item {
  const item = items[index]
  if (item === undefined) throw new RangeError(`There is no item ${index} of ${items.length}`)
  return item
}
