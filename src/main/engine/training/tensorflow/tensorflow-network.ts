import { embeddingSize } from '#engine/models/resnet.ts'
import { isDecayed, listTrainedParameters, nameLogVariance } from '#engine/training/onnx/training-plan.ts'
import type { TrainingPlan } from '#engine/training/onnx/training-plan.ts'
import type {
  HeadLoss,
  HeadSpec,
  NetworkSpec,
  OptimiserState,
  Predictions,
  StateDict,
  StepOptions,
  StepResult,
  TrainBatch,
} from '#engine/training/training-engine.ts'
import { computeHeadLoss, isInYears } from './loss-ops.ts'
import { applyBackbone, applyHead, normaliseImages, takeTensor } from './network-ops.ts'
import type { TensorState } from './network-ops.ts'
import { updateParameter } from './optimiser-ops.ts'
import type { Tensor, TensorLibrary } from './tensor-library.ts'
import { averagePrefix, describeState, exportState, exportTensor, importTensor } from './tensor-store.ts'

/** Images of one inference pass. */
const predictionBatch = 64

/** A network being trained in the process that holds TensorFlow; every call blocks it. */
export interface TensorFlowNetwork {
  load(state: { weights: StateDict; optimiser: OptimiserState }): void
  accumulate(batch: TrainBatch, options: StepOptions): StepResult
  step(batch: TrainBatch, options: StepOptions): StepResult
  gradients(batch: TrainBatch): { result: StepResult; gradients: StateDict }
  predict(images: Uint8Array, count: number): Predictions
  weights(): StateDict
  modelWeights(): StateDict
  optimiser(): OptimiserState
  dispose(): void
}

type Tensors = Map<string, Tensor>

function disposeAll(tensors: Tensors): void {
  for (const tensor of tensors.values()) tensor.dispose()
  tensors.clear()
}

/** Puts a tensor in another's place and disposes of that. */
function replace(tensors: Tensors, name: string, tensor: Tensor): void {
  tensors.get(name)?.dispose()
  tensors.set(name, tensor)
}

interface Pass {
  readonly result: StepResult
  /** By parameter, for the caller to dispose of. */
  readonly gradients: Tensors
  /** Running statistics after the batch; empty for a frozen backbone. */
  readonly statistics: Tensors
}

interface PassOptions {
  readonly plan: TrainingPlan
  readonly state: TensorState
  readonly lossWeights?: StepOptions['lossWeights']
}

const factor = (value: Tensor | number): number =>
  typeof value === 'number' ? value : Number(value.dataSync()[0])

/** Forward and backward over one batch. */
function runPass(tf: TensorLibrary, batch: TrainBatch, pass: PassOptions): Pass {
  const { plan, state, lossWeights } = pass
  const { network, combination, trainable } = plan
  const { heads, inputSize } = network
  const statistics: Tensors = new Map()
  const kept: { losses: Tensor[]; factors: (Tensor | number)[] } = { losses: [], factors: [] }
  const names = listTrainedParameters(plan).map(({ name }) => name)
  const images = normaliseImages(tf, batch.images, inputSize)
  const frozen =
    trainable === 'heads' ? tf.tidy(() => applyBackbone(tf, images, { network, state })) : undefined

  const combine = (...parameters: Tensor[]): Tensor => {
    const current = new Map(state)
    parameters.forEach((tensor, index) => current.set(names[index] ?? '', tensor))
    const embedding =
      frozen ?? applyBackbone(tf, images, { network, state: current, nextStatistics: statistics })
    const terms = heads.map((head) => {
      const numbers = applyHead(tf, embedding, { task: head.task, state: current })
      const headLoss = takeLoss(plan, head)
      const { loss, isLabelled } = computeHeadLoss(tf, numbers, { head, batch, loss: headLoss })
      kept.losses.push(tf.keep(loss))
      if (combination === 'given') {
        const weight = lossWeights?.get(head.task) ?? 1
        kept.factors.push(weight)
        return tf.mul(loss, weight)
      }
      const logVariance = takeTensor(current, nameLogVariance(head.task))
      const share = isInYears(headLoss) ? 0.5 : 1
      const weight = tf.mul(tf.exp(tf.mul(logVariance, -1)), share)
      kept.factors.push(tf.keep(weight))
      // A task without labels leaves its variance alone; times 0, as the loss must lead to every parameter.
      return tf.add(tf.mul(loss, weight), tf.mul(logVariance, isLabelled ? 0.5 : 0))
    })
    return terms.reduce((sum, term) => tf.add(sum, term))
  }

  const { value, grads } = tf.valueAndGrads(combine)(names.map((name) => takeTensor(state, name)))
  // -0 + 0 is 0: a task without labels costs nothing, not minus nothing.
  const read = (tensor: Tensor | number | undefined): number => factor(tensor ?? Number.NaN) + 0
  const result: StepResult = {
    loss: read(value),
    losses: new Map(heads.map(({ task }, index) => [task, read(kept.losses[index])])),
    lossWeights: new Map(heads.map(({ task }, index) => [task, read(kept.factors[index])])),
    gradientNorm: null,
  }
  for (const tensor of [images, frozen, value, ...kept.losses, ...kept.factors])
    if (typeof tensor === 'object') tensor.dispose()
  return { result, statistics, gradients: new Map(names.map((name, index) => [name, takeAt(grads, index)])) }
}

