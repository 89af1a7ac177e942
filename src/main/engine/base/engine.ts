import type { AnyContractProcedure } from '@orpc/contract'
import type { Router } from '@orpc/server'
import type { Contract } from '#shared/contract/contract.ts'
import type { ImageId, ModelId } from '#shared/contract/base.contract.ts'
import type { PredictResponse } from '#shared/contract/prediction.contract.ts'
import type { EngineEvent } from '#shared/contract/system.contract.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'

export interface EngineOptions {
  readonly host: 'electron' | 'server' | 'cli'
  /** Settings and the list of recent projects; never images or labels. */
  readonly userDataFolder: string
  readonly workers: WorkerLocator
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

/** Procedures need no per-call context: hosts authenticate before they hand a call over. */
export type EngineContext = Record<never, never>
type Implemented<Part> = Part extends AnyContractProcedure ? Router<Part, EngineContext> : never
export type EngineRouter = {
  [Noun in keyof Contract]: { [Verb in keyof Contract[Noun]]: Implemented<Contract[Noun][Verb]> }
}

export interface MediaFile {
  readonly bytes: Uint8Array
  readonly contentType: string
  /** Strong validator; changes whenever the bytes do. */
  readonly etag: string
}

export interface PredictImage {
  /** Name to repeat in the answer; never opened. */
  readonly file: string
  /** The image file's own bytes, still encoded. */
  readonly bytes: Uint8Array
}

/** A registered model, an ONNX file that Evenhand exported, or null for the newest model of the open project. */
export type PredictModel = { readonly modelId: ModelId } | { readonly onnxFile: string } | null

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
  predict(
    images: readonly PredictImage[],
    model: PredictModel,
    signal?: AbortSignal,
  ): Promise<PredictResponse>
  /** Stops jobs at their next checkpoint, ends workers, closes the database. */
  dispose(): Promise<void>
}
