import { buildInferenceModel } from '#engine/networks/onnx-file/export-onnx.ts'
import type { InferenceRuntime, SessionOptions } from '#engine/base/runtime/inference-session.ts'
import type {
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
import { graphNames } from './graph-names.ts'
import { createLazySession } from './lazy-session.ts'
import type { LazySession } from './lazy-session.ts'
import { predict, predictAsTrained } from './predict-batches.ts'
import { createStoredState } from './stored-state.ts'
import type { StoredState } from './stored-state.ts'
import { trainFrom } from './train-from-gradients.ts'
import { listGradientShapes, planTraining } from './training-plan.ts'
import type { TrainingPlan } from './training-plan.ts'

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

async function openSession(runtime: InferenceRuntime, plan: TrainingPlan): Promise<TrainingSession> {
  const state = createStoredState(plan)
  const graphs = openGraphs(runtime, plan, state)
  const parts: SessionParts = {
    plan,
    state,
    graphs,
    buffers: createGradientBuffers(listGradientShapes(plan), state.arrays),
  }
  const { network, batchSize } = plan
  await graphs.gradients.get()
  const training = trainFrom({
    ...parts,
    runBackward: (batch, lossWeights) => runBackward(parts, batch, lossWeights),
  })
  return {
    batchSize,
    load(loaded) {
      state.load(loaded)
      parts.buffers.discardHeld()
    },
    ...training,
    async step(batch, options) {
      const result = await training.step(batch, options)
      await graphs.inference.closeStale()
      return result
    },
    predict: async (images, count) => predict(await graphs.inference.get(), images, { count, network }),
    predictAsTrained: async (images, count) => {
      const session = await graphs.forward.get()
      const weights = state.feedModel()
      const dims = [batchSize, 3, network.inputSize, network.inputSize]
      const run = (data: Uint8Array) =>
        session.run({ [graphNames.images]: { type: 'uint8', dims, data }, ...weights })
      return predictAsTrained(run, images, { count, network, batchSize })
    },
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
