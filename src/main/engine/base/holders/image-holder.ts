import type { ErasureEffectKind } from '#shared/contract/erasure.contract.ts'
import type { HeldRows } from '#engine/base/db/held-rows.ts'

/** A list, model or set of figures that some of the images are part of. */
export interface ImageUse {
  readonly kind: ErasureEffectKind
  readonly id: number
  readonly name: string
  /** How many of them. */
  readonly images: number
  /** Of lists that are sealed by a hash. */
  readonly hash?: string
}

/** An image as it was, while its erasure is under way. */
export interface ErasingImage {
  readonly imageId: number
  readonly datasetId: number
  /** Within its data set. */
  readonly path: string
  /** Absolute. */
  readonly file: string
  /** Whether the file lies in the project's folder, and so goes too. */
  readonly isInsideProject: boolean
  readonly pixelSha256: string
  readonly identityId: number | null
  readonly identity: string | null
}

export interface ErasureWork {
  /** None where an earlier attempt has come past them. */
  readonly images: readonly ErasingImage[]
  /** What has to be counted anew. */
  readonly effects: readonly { readonly kind: ErasureEffectKind; readonly id: number }[]
  /** What texts may call the images and the people of whom none is left, the longest first. */
  readonly names: readonly string[]
  readonly signal: AbortSignal
}

/** What a room holds of images, and how it lets go of it. */
export interface ImageHolder {
  readonly rows: HeldRows | null
  /** What counts the images or has learned from them. */
  readonly listUses?: (imageIds: readonly number[]) => ImageUse[]
  /** What somebody made of the images or decided about them that `listUses` does not name, in words. */
  readonly describeBuiltOn?: (imageIds: readonly number[]) => string[]
  /**
   * After the rows: files, texts, and figures that must be true without the images. Cut off at any moment and called
   * again it ends in the same state.
   */
  readonly settle?: (work: ErasureWork) => Promise<void>
}
