import { initialiseNetwork } from '#engine/networks/architecture/initialise-network.ts'
import type { NetworkSpec, TrainBatch } from '#engine/networks/architecture/training-engine.ts'
import { createSession } from './create-tensorflow-training-engine.ts'
import type { TensorFlowOptions } from './create-tensorflow-training-engine.ts'
import { openTensorFlowProcess } from './open-tensorflow-process.ts'
import type { TensorDevice } from './tensor-library.ts'

export type TensorFlowProbe =
  | (TensorDevice & { readonly available: true; readonly reason: null })
  | { readonly available: false; readonly version: null; readonly device: null; readonly reason: string }

const network: NetworkSpec = { arch: 'resnet18', inputSize: 32, heads: [{ task: 'gender', classes: 2 }] }
const batchSize = 2

function makeBatch(): TrainBatch {
  const images = Uint8Array.from({ length: batchSize * 3 * network.inputSize ** 2 }, (_, at) => at % 251)
  return { images, labels: new Map([['gender', Int32Array.of(0, 1)]]) }
}

/**
 * Loads TensorFlow in a process of its own and trains one step of a small network there. Whatever goes wrong, the end of
 * that process included, is the `reason` in words; it takes seconds, and nothing is left running.
 */
export async function probeTensorFlow({ workers, folder }: TensorFlowOptions): Promise<TensorFlowProbe> {
  const tensorFlow = openTensorFlowProcess(workers, 1)
  try {
    const { version, device } = await tensorFlow.ask({ type: 'open', folder })
    const session = await createSession(tensorFlow, network, {
      batchSize,
      threads: 1,
      optimiser: { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0, decayNormsAndBiases: false },
    })
    session.load({ weights: initialiseNetwork(network, 1) })
    const { loss } = await session.step(makeBatch(), { learningRate: 0.01 })
    if (!Number.isFinite(loss)) throw new Error(`its first step gave a loss of ${loss}`)
    return { available: true, version, device, reason: null }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { available: false, version: null, device: null, reason }
  } finally {
    await tensorFlow.close()
  }
}

/** The folder of TensorFlow.js that the environment names: EVENHAND_TENSORFLOW; null for the installed package. */
export function findTensorFlowFolder(environment: NodeJS.ProcessEnv): string | null {
  return environment['EVENHAND_TENSORFLOW'] ?? null
}
