import { feedBatch } from '#engine/networks/gradients/onnx/batch-feeds.ts'
import { planTraining } from '#engine/networks/gradients/onnx/training-plan.ts'
import type { TrainingPlan } from '#engine/networks/gradients/onnx/training-plan.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import type {
  CompileOptions,
  NetworkSpec,
  StateDict,
  OptimiserState,
  TrainBatch,
  TrainingEngine,
  TrainingSession,
} from '#engine/networks/architecture/training-engine.ts'
import { openTensorFlowProcess } from './open-tensorflow-process.ts'
import type { TensorFlowProcess } from './open-tensorflow-process.ts'
import { completeState, describeState } from './tensor-store.ts'

export interface TensorFlowOptions {
  readonly workers: WorkerLocator
  /** Folder of a TensorFlow.js package with its native binding; the installed one where null. */
  readonly folder: string | null
}

/** A view into a larger buffer would be sent with all of that buffer. */
const detach = (images: Uint8Array): Uint8Array =>
  images.byteLength === images.buffer.byteLength ? images : images.slice()

function checkImages(images: Uint8Array, { count, side }: { count: number; side: number }): void {
  const expected = count * 3 * side * side
  if (images.length !== expected)
    throw new RangeError(
      `${count} images of ${side} px need ${expected} bytes of pixels, not ${images.length}`,
    )
}

/** A session in a process that has opened TensorFlow; disposing of it closes the process. */
export async function createSession(
  tensorFlow: TensorFlowProcess,
  network: NetworkSpec,
  options: CompileOptions,
): Promise<TrainingSession> {
  const plan = planTraining(network, options)
  await tensorFlow.ask({ type: 'compile', network, options })
  return leadSession(tensorFlow, plan)
}

function leadSession(tensorFlow: TensorFlowProcess, plan: TrainingPlan): TrainingSession {
  const spec = describeState(plan)
  const { network, batchSize } = plan
  const prepare = (batch: TrainBatch): TrainBatch => {
    // Refuses by the same words as the other engine; what it makes are views on the batch.
    feedBatch(batch, plan)
    return { ...batch, images: detach(batch.images) }
  }
  const predict: TrainingSession['predict'] = (images, count) => {
    checkImages(images, { count, side: network.inputSize })
    return tensorFlow.ask({ type: 'predict', images: detach(images), count })
  }
  return {
    batchSize,
    load(state: { weights: StateDict; optimiser?: OptimiserState }) {
      tensorFlow.askNow({ type: 'load', ...completeState(spec, state) })
    },
    accumulate: async (batch, given) =>
      tensorFlow.ask({ type: 'accumulate', batch: prepare(batch), options: given }),
    step: async (batch, given) => tensorFlow.ask({ type: 'step', batch: prepare(batch), options: given }),
    gradients: async (batch) => tensorFlow.ask({ type: 'gradients', batch: prepare(batch) }),
    predict: async (images, count) => predict(images, count),
    predictAsTrained: async (images, count) => predict(images, count),
    weights: () => tensorFlow.askNow({ type: 'weights' }),
    modelWeights: () => tensorFlow.askNow({ type: 'modelWeights' }),
    optimiser: () => tensorFlow.askNow({ type: 'optimiser' }),
    dispose: () => tensorFlow.close(),
  }
}

/**
 * Trains with TensorFlow in a process of its own, whose end is an UNAVAILABLE error of the call that waits and of every
 * later one. Its accessors block the calling thread, so sessions live in workers. `compile` throws a RangeError naming
 * what is wrong with the request, and UNAVAILABLE with the reason where TensorFlow cannot be loaded.
 */
export function createTensorFlowTrainingEngine({ workers, folder }: TensorFlowOptions): TrainingEngine {
  return {
    name: 'tensorflow',
    async compile(network, options) {
      // A request that cannot be met needs no process.
      planTraining(network, options)
      const tensorFlow = openTensorFlowProcess(workers, options.threads)
      try {
        await tensorFlow.ask({ type: 'open', folder })
        return await createSession(tensorFlow, network, options)
      } catch (error) {
        await tensorFlow.close()
        throw error
      }
    },
  }
}
