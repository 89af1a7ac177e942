import type { TrainConfig } from '#shared/contract/train-config.contract.ts'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { openInstalledDnnl } from '#engine/networks/gradients/onednn/adapters/open-installed-dnnl.ts'
import { createOnednnTrainingEngine } from '#engine/networks/gradients/onednn/create-onednn-training-engine.ts'
import { createOnnxTrainingEngine } from '#engine/networks/gradients/onnx/create-onnx-training-engine.ts'
import { createTensorFlowTrainingEngine } from '#engine/networks/gradients/tensorflow/create-tensorflow-training-engine.ts'
import { findTensorFlowFolder } from '#engine/networks/gradients/tensorflow/probe-tensorflow.ts'
import type { TrainingEngine } from '#engine/networks/architecture/training-engine.ts'

interface EngineChoice extends Pick<TrainConfig, 'engine' | 'device' | 'arithmetic'> {
  /** What the run's record names as its engine; left out where there is no run. */
  readonly recorded?: string
}

/** What computes a run. Runs that were stored before devices could be chosen say `auto` and mean the CPU. */
export function createTrainingEngine(
  { engine, device, arithmetic, recorded }: EngineChoice,
  workers: WorkerLocator,
): TrainingEngine {
  if (engine === 'tensorflow')
    return createTensorFlowTrainingEngine({ workers, folder: findTensorFlowFolder(process.env) })
  if (engine === 'onednn') {
    return createOnednnTrainingEngine({
      open: openInstalledDnnl,
      arithmetic: arithmetic === 'bf16' ? 'bf16' : 'float32',
      recorded,
      runtime: createOrtRuntime(),
    })
  }
  return createOnnxTrainingEngine({
    runtime: createOrtRuntime({ device: device === 'auto' ? 'cpu' : device }),
  })
}
