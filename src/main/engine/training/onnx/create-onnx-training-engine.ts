import { buildInferenceModel } from '#engine/models/export-onnx.ts'
import type { InferenceRuntime, RuntimeFeeds, SessionOptions } from '#engine/runtime/inference-session.ts'
import type {
  StateDict,
  StepOptions,
  StepResult,
  TrainBatch,
  TrainingEngine,
  TrainingSession,
} from '#engine/training/training-engine.ts'
import { feedBatch, makeScalar, readLosses, readScalar } from './batch-feeds.ts'
import { buildForwardGraph, buildGradientGraph } from './build-gradient-graph.ts'
import { buildSumGraph, buildUpdateGraph } from './build-update-graph.ts'
import { createGradientBuffers } from './gradient-buffers.ts'
import type { GradientBuffers } from './gradient-buffers.ts'
import { graphNames } from './graph-names.ts'
import { createLazySession } from './lazy-session.ts'
import type { LazySession } from './lazy-session.ts'
import { predict, predictAsTrained } from './predict-batches.ts'
import { createStoredState } from './stored-state.ts'
import type { StoredState } from './stored-state.ts'
import { groupUpdates, listStoredShapes, listTrainedParameters, planTraining } from './training-plan.ts'
import type { TrainingPlan } from './training-plan.ts'

/** The graphs of one session; each is made when it is first needed. */
interface Graphs {
  /** Forward and backward over one batch. */
  readonly gradients: LazySession
  /** The optimiser's step, a few parameters at a time. */
  readonly updates: readonly { readonly names: ReadonlySet<string>; readonly graph: LazySession }[]
  /** Adds up the gradients of several batches. */
  readonly sum: LazySession
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
  // A plan takes one block for everything; without it, memory is given back as soon as a tensor has been read.
  const withoutPlan = { hasMemoryPlan: false }
  return {
    gradients: createLazySession(open(() => buildGradientGraph(plan), withoutPlan)),
    updates: groupUpdates(plan).map((names) => ({
      names,
      graph: createLazySession(open(() => buildUpdateGraph(plan, names), withoutPlan)),
    })),
    sum: createLazySession(open(() => buildSumGraph(plan))),
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

async function addToHeld({ buffers, graphs }: SessionParts, scale: number): Promise<void> {
  const { feeds, into } = buffers.feedSum()
  await (await graphs.sum.get()).run({ ...feeds, [graphNames.scale]: makeScalar(scale) }, into)
}

async function accumulate(
  parts: SessionParts,
  batch: TrainBatch,
  { lossWeights }: StepOptions,
): Promise<StepResult> {
  const { state, buffers } = parts
  const losses = await runBackward(parts, batch, lossWeights)
  if (buffers.heldBatches() === 0) {
    buffers.hold()
  } else {
    await addToHeld(parts, 1)
    buffers.countHeld()
  }
  state.moveStatistics()
  return { ...losses, gradientNorm: null }
}

function feedSchedule({ state }: SessionParts, learningRate: number): RuntimeFeeds {
  const makeDouble = (value: number) => ({ type: 'float64', dims: [], data: Float64Array.of(value) }) as const
  return {
    [graphNames.learningRate]: makeDouble(learningRate),
    [graphNames.step]: makeDouble(state.step() + 1),
  }
}

async function step(
  parts: SessionParts,
  batch: TrainBatch,
  { learningRate, lossWeights }: StepOptions,
): Promise<StepResult> {
  const { state, buffers, graphs } = parts
  const losses = await runBackward(parts, batch, lossWeights)
  if (buffers.heldBatches() > 0) await addToHeld(parts, 1 / (buffers.heldBatches() + 1))
  state.moveStatistics()
  const { feeds, into } = state.feedUpdate()
  const all = { ...feeds, ...buffers.feedUpdate(), ...feedSchedule(parts, learningRate) }
  let gradientNorm: number | undefined
  for (const { names, graph } of graphs.updates) {
    const outputs = await (await graph.get()).run(all, into(names))
    gradientNorm ??= readScalar(outputs, graphNames.gradientNorm)
  }
  buffers.discardHeld()
  state.completeStep()
  await graphs.inference.closeStale()
  return { ...losses, gradientNorm: gradientNorm ?? null }
}

const measureNorm = (tensors: StateDict): number => {
  let sum = 0
  for (const { data } of tensors.values()) for (const value of data) sum += value * value
  return Math.sqrt(sum)
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
  return { result: { ...losses, gradientNorm: measureNorm(gradients) }, gradients }
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
      const { updates, ...others } = graphs
      const all = [...Object.values(others), ...updates.map(({ graph }) => graph)]
      await Promise.all(all.map((graph) => graph.close()))
    },
  }
}

/**
 * Trains on an inference runtime: forward and backward pass are one ONNX graph, the optimiser's step another that writes
 * the weights, moments and averages where it read them. Every call blocks the thread, so sessions live in workers.
 * `compile` throws a RangeError naming what is wrong with the network, the batch size, the losses or the optimiser.
 */
export function createOnnxTrainingEngine({ runtime }: { runtime: InferenceRuntime }): TrainingEngine {
  return {
    name: 'onnx',
    compile: async (network, options) => openSession(runtime, planTraining(network, options, runtime.target)),
  }
}