function takeLoss({ losses }: TrainingPlan, { task }: HeadSpec): HeadLoss {
  const loss = losses.get(task)
  if (loss === undefined) throw new Error(`The head ${task} has no loss`)
  return loss
}

function takeAt(tensors: readonly Tensor[], index: number): Tensor {
  const tensor = tensors[index]
  if (tensor === undefined) throw new Error(`There is no gradient ${index}`)
  return tensor
}

/** Euclidean norm over all of them, summed up in float64. */
function measureNorm(tf: TensorLibrary, tensors: Tensors): number {
  const squares = tf.tidy(() => tf.stack(Array.from(tensors.values(), (tensor) => tf.sum(tf.square(tensor)))))
  const sum = Array.from(squares.dataSync()).reduce((total, square) => total + square, 0)
  squares.dispose()
  return Math.sqrt(sum)
}

/** Adds a batch's gradients to those that wait, and disposes of them. */
function addGradients(tf: TensorLibrary, waiting: Tensors, gradients: Tensors): void {
  for (const [name, gradient] of gradients) {
    const sum = waiting.get(name)
    if (sum === undefined) {
      waiting.set(name, gradient)
      continue
    }
    replace(waiting, name, tf.add(sum, gradient))
    gradient.dispose()
  }
}

/** Forward passes of the model as it stands, for any number of images. */
function predictAll(
  tf: TensorLibrary,
  images: Uint8Array,
  { count, network, state }: { count: number; network: NetworkSpec; state: TensorState },
): Predictions {
  const { heads, inputSize } = network
  const size = 3 * inputSize * inputSize
  const embedding = new Float32Array(count * embeddingSize)
  const logits = new Map(heads.map(({ task, classes }) => [task, new Float32Array(count * classes)]))
  for (let start = 0; start < count; start += predictionBatch) {
    const end = Math.min(count, start + predictionBatch)
    const [maps, ...numbers] = tf.tidy(() => {
      const normalised = normaliseImages(tf, images.subarray(start * size, end * size), inputSize)
      const found = applyBackbone(tf, normalised, { network, state })
      return [found, ...heads.map(({ task }) => applyHead(tf, found, { task, state }))]
    })
    embedding.set(maps?.dataSync() ?? [], start * embeddingSize)
    heads.forEach(({ task, classes }, index) =>
      logits.get(task)?.set(numbers[index]?.dataSync() ?? [], start * classes),
    )
    for (const tensor of [maps, ...numbers]) tensor?.dispose()
  }
  return { embedding, logits }
}

