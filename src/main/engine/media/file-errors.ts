import { AppError } from '#shared/contract/errors.ts'

/** The system's error code (ENOENT, ENOSPC...), or null for any other failure. */
export function readErrorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return null
  return typeof error.code === 'string' ? error.code : null
}

/** Failures to write into the project folder stop the job: they concern every file, not one. */
export function explainWriteError(error: unknown, folder: string): unknown {
  const code = readErrorCode(error)
  const because = (message: string): AppError =>
    new AppError('UNAVAILABLE', message, { cause: error, details: { folder, reason: code } })
  switch (code) {
    case null:
      return error
    case 'ENOSPC':
    case 'EDQUOT':
      return because(`The disk that holds ${folder} is full. Free some space, then resume the import.`)
    case 'EROFS':
      return because(`The disk that holds ${folder} is read-only. Make it writable, then resume the import.`)
    case 'EACCES':
    case 'EPERM':
      return because(
        `No permission to write into ${folder}. Give yourself write access, then resume the import.`,
      )
    default:
      return because(`Writing into ${folder} failed (${code}). Check the disk, then resume the import.`)
  }
}
