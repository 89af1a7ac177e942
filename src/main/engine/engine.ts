import type { ImageId } from '#shared/contract/base.contract.ts'
import type { Explanation } from '#shared/contract/explanation.contract.ts'
import type { AskedFaces, PredictResponse } from '#shared/contract/prediction.contract.ts'
import type { PurposeId } from '#shared/contract/purpose.contract.ts'
import type { EngineEvent } from '#shared/contract/system.contract.ts'
import type { ExplainOptions, ExplainRequest } from '#engine/assessment/explanations/explain-for.ts'
import type { HostKind } from '#engine/base/features/lent.ts'
import type { MediaFile } from '#engine/base/media/media-file.ts'
import type { EngineRouter } from '#engine/base/procedures/router.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import type { PredictModel } from '#engine/learning/models/locate-predict-model.ts'
import type { PredictAsker } from '#engine/learning/serving/answer-under-purpose.ts'
import type { AskedInference } from '#engine/networks/devices/device.service.ts'
import type { PredictImage } from '#engine/networks/inference/predictor.ts'

export interface EngineOptions {
  readonly host: HostKind
  /** Settings and the list of recent projects; never images or labels. */
  readonly userDataFolder: string
  readonly workers: WorkerLocator
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

export interface Engine {
  readonly router: EngineRouter
  /** Every change as it happens, until the signal aborts. */
  subscribe(signal: AbortSignal): AsyncGenerator<EngineEvent, void, void>
  readonly media: {
    /** WebP thumbnail, at most 256 px on its longer side, made on first use. NOT_FOUND when there is no such image. */
    thumbnail(imageId: ImageId): Promise<MediaFile>
    /** The image upright in full size as a web format (the source file itself where it is one). */
    image(imageId: ImageId): Promise<MediaFile>
  }
  /** What may be told to who asks, and written down in the access log of the open project. */
  predict(
    images: readonly PredictImage[],
    model: PredictModel,
    options: {
      readonly asker: PredictAsker
      readonly signal?: AbortSignal
      /** The usual engine in float32 where left out. */
      readonly computing?: AskedInference
      /** Each picture as one face where left out. */
      readonly faces?: AskedFaces
    },
  ): Promise<PredictResponse>
  /** Which parts of a picture a model's answer hangs on, of what may be told to who asks; written down like a prediction. */
  explain(request: ExplainRequest, options: ExplainOptions): Promise<Explanation>
  /**
   * Writes down that programs are answered from now on, under a purpose of the open project or none. Throws NOT_FOUND for a purpose
   * that there is not, PRECONDITION for one that holds no longer.
   */
  announceServing(purposeId: PurposeId | null): Promise<void>
  /** Pixels of each image by its header, before anything is decoded; 0 where it is none that can be. */
  measureImages(images: readonly PredictImage[], signal: AbortSignal): Promise<number[]>
  /** Stops jobs at their next checkpoint, ends workers, closes the database. */
  dispose(): Promise<void>
}