/** A network in TensorFlow.js's operators and by its automatic differentiation; `load` fills it. */
export function createTensorFlowNetwork(tf: TensorLibrary, plan: TrainingPlan): TensorFlowNetwork {
  const spec = describeState(plan)
  const { network, optimiser, clipNorm, averageDecay } = plan
  const decayed = new Set(
    listTrainedParameters(plan)
      .filter((parameter) => isDecayed(parameter, optimiser))
      .map(({ name }) => name),
  )
  const state: Tensors = new Map()
  const moments: Tensors = new Map()
  /** Gradients and statistics of batches since the last step. */
  const waiting: Tensors = new Map()
  const waitingStatistics: Tensors = new Map()
  let batches = 0
  let completed = 0

  const forgetWaiting = (): void => {
    disposeAll(waiting)
    disposeAll(waitingStatistics)
    batches = 0
  }
  const run = (batch: TrainBatch, lossWeights: StepOptions['lossWeights']): Pass => {
    const current = new Map([...state, ...waitingStatistics])
    return runPass(tf, batch, { plan, state: current, ...(lossWeights && { lossWeights }) })
  }
  const collect = (batch: TrainBatch, lossWeights: StepOptions['lossWeights']): StepResult => {
    const { result, gradients, statistics } = run(batch, lossWeights)
    addGradients(tf, waiting, gradients)
    for (const [name, tensor] of statistics) replace(waitingStatistics, name, tensor)
    batches++
    return result
  }
  const update = (learningRate: number, scale: number): void => {
    for (const [name, gradient] of waiting) {
      const [m, v] = [moments.get(`m/${name}`) ?? null, moments.get(`v/${name}`) ?? null]
      const tensors = { weight: takeTensor(state, name), m, v }
      const next = tf.tidy(() => {
        const scaled = tf.mul(gradient, scale)
        const done = updateParameter(tf, tensors, {
          optimiser,
          learningRate,
          step: completed + 1,
          isDecayed: decayed.has(name),
          gradient: scaled,
        })
        return [done.weight, ...(done.m === null ? [] : [done.m]), ...(done.v === null ? [] : [done.v])]
      })
      const [weight, nextM, nextV] = next
      if (weight !== undefined) replace(state, name, weight)
      if (nextM !== undefined) replace(moments, `m/${name}`, nextM)
      if (nextV !== undefined) replace(moments, `v/${name}`, nextV)
    }
  }
  const average = (decay: number): void => {
    for (const [name, old] of moments) {
      if (!name.startsWith(averagePrefix)) continue
      const value = takeTensor(state, name.slice(averagePrefix.length))
      replace(
        moments,
        name,
        tf.tidy(() => tf.add(old, tf.mul(tf.sub(value, old), 1 - decay))),
      )
    }
  }
  const modelState = (): TensorState => {
    const averaged = [...moments]
      .filter(([name]) => name.startsWith(averagePrefix))
      .map(([name, tensor]) => [name.slice(averagePrefix.length), tensor] as const)
    return new Map([...state, ...averaged])
  }
  const weightNames = spec.weights.map(({ name }) => name)
  const modelNames = weightNames.filter((name) => !name.startsWith('loss.'))

  return {
    load({ weights, optimiser: stored }) {
      forgetWaiting()
      for (const [name, tensor] of weights) replace(state, name, importTensor(tf, tensor))
      for (const [name, tensor] of stored.moments) replace(moments, name, importTensor(tf, tensor))
      completed = stored.step
    },
    accumulate: (batch, { lossWeights }) => collect(batch, lossWeights),
    step(batch, { learningRate, lossWeights }) {
      const result = collect(batch, lossWeights)
      const gradientNorm = measureNorm(tf, waiting) / batches
      // As torch.nn.utils.clip_grad_norm_ has it, with its 1e-6 against a division by 0.
      const clip = clipNorm === null ? 1 : Math.min(1, clipNorm / (gradientNorm + 1e-6))
      update(learningRate, clip / batches)
      for (const [name, tensor] of waitingStatistics) replace(state, name, tensor)
      waitingStatistics.clear()
      if (averageDecay !== null) average(averageDecay)
      completed++
      forgetWaiting()
      return { ...result, gradientNorm }
    },
    gradients(batch) {
      const { result, gradients, statistics } = run(batch, undefined)
      const gradientNorm = measureNorm(tf, gradients)
      const exported = new Map(
        Array.from(gradients, ([name, tensor]) => [name, exportTensor(tf, tensor)] as const),
      )
      disposeAll(gradients)
      disposeAll(statistics)
      return { result: { ...result, gradientNorm }, gradients: exported }
    },
    predict: (images, count) => predictAll(tf, images, { count, network, state: modelState() }),
    weights: () => exportState(tf, state, weightNames),
    modelWeights: () => exportState(tf, modelState(), modelNames),
    optimiser: () => ({
      step: completed,
      moments: exportState(
        tf,
        moments,
        spec.moments.map(({ name }) => name),
      ),
    }),
    dispose() {
      forgetWaiting()
      disposeAll(state)
      disposeAll(moments)
    },
  }
}
