import { buildInferenceModel } from '#engine/networks/onnx-file/export-onnx.ts'
import type { InferenceRuntime, SessionOptions } from '#engine/base/runtime/inference-session.ts'
import type {
  StateDict,
  StepOptions,
  StepResult,
  TrainBatch,
  TrainingEngine,
  TrainingSession,
} from '#engine/networks/architecture/training-engine.ts'
import { feedBatch, readLosses } from './batch-feeds.ts'
import { buildForwardGraph, buildGradientGraph } from './build-gradient-graph.ts'
import { createGradientBuffers } from './gradient-buffers.ts'
import type { GradientBuffers } from './gradient-buffers.ts'
import { createLazySession } from './lazy-session.ts'
import type { LazySession } from './lazy-session.ts'
import { predict, predictAsTrained } from './predict-batches.ts'
import { createStoredState } from './stored-state.ts'
import type { StoredState } from './stored-state.ts'
import { listStoredShapes, listTrainedParameters, planTraining } from './training-plan.ts'
import type { TrainingPlan } from './training-plan.ts'
import { followOptimiser, measureNorm } from './update-rule.ts'

/** The graphs of one session; each is made when it is first needed. */
interface Graphs {
  /** Forward and backward over one batch. */
  readonly gradients: LazySession
  /** The gradient graph's forward pass by the running statistics. */
  readonly forward: LazySession
  /** The exported model; made anew after every step. */
  readonly inference: LazySession
}

interface SessionParts {
  readonly plan: TrainingPlan
  readonly state: StoredState
  readonly buffers: GradientBuffers
  readonly graphs: Graphs
}

function openGraphs(runtime: InferenceRuntime, plan: TrainingPlan, state: StoredState): Graphs {
  const { network, threads } = plan
  const open =
    (build: () => Uint8Array, options: Partial<SessionOptions> = {}) =>
    () =>
      runtime.createSession(build(), { threads, ...options })
  return {
    // A plan takes one block for everything; without it, memory is given back as soon as a tensor has been read.
    gradients: createLazySession(open(() => buildGradientGraph(plan), { hasMemoryPlan: false })),
    forward: createLazySession(open(() => buildForwardGraph(plan))),
    inference: createLazySession(
      open(() => buildInferenceModel(network, state.modelWeights())),
      () => state.version(),
    ),
  }
}

function createBuffers(plan: TrainingPlan): GradientBuffers {
  const stored = listStoredShapes(plan.network)
  return createGradientBuffers(
    listTrainedParameters(plan).map(({ name, shape }) => [name, stored.get(name) ?? shape]),
  )
}

/** Fills the gradients of one batch and the next running statistics, which count only once they are moved. */
async function runBackward(
  { plan, state, buffers, graphs }: SessionParts,
  batch: TrainBatch,
  lossWeights: StepOptions['lossWeights'],
): Promise<Omit<StepResult, 'gradientNorm'>> {
  const feeds = { ...feedBatch(batch, plan, lossWeights), ...state.feedGradients() }
  const session = await graphs.gradients.get()
  const outputs = await session.run(feeds, { ...buffers.targets(), ...state.statisticsTargets() })
  return readLosses(outputs, plan, lossWeights)
}

async function accumulate(
  parts: SessionParts,
  batch: TrainBatch,
  { lossWeights }: StepOptions,
): Promise<StepResult> {
  const { state, buffers } = parts
  const losses = await runBackward(parts, batch, lossWeights)
  if (buffers.heldBatches() === 0) buffers.hold()
  else buffers.add()
  state.moveStatistics()
  return { ...losses, gradientNorm: null }
}

/** Keeps the divisor from 0, as `torch.nn.utils.clip_grad_norm_` has it. */
const clipEpsilon = 1e-6

/** Moves what is trained along the mean gradient of `batches` and gives that gradient's norm before it is clipped. */
function moveWeights({ plan, state, buffers }: SessionParts, batches: number, learningRate: number): number {
  const { optimiser, clipNorm } = plan
  const gradients = buffers.forStep()
  const norm = measureNorm(Array.from(gradients.values(), ({ data }) => data)) / batches
  const clip = clipNorm === null ? 1 : Math.min(1, clipNorm / (norm + clipEpsilon))
  const update = followOptimiser(optimiser, {
    learningRate,
    step: state.step() + 1,
    gradientScale: clip / batches,
  })
  for (const { name, ...tensors } of state.trained()) {
    const gradient = gradients.get(name)?.data
    if (gradient === undefined) throw new Error(`${name} has no gradient`)
    update({ ...tensors, gradient })
  }
  return norm
}

async function step(
  parts: SessionParts,
  batch: TrainBatch,
  { learningRate, lossWeights }: StepOptions,
): Promise<StepResult> {
  const { state, buffers, graphs } = parts
  const losses = await runBackward(parts, batch, lossWeights)
  if (buffers.heldBatches() > 0) buffers.add()
  state.moveStatistics()
  const gradientNorm = moveWeights(parts, Math.max(1, buffers.heldBatches()), learningRate)
  buffers.discardHeld()
  state.completeStep()
  await graphs.inference.closeStale()
  return { ...losses, gradientNorm }
}

async function computeGradients(
  parts: SessionParts,
  batch: TrainBatch,
): Promise<{ result: StepResult; gradients: StateDict }> {
  const { state, buffers } = parts
  const losses = await runBackward(parts, batch, undefined)
  const gradients: StateDict = new Map(
    Array.from(buffers.latest(), ([name, { data }]) => [name, state.restore(name, data)]),
  )
  return {
    result: { ...losses, gradientNorm: measureNorm(Array.from(gradients.values(), ({ data }) => data)) },
    gradients,
  }
}

async function openSession(runtime: InferenceRuntime, plan: TrainingPlan): Promise<TrainingSession> {
  const state = createStoredState(plan)
  const graphs = openGraphs(runtime, plan, state)
  const parts: SessionParts = { plan, state, graphs, buffers: createBuffers(plan) }
  const { network, batchSize } = plan
  await graphs.gradients.get()
  return {
    batchSize,
    load(loaded) {
      state.load(loaded)
      parts.buffers.discardHeld()
    },
    accumulate: (batch, options) => accumulate(parts, batch, options),
    step: (batch, options) => step(parts, batch, options),
    gradients: (batch) => computeGradients(parts, batch),
    predict: async (images, count) => predict(await graphs.inference.get(), images, { count, network }),
    predictAsTrained: async (images, count) =>
      predictAsTrained(await graphs.forward.get(), images, {
        count,
        network,
        batchSize,
        weights: state.feedModel(),
      }),
    weights: () => state.weights(),
    modelWeights: () => state.modelWeights(),
    optimiser: () => state.optimiser(),
    async dispose() {
      const all: readonly LazySession[] = Object.values(graphs)
      await Promise.all(all.map((graph) => graph.close()))
    },
  }
}

/**
 * Trains on an inference runtime: forward and backward pass are one ONNX graph, and the optimiser moves the weights,
 * moments and averages in place. Every call blocks the thread, so sessions live in workers.
 * `compile` throws a RangeError naming what is wrong with the network, the batch size, the losses or the optimiser.
 */
export function createOnnxTrainingEngine({ runtime }: { runtime: InferenceRuntime }): TrainingEngine {
  return {
    name: 'onnx',
    compile: async (network, options) => openSession(runtime, planTraining(network, options, runtime.target)),
  }
}
