import { AppError, type ErrorCode } from '#shared/contract/errors.ts'
import { lookUp } from '#shared/domain/look-up.ts'

interface Explanation {
  readonly code: ErrorCode
  readonly reason: string
  readonly advice: string
}

const explanations: Readonly<Record<string, Explanation>> = {
  ENOENT: { code: 'NOT_FOUND', reason: 'it does not exist', advice: 'Check the path.' },
  ENOTDIR: {
    code: 'INVALID_INPUT',
    reason: 'part of the path is a file, not a folder',
    advice: 'Check the path.',
  },
  EISDIR: { code: 'INVALID_INPUT', reason: 'it is a folder, not a file', advice: 'Name a file.' },
  ENAMETOOLONG: { code: 'INVALID_INPUT', reason: 'the name is too long', advice: 'Use a shorter path.' },
  ELOOP: { code: 'INVALID_INPUT', reason: 'its links lead in a circle', advice: 'Use the real path.' },
  ENXIO: {
    code: 'INVALID_INPUT',
    reason: 'it is a socket or a device, not a file',
    advice: 'Name a file.',
  },
  ERR_FS_FILE_TOO_LARGE: {
    code: 'INVALID_INPUT',
    reason: 'it is larger than the 2 GB that are read at once',
    advice: 'Name another file.',
  },
  EEXIST: { code: 'CONFLICT', reason: 'it already exists', advice: 'Choose another name.' },
  EACCES: {
    code: 'PRECONDITION',
    reason: 'permission was denied',
    advice: 'Give your user access to it, or choose another place.',
  },
  EPERM: {
    code: 'PRECONDITION',
    reason: 'the operation is not permitted',
    advice: 'Give your user access to it, or choose another place.',
  },
  EROFS: {
    code: 'PRECONDITION',
    reason: 'the disk is read-only',
    advice: 'Make the disk writable, or choose another place.',
  },
  ENOSPC: { code: 'UNAVAILABLE', reason: 'the disk is full', advice: 'Free some space, then try again.' },
  EDQUOT: {
    code: 'UNAVAILABLE',
    reason: 'the disk quota is used up',
    advice: 'Free some space, then try again.',
  },
  EFBIG: {
    code: 'UNAVAILABLE',
    reason: 'the file would grow over the largest size allowed',
    advice: 'Raise the limit or use another disk.',
  },
  EMFILE: {
    code: 'UNAVAILABLE',
    reason: 'too many files are open',
    advice: 'Raise the limit of open files, then try again.',
  },
  ENFILE: {
    code: 'UNAVAILABLE',
    reason: 'too many files are open',
    advice: 'Close other programs, then try again.',
  },
  EBUSY: {
    code: 'CONFLICT',
    reason: 'another program is using it',
    advice: 'Close that program, then try again.',
  },
  EIO: {
    code: 'UNAVAILABLE',
    reason: 'the disk reported an error',
    advice: 'Check the disk, then try again.',
  },
  SQLITE_FULL: {
    code: 'UNAVAILABLE',
    reason: 'the disk is full',
    advice: 'Free some space, then try again.',
  },
  SQLITE_READONLY: {
    code: 'PRECONDITION',
    reason: 'it is read-only',
    advice: 'Make the folder and the disk writable, or copy the project to another place.',
  },
  SQLITE_CANTOPEN: {
    code: 'PRECONDITION',
    reason: 'it cannot be opened',
    advice: 'Check that the folder exists and that your user may read and write it.',
  },
  SQLITE_CORRUPT: {
    code: 'PRECONDITION',
    reason: 'it is damaged',
    advice: 'Bring back a copy of it.',
  },
  SQLITE_NOTADB: {
    code: 'PRECONDITION',
    reason: 'it is not a database',
    advice: 'Bring back a copy of it.',
  },
  SQLITE_BUSY: {
    code: 'CONFLICT',
    reason: 'another program is writing to it',
    advice: 'Close that program, then try again.',
  },
  SQLITE_LOCKED: {
    code: 'CONFLICT',
    reason: 'another program is writing to it',
    advice: 'Close that program, then try again.',
  },
  SQLITE_PROTOCOL: {
    code: 'CONFLICT',
    reason: 'another program is using it',
    advice: 'Close that program, then try again.',
  },
  SQLITE_SCHEMA: {
    code: 'CONFLICT',
    reason: 'another program has changed its tables',
    advice: 'Close that program, then open the project again.',
  },
  SQLITE_PERM: {
    code: 'PRECONDITION',
    reason: 'permission was denied',
    advice: 'Give your user access to it, or choose another place.',
  },
  SQLITE_NOMEM: {
    code: 'UNAVAILABLE',
    reason: 'there is not enough memory',
    advice: 'Close other programs, then try again.',
  },
  SQLITE_TOOBIG: {
    code: 'INVALID_INPUT',
    reason: 'a value is too long for it',
    advice: 'Use a shorter text.',
  },
  SQLITE_IOERR: {
    code: 'UNAVAILABLE',
    reason: 'the disk reported an error',
    advice: 'Check the disk and its free space, then try again.',
  },
}

/** The code that Node or SQLite gave an error (`ENOENT`, `SQLITE_FULL`), or null. */
export function readSystemErrorCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}

/** Whether the system itself refused, by whatever code; a closed handle is a mistake of ours. */
const isSystemRefusal = (error: unknown, code: string): boolean =>
  error instanceof Error && 'syscall' in error && code !== 'EBADF'

/** SQLite's extended codes (`SQLITE_IOERR_WRITE`) mean a kind of their primary one. */
function explain(code: string): Explanation | undefined {
  const primary = code.startsWith('SQLITE_') ? code.split('_').slice(0, 2).join('_') : code
  return lookUp(explanations, code) ?? lookUp(explanations, primary)
}

/** File systems know more codes than are listed, such as EINVAL of a share for a name that it cannot hold. */
const explainRefusal = (code: string): Explanation => ({
  code: 'PRECONDITION',
  reason: `the system refuses it (${code})`,
  advice: 'Check the path and the disk.',
})

/**
 * Turns a failure of the file system or of SQLite into an AppError that names the file, the reason and what to do.
 * Any other error comes back as it was.
 *
 * @param context.action what was being done, as a verb: `read`, `open`, `write`
 */
export function mapSystemError(
  error: unknown,
  context: { readonly action: string; readonly path: string },
): unknown {
  if (error instanceof AppError) return error
  const code = readSystemErrorCode(error)
  if (code === null) return error
  const explanation = explain(code) ?? (isSystemRefusal(error, code) ? explainRefusal(code) : undefined)
  if (explanation === undefined) return error
  return new AppError(
    explanation.code,
    `Cannot ${context.action} ${context.path}: ${explanation.reason}. ${explanation.advice}`,
    { details: { path: context.path, reason: code }, cause: error },
  )
}
