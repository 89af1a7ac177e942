import * as z from 'zod'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import type { ComputedBy, InferenceRuntime } from '#engine/base/runtime/inference-session.ts'
import { openInstalledDnnl } from '#engine/networks/gradients/onednn/adapters/open-installed-dnnl.ts'
import { createOnednnRuntime } from '#engine/networks/gradients/onednn/create-onednn-runtime.ts'

/** What answers are computed with. */
export const inferenceChoice = z.object({
  engine: z.enum(['onnx', 'onednn']),
  arithmetic: z.enum(['float32', 'bf16']),
})
export type InferenceChoice = z.infer<typeof inferenceChoice>

/** What every answer is computed with unless another is asked for. */
export const usualChoice: InferenceChoice = { engine: 'onnx', arithmetic: 'float32' }

export const computedBy = z.object({
  library: z.string(),
  arithmetic: z.enum(['float32', 'bf16']),
  instead: z.string().nullable(),
}) satisfies z.ZodType<ComputedBy>

/** In workers: calls of what it opens block the thread. */
export function openRuntime({ engine, arithmetic }: InferenceChoice): InferenceRuntime {
  const otherwise = createOrtRuntime()
  if (engine === 'onnx') return otherwise
  return createOnednnRuntime({ open: openInstalledDnnl, arithmetic, otherwise })
}
