import { embeddingSizes } from '#shared/domain/architectures.ts'
import { isDecayed, listTrainedParameters } from '#engine/networks/gradients/onnx/training-plan.ts'
import type { TrainingPlan } from '#engine/networks/gradients/onnx/training-plan.ts'
import type {
  NetworkSpec,
  OptimiserState,
  Predictions,
  StateDict,
  StepOptions,
  StepResult,
  TrainBatch,
} from '#engine/networks/architecture/training-engine.ts'
import { applyBackbone, applyHead, normaliseImages, takeTensor } from './network-ops.ts'
import type { TensorState } from './network-ops.ts'
import { updateParameter } from './optimiser-ops.ts'
import { runPass } from './run-pass.ts'
import type { Pass } from './run-pass.ts'
import type { Tensor, TensorLibrary } from './tensor-library.ts'
import { averagePrefix, describeState, exportState, importTensor } from './tensor-store.ts'

/** Images of one inference pass. */
const predictionBatch = 64

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
  const embeddingSize = embeddingSizes[network.arch]
  const embedding = new Float32Array(count * embeddingSize)
  const logits = new Map(heads.map(({ task, classes }) => [task, new Float32Array(count * classes)]))
  for (let start = 0; start < count; start += predictionBatch) {
    const end = Math.min(count, start + predictionBatch)
    const [maps, ...numbers] = tf.tidy(() => {
      const normalised = normaliseImages(tf, images.subarray(start * size, end * size), network)
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

/**
 * A network being trained in the process that holds TensorFlow, by its operators and its automatic differentiation;
 * every call blocks. `load` fills it before anything else is asked.
 */
export class TensorFlowNetwork {
  readonly #tf: TensorLibrary
  readonly #plan: TrainingPlan
  readonly #decayed: ReadonlySet<string>
  readonly #weightNames: readonly string[]
  readonly #momentNames: readonly string[]
  /** Parameters and running statistics as of the last step. */
  readonly #state: Tensors = new Map()
  readonly #moments: Tensors = new Map()
  /** Sums of the gradients, and the statistics, of batches since the last step. */
  readonly #gradients: Tensors = new Map()
  readonly #statistics: Tensors = new Map()
  #batches = 0
  #completed = 0

  constructor(tf: TensorLibrary, plan: TrainingPlan) {
    this.#tf = tf
    this.#plan = plan
    const { weights, moments } = describeState(plan)
    this.#weightNames = weights.map(({ name }) => name)
    this.#momentNames = moments.map(({ name }) => name)
    const decayed = listTrainedParameters(plan).filter((parameter) => isDecayed(parameter, plan.optimiser))
    this.#decayed = new Set(decayed.map(({ name }) => name))
  }

  /** The state must be complete: see `completeState`. */
  load({ weights, optimiser }: { weights: StateDict; optimiser: OptimiserState }): void {
    this.#forgetBatches()
    for (const [name, tensor] of weights) replace(this.#state, name, importTensor(this.#tf, tensor))
    for (const [name, tensor] of optimiser.moments)
      replace(this.#moments, name, importTensor(this.#tf, tensor))
    this.#completed = optimiser.step
  }

  accumulate(batch: TrainBatch, { lossWeights }: Pick<StepOptions, 'lossWeights'>): StepResult {
    const { result, gradients, statistics } = this.#run(batch, lossWeights)
    addGradients(this.#tf, this.#gradients, gradients)
    for (const [name, tensor] of statistics) replace(this.#statistics, name, tensor)
    this.#batches++
    return result
  }

  step(batch: TrainBatch, options: StepOptions): StepResult {
    const result = this.accumulate(batch, options)
    const { clipNorm, averageDecay } = this.#plan
    const gradientNorm = measureNorm(this.#tf, this.#gradients) / this.#batches
    // As torch.nn.utils.clip_grad_norm_ has it, with its 1e-6 against a division by 0.
    const clip = clipNorm === null ? 1 : Math.min(1, clipNorm / (gradientNorm + 1e-6))
    this.#update(options.learningRate, clip / this.#batches)
    for (const [name, tensor] of this.#statistics) replace(this.#state, name, tensor)
    this.#statistics.clear()
    if (averageDecay !== null) this.#average(averageDecay)
    this.#completed++
    this.#forgetBatches()
    return { ...result, gradientNorm }
  }

  gradients(batch: TrainBatch): { result: StepResult; gradients: StateDict } {
    const { result, gradients, statistics } = this.#run(batch, undefined)
    const gradientNorm = measureNorm(this.#tf, gradients)
    const exported = exportState(this.#tf, gradients, gradients.keys())
    disposeAll(gradients)
    disposeAll(statistics)
    return { result: { ...result, gradientNorm }, gradients: exported }
  }

  predict(images: Uint8Array, count: number): Predictions {
    const { network } = this.#plan
    return predictAll(this.#tf, images, { count, network, state: this.#modelState() })
  }

  weights(): StateDict {
    return exportState(this.#tf, this.#state, this.#weightNames)
  }

  modelWeights(): StateDict {
    const names = this.#weightNames.filter((name) => !name.startsWith('loss.'))
    return exportState(this.#tf, this.#modelState(), names)
  }

  optimiser(): OptimiserState {
    return { step: this.#completed, moments: exportState(this.#tf, this.#moments, this.#momentNames) }
  }

  dispose(): void {
    this.#forgetBatches()
    disposeAll(this.#state)
    disposeAll(this.#moments)
  }

  #forgetBatches(): void {
    disposeAll(this.#gradients)
    disposeAll(this.#statistics)
    this.#batches = 0
  }

  /** Each batch starts from the statistics that the one before it left. */
  #run(batch: TrainBatch, lossWeights: StepOptions['lossWeights']): Pass {
    const state = new Map([...this.#state, ...this.#statistics])
    return runPass(this.#tf, batch, { plan: this.#plan, state, ...(lossWeights && { lossWeights }) })
  }

  /** One optimiser step by the gradients that wait, times `scale`. */
  #update(learningRate: number, scale: number): void {
    const { optimiser } = this.#plan
    const step = this.#completed + 1
    for (const [name, sum] of this.#gradients) {
      const tensors = {
        weight: takeTensor(this.#state, name),
        m: this.#moments.get(`m/${name}`) ?? null,
        v: this.#moments.get(`v/${name}`) ?? null,
      }
      const isParameterDecayed = this.#decayed.has(name)
      const [weight, m, v] = this.#tf.tidy(() => {
        const gradient = this.#tf.mul(sum, scale)
        const options = { optimiser, learningRate, step, isDecayed: isParameterDecayed, gradient }
        const next = updateParameter(this.#tf, tensors, options)
        return [next.weight, next.m, next.v].filter((tensor) => tensor !== null)
      })
      if (weight !== undefined) replace(this.#state, name, weight)
      if (m !== undefined) replace(this.#moments, `m/${name}`, m)
      if (v !== undefined) replace(this.#moments, `v/${name}`, v)
    }
  }

  /** `average + (1 - decay) * (value - average)`, which stays at a value that stands still. */
  #average(decay: number): void {
    const tf = this.#tf
    for (const [name, average] of this.#averages()) {
      const value = takeTensor(this.#state, name)
      const next = tf.tidy(() => tf.add(average, tf.mul(tf.sub(value, average), 1 - decay)))
      replace(this.#moments, averagePrefix + name, next)
    }
  }

  /** By the names of what they are averages of. */
  #averages(): [string, Tensor][] {
    return [...this.#moments]
      .filter(([name]) => name.startsWith(averagePrefix))
      .map(([name, tensor]) => [name.slice(averagePrefix.length), tensor])
  }

  #modelState(): TensorState {
    return new Map([...this.#state, ...this.#averages()])
  }
}
