import type { Task } from '#shared/domain/tasks.ts'

/** A float32 tensor, row-major. */
export interface NamedTensor {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** Parameters and buffers by torchvision's names; heads are `head.<task>.weight` `[classes, 512]` and `.bias`. */
export type StateDict = ReadonlyMap<string, NamedTensor>

export interface HeadSpec {
  readonly task: Task
  readonly classes: number
}

export interface NetworkSpec {
  readonly arch: 'resnet18' | 'resnet34'
  /** Side of the square input in pixels. */
  readonly inputSize: number
  readonly heads: readonly HeadSpec[]
}

export interface AdamWOptions {
  readonly kind: 'adamw'
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  /** Decoupled decay (Loshchilov & Hutter 2019); applied to every parameter unless `decayNormsAndBiases` is false. */
  readonly weightDecay: number
  readonly decayNormsAndBiases: boolean
}

export interface TrainBatch {
  /** `[batch, 3, inputSize, inputSize]` planar RGB, 0-255; normalisation stands inside the graph. */
  readonly images: Uint8Array
  /** `[batch]` class indices per head, -1 where the label is missing. */
  readonly labels: ReadonlyMap<Task, Int32Array>
}

export interface StepResult {
  /** Sum of the per-task losses. */
  readonly loss: number
  /** Mean cross-entropy over labelled items; 0 when no item of the batch is labelled for the task. */
  readonly losses: ReadonlyMap<Task, number>
}

export interface Predictions {
  /** `[n, 512]` */
  readonly embedding: Float32Array
  /** `[n, classes]` per head. */
  readonly logits: ReadonlyMap<Task, Float32Array>
}

export interface OptimiserState {
  /** Completed optimiser steps, for bias correction. */
  readonly step: number
  /** First and second moments as `m/<param>` and `v/<param>`. */
  readonly moments: StateDict
}

/** One network being trained. Calls are sequential; none may overlap another. */
export interface TrainingSession {
  readonly batchSize: number
  load(state: { weights: StateDict; optimiser?: OptimiserState }): void
  /** Forward, backward and one optimiser step. `batch` must hold exactly `batchSize` images. */
  step(batch: TrainBatch, options: { learningRate: number }): Promise<StepResult>
  /** Gradients of one batch with respect to every trainable parameter; the state stays as it was. */
  gradients(batch: TrainBatch): Promise<{ result: StepResult; gradients: StateDict }>
  /** Inference with the running statistics; any number of images. */
  predict(images: Uint8Array, count: number): Promise<Predictions>
  /** The same answers, computed slower by what trains: the measure of `predict` and of exported files. */
  predictAsTrained(images: Uint8Array, count: number): Promise<Predictions>
  weights(): StateDict
  optimiser(): OptimiserState
  dispose(): Promise<void>
}

/** The seam between the trainer and what computes; every engine takes and gives the same named tensors. */
export interface TrainingEngine {
  readonly name: 'onnx' | 'tensorflow'
  compile(
    network: NetworkSpec,
    options: { batchSize: number; optimiser: AdamWOptions; threads: number },
  ): Promise<TrainingSession>
}
