import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import type { InferenceRuntime } from '#engine/base/runtime/inference-session.ts'
import { openInstalledDnnl } from '#engine/networks/gradients/onednn/adapters/open-installed-dnnl.ts'
import { createOnednnRuntime } from '#engine/networks/gradients/onednn/create-onednn-runtime.ts'
import type { InferenceChoice } from './inference-choice.ts'

/** In workers: calls of what it opens block the thread. */
export function openRuntime({ engine, arithmetic }: InferenceChoice): InferenceRuntime {
  const otherwise = createOrtRuntime()
  if (engine === 'onnx') return otherwise
  return createOnednnRuntime({ open: openInstalledDnnl, arithmetic, otherwise })
}
