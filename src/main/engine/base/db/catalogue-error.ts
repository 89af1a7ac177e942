import { AppError } from '#shared/contract/errors.ts'
import { systemClock } from '#engine/base/kernel/clock.ts'
import { mapSystemError, readSystemErrorCode } from '#engine/base/kernel/system-error.ts'
import { adviseRestore } from './catalogue-copies.ts'

/** A catalogue whose bytes or tables are not what was written, with the copy that can take its place. */
export function createDamageError(
  path: string,
  options: { readonly finding: string; readonly orElse?: string; readonly cause?: unknown },
): AppError {
  const advice = [adviseRestore(path, systemClock()), options.orElse].filter((part) => part !== undefined)
  const message = `Cannot use ${path}: it is damaged (${options.finding}). ${advice.join('. ')}`
  const details = { path, reason: 'SQLITE_CORRUPT' }
  return new AppError('PRECONDITION', message, { details, cause: options.cause })
}

/** Every statement is tried by tests, so that a table or column which is not there was lost from the file. */
const isLostTable = (error: unknown): boolean =>
  readSystemErrorCode(error) === 'SQLITE_ERROR' &&
  error instanceof Error &&
  /^no such (?:table|column|index)|^malformed database schema/.test(error.message)

/** `mapSystemError` for a catalogue: a damaged one is named with the newest copy of it. */
export function mapCatalogueError(
  error: unknown,
  context: { readonly action: string; readonly path: string },
): unknown {
  if (error instanceof AppError) return error
  const code = readSystemErrorCode(error) ?? ''
  if (code.startsWith('SQLITE_CORRUPT') || isLostTable(error)) {
    const finding = error instanceof Error ? error.message : code
    return createDamageError(context.path, { finding, cause: error })
  }
  if (code === 'SQLITE_CONSTRAINT_FOREIGNKEY') {
    // Long work reads images in pages and writes about them later; an erasure may come between.
    const message =
      'Something that this is about is no longer in the catalogue, or is still spoken of there: it was erased or written meanwhile. Look again, then repeat it.'
    return new AppError('CONFLICT', message, { cause: error })
  }
  const mapped = mapSystemError(error, context)
  if (!code.startsWith('SQLITE_NOTADB') || !(mapped instanceof AppError)) return mapped
  const message = `${mapped.message} ${adviseRestore(context.path, systemClock())}`
  return new AppError(mapped.code, message, { details: mapped.details, cause: error })
}
