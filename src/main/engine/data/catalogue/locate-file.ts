import { join } from 'node:path'

/** The root folder of a data set, as the catalogue keeps it. */
export interface StoredRoot {
  readonly rootPath: string
  /** Relative to the project folder, so that a project can be moved with its originals. */
  readonly isInsideProject: boolean
}

/** Absolute path of a data set's root folder. */
export const locateRoot = ({ rootPath, isInsideProject }: StoredRoot, projectFolder: string): string =>
  isInsideProject ? join(projectFolder, rootPath) : rootPath

/** Absolute path of an image's file. */
export const locateFile = (image: StoredRoot & { readonly path: string }, projectFolder: string): string =>
  join(locateRoot(image, projectFolder), image.path)
