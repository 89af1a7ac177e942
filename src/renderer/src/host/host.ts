import type { PickFileOptions, PickOptions } from '#shared/contract/desktop-bridge.ts'
import type { ModelId } from '#shared/contract/base.contract.ts'
import type { AskedFaces, PredictResponse } from '#shared/contract/prediction.contract.ts'
import type { EngineTransport } from './engine-transport.ts'

export interface PredictOptions {
  /** Null for the newest model of the open project. */
  readonly modelId: ModelId | null
  readonly signal?: AbortSignal
  /** Each picture as one face, or every face in it for itself. */
  readonly faces: AskedFaces
}

/**
 * What the window can ask of the program around it, by capability. A capability that is null does not exist
 * here, and the window offers another way: folders are then browsed through `system.folders`.
 */
export interface Host {
  readonly kind: 'electron' | 'browser'
  readonly transport: EngineTransport
  /** Absolute path, or null when the person cancelled. */
  readonly pickFolder: ((options: PickOptions) => Promise<string | null>) | null
  readonly pickFile: ((options: PickFileOptions) => Promise<string | null>) | null
  /** Where something lies that was dropped on the window; a browser does not tell. */
  readonly pathOfFile: ((file: File) => string) | null
  /** Shows a path in the system's file manager. */
  readonly revealPath: ((path: string) => Promise<void>) | null
  /** Where the window had to sign in. */
  readonly signIns: {
    /** Signs this browser out. */
    endOwn(): Promise<void>
    /** Signs every other browser out and renews the token of programs. */
    endOthers(): Promise<void>
  } | null
  openExternal(url: string): Promise<void>
  /** Address of a thumbnail; `version` is the tile's `thumb`, so that a new picture gets a new address. */
  thumbUrl(imageId: number, version: string): string
  /** Address of the upright image in full size. */
  imageUrl(imageId: number): string
  /** Predicts one encoded image. Throws an AppError with the server's message. */
  predict(image: Blob, name: string, options: PredictOptions): Promise<PredictResponse>
}
