import * as z from 'zod'

/** What answers are computed with. */
export const inferenceChoice = z.object({
  engine: z.enum(['onnx', 'onednn']),
  arithmetic: z.enum(['float32', 'bf16']),
})
export type InferenceChoice = z.infer<typeof inferenceChoice>

/** What every answer is computed with unless another is asked for. */
export const usualChoice: InferenceChoice = { engine: 'onnx', arithmetic: 'float32' }
