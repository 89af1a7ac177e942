import type { ReadLabels } from '#engine/data/catalogue/domain/image-labels.ts'

/** Where a label stands; `file` null means the image file itself (its name or its folder). */
export interface LabelOrigin {
  readonly file: string | null
  readonly column: string
}

export interface SourcedLabels extends ReadLabels {
  readonly origins: {
    readonly age: LabelOrigin
    readonly gender: LabelOrigin
    readonly race: LabelOrigin
    readonly identity: LabelOrigin
  }
}

export interface LeftOver {
  readonly file: string
  readonly reason: string
}

/** Gives the labels of each image of a source folder. Paths are relative to that folder, with `/` between names. */
export interface LabelSource {
  /**
   * Learns which images there are, before the first is read.
   * @throws AppError INVALID_INPUT where a label file speaks of none of them.
   */
  meet?(paths: readonly string[]): void
  read(path: string): SourcedLabels
  /** What the label files name but `read` was never asked for; call after the last image. */
  listLeftOver(): readonly LeftOver[]
}

export const splitPath = (path: string): { readonly folders: readonly string[]; readonly name: string } => {
  const names = path.split('/')
  return { folders: names.slice(0, -1), name: names.at(-1) ?? '' }
}
