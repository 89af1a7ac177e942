import * as z from 'zod'
import { explanation, explanationProgress } from '#shared/contract/explanation.contract.ts'
import type { ExplanationSettings } from '#shared/contract/explanation.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { guardedTasks } from '#shared/domain/guarded-tasks.ts'
import { namedPurpose } from '#shared/contract/purpose.contract.ts'
import { sha256, task } from '#shared/contract/base.contract.ts'
import type { MessagePort } from 'node:worker_threads'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import type { ExpectedModel } from '#engine/networks/inference/exported-model.ts'
import type { InferenceChoice } from '#engine/networks/inference/inference-choice.ts'

/** What the worker is asked. */
export interface ExplainTask extends ExpectedModel {
  readonly codec: ImageCodecName
  readonly threads: number
  readonly computeWith: InferenceChoice
  readonly picture: Uint8Array
  readonly settings: ExplanationSettings
  /** Tasks that may be told; the others are not even computed. */
  readonly tasks: readonly Task[]
  /** One Int32: not 0 once nobody wants the answer. */
  readonly cancelFlag: SharedArrayBuffer
  /** Where steps and maps on the way are told. */
  readonly port: MessagePort
}

/** What the worker knows of an explanation; whoever asks adds how the model is called and what is withheld. */
export const madeExplanation = explanation
  .omit({ purpose: true, withheld: true })
  .extend({ model: explanation.shape.model.omit({ id: true }) })
export type MadeExplanation = z.infer<typeof madeExplanation>

export const explainNews = z.strictObject({
  progress: explanationProgress,
  /** Maps that are not yet final, whenever there are better ones. */
  soFar: madeExplanation.nullable(),
})
export type ExplainNews = z.infer<typeof explainNews>

/** What a model file says of itself that decides what may be told of it. */
export const explainedModel = z.object({
  sha256,
  heads: z.array(task),
  guarded: z.array(z.enum(guardedTasks)),
  purpose: namedPurpose.nullable(),
})

export interface DescribeTask extends ExpectedModel {
  readonly threads: number
  readonly computeWith: InferenceChoice
}
