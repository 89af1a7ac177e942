import { stat } from 'node:fs/promises'
import type { ImportResult } from '#shared/contract/dataset.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'
import { imageExtensions, walkImages } from '#engine/base/media/walk-images.ts'

/** Images below a folder, and how many other files lie beside them. Throws INVALID_INPUT when there is no image. */
export async function listImages(
  source: string,
  signal?: AbortSignal,
): Promise<{ paths: string[] } & Pick<ImportResult, 'otherFiles'>> {
  const paths: string[] = []
  const others = new Map<string, number>()
  const onOther = (ending: string): void => void others.set(ending, (others.get(ending) ?? 0) + 1)
  for await (const { path } of walkImages(source, { signal, onOther })) if (path !== '') paths.push(path)
  const otherFiles = [...others]
    .map(([ending, files]) => ({ ending, files }))
    .sort((a, b) => b.files - a.files || (a.ending < b.ending ? -1 : 1))
  if (paths.length > 0) return { paths, otherFiles }
  throw new AppError(
    'INVALID_INPUT',
    `There are no image files in ${source}. Image files end in ${imageExtensions}: check the folder.`,
    { details: { source } },
  )
}

export const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )

/** Throws an AppError that says why there is no such folder. */
export async function requireFolder(source: string): Promise<void> {
  const found = await stat(source).catch((error: unknown) => {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (!isMissing) throw mapSystemError(error, { action: 'read', path: source })
    return null
  })
  if (found?.isDirectory() === true) return
  const details = { source }
  if (found === null)
    throw new AppError('NOT_FOUND', `There is no folder ${source}. Check the path.`, { details })
  throw new AppError('INVALID_INPUT', `${source} is a file. Name the folder that holds the images.`, {
    details,
  })
}
