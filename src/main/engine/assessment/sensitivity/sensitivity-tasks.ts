import * as z from 'zod'
import { sensitivityResult } from '#shared/contract/sensitivity.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import type { ImportedImage } from '#engine/base/media/read-imported-image.ts'
import type { TaskRecords } from '#engine/assessment/metrics/domain/records.ts'
import type { ExpectedModel } from '#engine/networks/inference/exported-model.ts'
import type { ChangedAnswers } from './domain/compare-changes.ts'

/** Some images, each to be answered with every change. */
export interface ChangeImagesTask extends ExpectedModel {
  readonly codec: ImageCodecName
  readonly threads: number
  readonly images: readonly ImportedImage[]
  readonly tasks: readonly Task[]
}

export const imageState = { answered: 0, noFace: 1, unreadable: 2 } as const

export const changedImages = z.object({
  /** `[images]` of `imageState`. */
  states: z.instanceof(Uint8Array),
  /** `[images, tasks, changes]` class index. */
  predicted: z.instanceof(Int16Array),
  /** `[images, changes]`; NaN for models without years. */
  years: z.instanceof(Float32Array),
})

export interface CompareChangesTask {
  readonly answers: readonly ChangedAnswers[]
  readonly whose: Pick<TaskRecords, 'clusters' | 'groupings' | 'labelled'>
  readonly draws: number
  readonly seed: number
}

export const comparedChanges = sensitivityResult.shape.comparisons
