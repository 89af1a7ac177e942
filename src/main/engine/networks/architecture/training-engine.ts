import type { TrainablePart, TrainedBackbone } from '#shared/domain/architectures.ts'
import type { Task } from '#shared/domain/tasks.ts'

/** A float32 tensor, row-major. */
export interface NamedTensor {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** Parameters and buffers by torchvision's names; heads are `head.<task>.weight` `[classes, embedding]` and `.bias`. */
export type StateDict = ReadonlyMap<string, NamedTensor>

/**
 * How a head's numbers are read: as one logit per class; as the age in years itself (one number); or as logits over the
 * years 0 to `classes` - 1, whose expectation is the age (DEX: Rothe, Timofte & Van Gool 2018).
 */
export type ReadOut = 'class' | 'years' | 'expected-years'

export interface HeadSpec {
  readonly task: Task
  /** Numbers that the head gives: its classes, 1 for `years`, the years it knows for `expected-years`. */
  readonly classes: number
  /** `class` where left out. */
  readonly readOut?: ReadOut
}

export interface NetworkSpec {
  readonly arch: TrainedBackbone
  /** Side of the square input in pixels; 150 for the face network. */
  readonly inputSize: number
  readonly heads: readonly HeadSpec[]
}

/** Decay of the weights, on kernels and head weights alone unless norms and biases are asked for too. */
interface WeightDecay {
  readonly weightDecay: number
  readonly decayNormsAndBiases: boolean
}

/** As `torch.optim.SGD`, without dampening: decay is added to the gradient. */
export interface SgdOptions extends WeightDecay {
  readonly kind: 'sgd'
  readonly momentum: number
  readonly nesterov: boolean
}

/** Adam (Kingma & Ba 2015) adds the decay to the gradient; AdamW (Loshchilov & Hutter 2019) decouples it. */
export interface AdamOptions extends WeightDecay {
  readonly kind: 'adam' | 'adamw'
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
}

export type OptimiserOptions = SgdOptions | AdamOptions

/**
 * A head's loss, a mean over the labelled items of a batch.
 *
 * `cross-entropy`: `sum_i sum_c targets[y_i, c] * -log p(c | i) / sum_i weights[y_i]`, with `targets` `[classes, classes]`
 * row-major and `weights` `[classes]`. The identity and ones give plain cross-entropy; soft and ordinal labels, label
 * smoothing and class weights are other rows. Where `weights` sum to 0 over a batch the loss is 0.
 *
 * `l1`, `l2` and `huber` (quadratic within `delta` years, as `torch.nn.HuberLoss`) measure years against years, for the
 * read-outs in years; `l2` is the mean square, without a half.
 */
export type HeadLoss =
  | { readonly kind: 'cross-entropy'; readonly targets: Float32Array; readonly weights: Float32Array }
  | { readonly kind: 'l1' }
  | { readonly kind: 'l2' }
  | { readonly kind: 'huber'; readonly delta: number }

export interface Objective {
  /** Plain cross-entropy for heads that are left out; those in years must be named. */
  readonly losses: ReadonlyMap<Task, HeadLoss>
  /**
   * `given`: the sum of the losses times the weights that each step is given, 1 where left out. `uncertainty`: learned
   * homoscedastic weights (Kendall, Gal & Cipolla 2018), `exp(-s) * L + s / 2` for cross-entropies and
   * `exp(-s) * L / 2 + s / 2` for losses in years, where `s` is the parameter `loss.<task>.log_variance`, 0 at first and
   * never decayed.
   */
  readonly combination: 'given' | 'uncertainty'
}

export interface TrainBatch {
  /** `[batch, 3, inputSize, inputSize]` planar RGB, 0-255; normalisation stands inside the graph. */
  readonly images: Uint8Array
  /** `[batch]` class indices per head, -1 where the label is missing. */
  readonly labels: ReadonlyMap<Task, Int32Array>
  /** `[batch]` ages in years for losses in years, -1 where missing. */
  readonly years?: Float32Array
}

export interface StepOptions {
  readonly learningRate: number
  /** Factor of each task's loss under the combination `given`; 1 where left out. */
  readonly lossWeights?: ReadonlyMap<Task, number>
}

export interface StepResult {
  /** The combined loss that was differentiated. */
  readonly loss: number
  /** Each task's own loss before it was weighted; 0 when no item of the batch is labelled for the task. */
  readonly losses: ReadonlyMap<Task, number>
  /** Factor that each task's loss was given, by the step or by the learned uncertainty. */
  readonly lossWeights: ReadonlyMap<Task, number>
  /** Euclidean norm over all gradients before clipping; null where it was not measured. */
  readonly gradientNorm: number | null
}

export interface Predictions {
  /** `[n, 512]`, of the face network `[n, 128]`. */
  readonly embedding: Float32Array
  /** `[n, classes]` per head. */
  readonly logits: ReadonlyMap<Task, Float32Array>
}

/** What an optimiser holds beside the weights. */
export interface OptimiserState {
  /** Completed optimiser steps, for bias correction. */
  readonly step: number
  /** Moments as `m/<param>` and `v/<param>`, averaged weights and statistics as `ema/<name>`. */
  readonly moments: StateDict
}

/** One network being trained. Calls are sequential; none may overlap another. */
export interface TrainingSession {
  readonly batchSize: number
  load(state: { weights: StateDict; optimiser?: OptimiserState }): void
  /** Forward and backward over one batch of `batchSize` images; its gradients wait for the next `step`. */
  accumulate(batch: TrainBatch, options: StepOptions): Promise<StepResult>
  /** Forward, backward and one optimiser step with the mean gradient of this batch and those accumulated before. */
  step(batch: TrainBatch, options: StepOptions): Promise<StepResult>
  /** Gradients of one batch with respect to every trainable parameter; the state stays as it was. */
  gradients(batch: TrainBatch): Promise<{ result: StepResult; gradients: StateDict }>
  /** Inference by `modelWeights` with the running statistics; any number of images. */
  predict(images: Uint8Array, count: number): Promise<Predictions>
  /** The same answers, computed slower by what trains: the measure of `predict` and of exported files. */
  predictAsTrained(images: Uint8Array, count: number): Promise<Predictions>
  /** Everything that is trained, and the running statistics. */
  weights(): StateDict
  /** What the model is made of: the averaged weights where they are kept, without the loss's own parameters. */
  modelWeights(): StateDict
  optimiser(): OptimiserState
  dispose(): Promise<void>
}

export interface CompileOptions {
  readonly batchSize: number
  readonly optimiser: OptimiserOptions
  readonly threads: number
  /** Plain cross-entropy, summed, where left out. */
  readonly objective?: Objective
  /**
   * `heads` leaves the backbone as it is, its running statistics included, and normalises by them; `last-stage` does so
   * with all of it but its last stage. `all` where left out.
   */
  readonly trainable?: TrainablePart
  /** Gradients are scaled down to this norm over all parameters, as `torch.nn.utils.clip_grad_norm_` does. */
  readonly clipNorm?: number | null
  /** Decay of the exponential moving average of weights and running statistics, taken after each step. */
  readonly averageDecay?: number | null
}

/** The seam between the trainer and what computes; every engine takes and gives the same named tensors. */
export interface TrainingEngine {
  readonly name: 'onnx' | 'onednn' | 'tensorflow'
  compile(network: NetworkSpec, options: CompileOptions): Promise<TrainingSession>
}
